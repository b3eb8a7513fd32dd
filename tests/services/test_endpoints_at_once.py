"""Changes of endpoints at the same moment: one wins, the others are told, nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from app.domain.endpoints import EndpointDraft
from app.domain.errors import ModelportError
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.stock import add_endpoint, assign, audit_rows

DRAFT = EndpointDraft(**GOOD)
KEPT = replace(DRAFT, api_key=None)


def record(ports: Ports, endpoint_id: str) -> EndpointRecord:
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    return found


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run all at the same moment; the name of each one's failure, "" for none."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        barrier.wait()
        try:
            act()
        except ModelportError as error:
            return type(error).__name__
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_many_changes_of_one_version_at_the_same_moment_one_wins(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    acts = [
        lambda name=name: endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, owner=name)) for name in "abcdef"
    ]
    assert sorted(at_once(*acts)) == ["", *["Conflict"] * 5]
    assert record(ports, endpoint_id).version == 2
    assert len(audit_rows(ports.store, "endpoint:update")) == 1


def test_of_two_endpoints_of_one_name_at_the_same_moment_one_is_stored(ports: Ports, ed: Actor) -> None:
    acts = [lambda name=name: endpoints.create(ports, ed, replace(DRAFT, name=name)) for name in ("Same", "SAME")]
    assert sorted(at_once(*acts)) == ["", "Invalid"]


def test_names_of_one_slug_at_the_same_moment_are_all_stored(ports: Ports, ed: Actor) -> None:
    acts = [
        lambda name=name: endpoints.create(ports, ed, replace(DRAFT, name=name)) for name in ("甲", "乙", "丙", "丁")
    ]
    assert at_once(*acts) == [""] * 4
    slugs = {row.name for row in query.page_of(ports.store, query.Filter()).rows}
    assert len(slugs) == 4


def test_one_of_a_change_and_a_deletion_at_the_same_moment_is_told(ports: Ports, ada: Actor) -> None:
    endpoint_id = endpoints.create(ports, ada, DRAFT)
    failures = at_once(
        lambda: endpoints.update(ports, ada, endpoint_id, 1, replace(KEPT, owner="x")),
        lambda: endpoints.delete(ports, ada, endpoint_id, 1),
    )
    assert failures in (["NotFound", ""], ["", "Conflict"])


def test_of_a_deletion_and_an_assignment_at_the_same_moment_one_is_told(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    failures = at_once(
        lambda: endpoints.delete(ports, ada, endpoint_id, 1), lambda: assign(ports, ada, "duo_chat", endpoint_id)
    )
    assert failures in (["InUse", ""], ["", "Invalid"])
