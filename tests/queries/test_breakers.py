"""Which endpoints rest, and what changed of their breakers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.breaker import EDITED, RESTS, BreakerState
from app.domain.roles import Actor
from app.lib import clock
from app.models.endpoint import Endpoint
from app.queries import breakers as query
from app.queries.breakers import BreakerRecord
from app.services import breakers, endpoints
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint, assign, fall_back, rest

At = Callable[[float], Ports]


@pytest.fixture
def at(ports: Ports) -> At:
    """Ports whose clock shows so many days ago."""
    now = clock.now()
    return lambda days: replace(ports, clock=lambda: now - timedelta(days=days))


def close(ports: Ports, endpoint_id: str) -> None:
    with ports.store.write() as session:
        breakers.close(ports, session, session.get_one(Endpoint, endpoint_id), EDITED)


def test_of_one_that_rests_all_is_told_and_of_the_others_nothing(ports: Ports, ada: Actor, at: At) -> None:
    chosen, mended, idle = (add_endpoint(ports, ada, name) for name in ("rests", "mended", "idle"))
    for each in (chosen, mended):
        rest(at(1), each)
    close(ports, mended)
    since = at(1).clock()
    with statements(ports.store) as sent:
        found = query.breakers(ports.store, [chosen, mended, idle])
    assert found == {chosen: BreakerRecord(BreakerState.OPEN, since, "status_503", since + RESTS)}
    assert (len(sent), query.breaker(ports.store, idle).rests) == (1, False)


def test_those_that_rest_come_newest_first_with_what_they_serve(ports: Ports, ada: Actor, at: At) -> None:
    first, second, off, well = (add_endpoint(ports, ada, name) for name in ("first", "second", "off", "well"))
    assign(ports, ada, "duo_chat", first)
    fall_back(ports, "duo_chat", second)
    for days, each in ((3, first), (1, second), (0, off)):
        rest(at(days), each)
    endpoints.set_enabled(ports, ada, off, None, enabled=False)
    found = query.resting(ports.store, 9)
    assert [(each.endpoint_name, each.features) for each in found] == [
        ("second", {"duo_chat"}),
        ("first", {"duo_chat"}),
    ]
    assert [each.endpoint_name for each in query.resting(ports.store, 1)] == ["second"]
    assert well not in {each.endpoint_id for each in found}


def test_of_each_the_newest_change_is_news_with_how_often_it_rested(ports: Ports, ada: Actor, at: At) -> None:
    flapping, fresh, past = (add_endpoint(ports, ada, name) for name in ("flapping", "fresh", "past"))
    for days in (9, 3, 2):
        rest(at(days), flapping)
        close(at(days - 0.5), flapping)
    rest(at(1), fresh, "connect_refused")
    rest(at(8), past)
    news = query.breaker_news(ports.store, at(7).clock(), 9)
    told = [(each.endpoint_name, each.after, each.reason, each.times) for each in news]
    assert told == [("fresh", "open", "connect_refused", 1), ("flapping", "closed", "edited", 2)]
    assert news[1].at == at(1.5).clock()
    assert len(query.breaker_news(ports.store, at(7).clock(), 1)) == 1
