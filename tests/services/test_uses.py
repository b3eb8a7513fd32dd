"""When a used endpoint may be switched off or deleted."""

import pytest

from app.domain.errors import InUse, RoleMissing
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.services import assignments, endpoints
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint, assign, audit_rows, uses

CHAT, FIX = "duo_chat", "duo_chat_fix_code"


@pytest.fixture
def pair(ports: Ports, ada: Actor) -> tuple[str, str]:
    """The second stands behind the first."""
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, first, fallbacks=(Link(second),)))
    return first, second


def is_on(ports: Ports, endpoint_id: str) -> bool:
    record = query.endpoint(ports.store, endpoint_id)
    assert record is not None
    return record.enabled


def test_with_a_fallback_behind_every_use_it_may_go_off(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    endpoints.set_enabled(ports, ada, pair[0], 1, enabled=False)
    assert not is_on(ports, pair[0])


def test_a_fallback_that_is_off_does_not_count(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    endpoints.set_enabled(ports, ada, pair[1], 1, enabled=False)
    with pytest.raises(InUse, match="it alone answers for General Chat"):
        endpoints.set_enabled(ports, ada, pair[0], 1, enabled=False)


def test_deleting_names_both_kinds_of_use(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    assign(ports, ada, FIX, pair[1])
    with pytest.raises(InUse) as refusal:
        endpoints.delete(ports, ada, pair[1], 1)
    assert refusal.value.uses == ("Fix Code", "as fallback of General Chat")


def test_a_replacement_named_in_the_same_step_lets_it_go(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    assign(ports, ada, FIX, pair[0])
    endpoints.set_enabled(ports, ada, pair[0], 1, enabled=False, replacement_id=pair[1])
    assert (uses(ports.store, CHAT), uses(ports.store, FIX), is_on(ports, pair[0])) == (["second"], ["second"], False)
    assert [row.changes for row in audit_rows(ports.store, "endpoint:disable")] == [{"enabled": [True, False]}]


def test_a_replacement_takes_an_admin(ports: Ports, ada: Actor, ed: Actor) -> None:
    own, other = add_endpoint(ports, ed, "own"), add_endpoint(ports, ed, "other")
    assign(ports, ada, CHAT, own)
    with pytest.raises(RoleMissing):
        endpoints.set_enabled(ports, ed, own, 1, enabled=False, replacement_id=other)
    assert is_on(ports, own)


def test_a_replacement_that_is_refused_switches_nothing(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    off = add_endpoint(ports, ada, "off")
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    with pytest.raises(Exception, match="another look"):
        endpoints.set_enabled(ports, ada, pair[0], 1, enabled=False, replacement_id=off)
    assert is_on(ports, pair[0])
