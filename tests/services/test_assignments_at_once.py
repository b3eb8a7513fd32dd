"""Two people who assign, replace and switch off at the same moment: nothing waits for ever, and one is told."""

import pytest

from app.domain.roles import Actor
from app.queries.assignments import serving, timeline
from app.services import assignments, endpoints
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint, assign, ready, uses
from tests.services.test_endpoints_at_once import at_once

CHAT, FIX = "duo_chat", "duo_chat_fix_code"


@pytest.fixture
def pair(ports: Ports, ada: Actor) -> tuple[str, str]:
    """Two that suit everything."""
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    ready(ports, first)
    ready(ports, second)
    return first, second


def test_of_two_batches_one_is_stored_whole(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    def batch(chosen: str, *features: str) -> list[Change]:
        return [Change(each, 0, State.ENDPOINT, chosen) for each in features]

    failures = at_once(
        lambda: assignments.apply(ports, ada, batch(pair[0], CHAT, FIX)),
        lambda: assignments.apply(ports, ada, batch(pair[1], FIX, CHAT)),
    )
    assert sorted(failures) == ["", "Conflict"]
    assert len({each.endpoint_id for each in serving(ports.store).values()}) == 1


def test_two_that_stand_behind_each_other_do_not_both_go_off(ports: Ports, ada: Actor, pair: tuple[str, str]) -> None:
    first, second = pair
    for feature, one, other in ((CHAT, first, second), (FIX, second, first)):
        assignments.change(ports, ada, Change(feature, 0, State.ENDPOINT, one, fallbacks=(Link(other),)))
    failures = at_once(
        lambda: endpoints.set_enabled(ports, ada, first, 1, enabled=False),
        lambda: endpoints.set_enabled(ports, ada, second, 1, enabled=False),
    )
    assert sorted(failures) == ["", "InUse"]


def test_a_replacement_and_a_change_of_the_same_moment_both_end(
    ports: Ports, ada: Actor, pair: tuple[str, str]
) -> None:
    first, second = pair
    assign(ports, ada, CHAT, first)
    failures = at_once(
        lambda: assignments.replace(ports, ada, first, second, acknowledged=False),
        lambda: assignments.change(ports, ada, Change(CHAT, None, State.ENDPOINT, first, family="other")),
    )
    assert failures == ["", ""]
    assert len([each for each in timeline(ports.store, CHAT, 10) if each.ended_at is None]) == 1
    assert uses(ports.store, CHAT) in (["first"], ["second"])
