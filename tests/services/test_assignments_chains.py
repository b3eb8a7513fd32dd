"""Families and fallbacks of a feature, and what is remembered of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import AcknowledgementRequired, Invalid
from app.domain.roles import Actor
from app.models.assignment import Acknowledgement, AssignmentPeriod
from app.queries import assignments as query
from app.services import assignments, endpoints
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, attest, audit_rows, uses
from tests.services.test_endpoints import KEPT

CHAT = "duo_chat"


def give(ports: Ports, actor: Actor, first: str, *behind: str, version: int | None = None, family: str = "") -> None:
    links = tuple(Link(each) for each in behind)
    assignments.change(ports, actor, Change(CHAT, version, State.ENDPOINT, first, True, family, links))


@pytest.fixture
def three(ports: Ports, ada: Actor) -> list[str]:
    return [add_endpoint(ports, ada, name) for name in ("one", "two", "three")]


def test_fallbacks_keep_their_order_and_each_order_is_a_version(ports: Ports, ada: Actor, three: list[str]) -> None:
    give(ports, ada, *three, version=0)
    give(ports, ada, three[0], three[2], three[1], version=1)
    assert uses(ports.store, CHAT) == ["one", "three", "two"]
    assert query.assignment(ports.store, CHAT).version == 2
    assert audit_rows(ports.store)[1].changes == {"fallbacks": [["two", "three"], ["three", "two"]]}


def test_another_family_is_in_effect_and_in_the_audit(ports: Ports, ada: Actor, three: list[str]) -> None:
    give(ports, ada, three[0], family="other")
    now = query.assignment(ports.store, CHAT)
    assert (now.family, query.serving_of(ports.store, CHAT).family) == ("other", "other")
    assert audit_rows(ports.store)[0].changes["family"] == ["", "other"]


def test_each_link_below_supported_is_acknowledged_for_itself(ports: Ports, ada: Actor, three: list[str]) -> None:
    weak = add_endpoint(ports, ada, "weak", **UNLISTED)
    with pytest.raises(AcknowledgementRequired):
        assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, three[0], fallbacks=(Link(weak),)))
    assert (acknowledgements(ports.store), query.serving(ports.store)) == (0, {})
    give(ports, ada, three[0], weak)
    with ports.store.read() as session:
        assert session.scalars(select(Acknowledgement.endpoint_id)).all() == [weak]
    assert audit_rows(ports.store)[0].changes["acknowledged"] == [None, "weak: other, wording 1"]


def test_a_change_without_a_word_keeps_fallbacks_while_the_endpoint_stays(
    ports: Ports, ada: Actor, three: list[str]
) -> None:
    give(ports, ada, three[0], three[1])
    assignments.change(ports, ada, Change(CHAT, None, State.ENDPOINT, three[0], family="other"))
    assert uses(ports.store, CHAT) == ["one", "two"]
    assignments.change(ports, ada, Change(CHAT, None, State.ENDPOINT, three[2]))
    assert uses(ports.store, CHAT) == ["three"]


def test_a_chain_that_is_wrong_writes_nothing(ports: Ports, ada: Actor, three: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        give(ports, ada, three[0], three[0], three[1].swapcase())
    assert len(refusal.value.fields["fallbacks"]) == 2
    assert (query.serving(ports.store), audit_rows(ports.store)) == ({}, [])


def test_a_fallback_that_leaves_the_region_is_in_the_record(ports: Ports, ada: Actor, three: list[str]) -> None:
    attest(ports, ada, three[0], "EU")
    attest(ports, ada, three[1], "US")
    give(ports, ada, three[0], three[1])
    assert audit_rows(ports.store)[0].changes["region"] == [None, ["two: Data leave EU for US."]]
    (period,) = query.timeline(ports.store, CHAT, 10)
    assert period.fallbacks[0]["leaving"] == "Data leave EU for US."


def test_every_change_ends_a_period_where_the_next_begins(ports: Ports, ada: Actor, three: list[str]) -> None:
    give(ports, ada, three[0])
    give(ports, ada, three[0], version=1)
    assignments.change(ports, ada, Change(CHAT, None, State.MANAGED))
    newer, older = query.timeline(ports.store, CHAT, 10)
    assert (older.endpoint_name, older.model, older.family, older.tier) == (
        "one", "Mistral Small 24B Instruct 2506", "mistral", "supported",
    )  # fmt: skip
    assert (newer.state, newer.ended_at, older.ended_at) == ("managed", None, newer.began_at)


def test_what_served_at_a_moment_is_known(ports: Ports, ada: Actor, three: list[str]) -> None:
    give(ports, ada, three[0])
    began = query.timeline(ports.store, CHAT, 1)[0].began_at
    assert query.what_served(ports.store, CHAT, began - timedelta(seconds=1)) is None
    then = query.what_served(ports.store, CHAT, began + timedelta(days=1))
    assert then is not None
    assert then.endpoint_name == "one"


def test_what_served_is_remembered_when_the_endpoint_is_gone_or_becomes_another(
    ports: Ports, ada: Actor, three: list[str]
) -> None:
    give(ports, ada, three[0])
    record = query.deployed(ports.store, three[:1])[three[0]]
    with ports.store.read() as session:
        assert session.scalar(select(AssignmentPeriod.endpoint_name)) == "one"
    endpoints.update(ports, ada, three[0], record.version, KEPT)
    assert [each.endpoint_name for each in query.timeline(ports.store, CHAT, 10)] == ["Mistral Small", "one"]
    give(ports, ada, three[1])
    endpoints.delete(ports, ada, three[0], record.version + 1)
    assert [each.endpoint_name for each in query.timeline(ports.store, CHAT, 10)] == ["two", "Mistral Small", "one"]
