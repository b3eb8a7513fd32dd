"""Which marks are counted for an endpoint, and which with its model."""

from app.domain.marks import Tally, tallies
from app.domain.roles import Actor
from app.models.trial import Mark
from app.queries import marks as query
from app.services import endpoints
from app.services.ports import Ports
from tests.fixtures.stock import SUPPORTED, UNLISTED, add_endpoint


def mark(
    ports: Ports, one: str, other: str, better: str = "a", families: tuple[str, str] = ("mistral", "other")
) -> None:
    with ports.store.write() as session:
        row = Mark(at=ports.clock(), feature="duo_chat", person="x", better=better)
        row.endpoint_a, row.endpoint_b = one, other
        row.family_a, row.family_b = families
        session.add(row)


def test_only_two_families_on_one_endpoint_are_compared(ports: Ports, ada: Actor) -> None:
    one, other = add_endpoint(ports, ada, "One"), add_endpoint(ports, ada, "Other")
    mark(ports, one, one)
    mark(ports, one, one, "neither")
    mark(ports, one, one, "b", ("other", "mistral"))
    mark(ports, one, other)
    mark(ports, one, one, "a", ("mistral", "mistral"))
    assert tallies(query.of_endpoint(ports.store, one)) == {"mistral": Tally(2, 0, 1), "other": Tally(0, 2, 1)}
    assert query.of_endpoint(ports.store, other) == ()


def test_marks_with_the_same_model_count_for_a_suggestion(ports: Ports, ada: Actor) -> None:
    one, other = add_endpoint(ports, ada, "One"), add_endpoint(ports, ada, "Other")
    unlisted = add_endpoint(ports, ada, "Unlisted", **UNLISTED)
    for each in (one, other, unlisted):
        mark(ports, each, each)
    assert tallies(query.of_model(ports.store, one, SUPPORTED["model"]))["mistral"] == Tally(2, elsewhere=1)
    assert tallies(query.of_model(ports.store, "", SUPPORTED["model"]))["mistral"] == Tally(2, elsewhere=2)
    assert tallies(query.of_model(ports.store, unlisted, ""))["mistral"] == Tally(1)
    assert query.of_model(ports.store, "", "") == ()


def test_marks_go_with_their_endpoint(ports: Ports, ada: Actor) -> None:
    one = add_endpoint(ports, ada, "One")
    mark(ports, one, one)
    endpoints.delete(ports, ada, one, 1)
    assert query.of_model(ports.store, one, SUPPORTED["model"]) == ()
