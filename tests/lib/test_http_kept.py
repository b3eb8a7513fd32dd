"""A kept connection that its server closes just when the next request goes out over it."""

from collections.abc import Iterator

import pytest

from app.lib.egress import Policy
from app.lib.http import Call, Code, Door, Limits, OutboundError
from app.lib.urls import parse
from tests.fakes.upstream import Exchange, Upstream


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door(Policy(loopback_open=True))
    yield door
    door.close()


class Leaves:
    """Answers each request but those of these numbers, at which it closes without a word."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers
        self.asked = 0

    def __call__(self, exchange: Exchange) -> None:
        self.asked += 1
        if self.asked in self._numbers:
            exchange.hang_up()
        else:
            exchange.whole({})


def ask(door: Door, server: Upstream, *, resends: bool = True) -> int:
    return door.send(Call("POST", parse(f"{server.url}/x"), json={}), Limits(resends=resends, curious=False)).status


def test_the_request_goes_out_once_more(door: Door) -> None:
    script = Leaves(2)
    with Upstream(script) as server:
        assert [ask(door, server) for _ in range(2)] == [200, 200]
    assert script.asked == 3


def test_not_where_it_must_not_be_done_twice(door: Door) -> None:
    script = Leaves(2)
    with Upstream(script) as server:
        ask(door, server, resends=False)
        assert code(door, server, resends=False) is Code.BROKEN
    assert script.asked == 2


def test_a_new_connection_that_closes_is_a_failure(door: Door) -> None:
    script = Leaves(1)
    with Upstream(script) as server:
        assert code(door, server) is Code.BROKEN
    assert script.asked == 1


def test_it_is_sent_twice_at_most(door: Door) -> None:
    script = Leaves(2, 3)
    with Upstream(script) as server:
        ask(door, server)
        assert code(door, server) is Code.BROKEN
    assert script.asked == 3


def test_half_an_answer_is_not_asked_for_again(door: Door) -> None:
    def half(exchange: Exchange) -> None:
        exchange.say(b"HTTP/1.1 200 O")
        exchange.hang_up()

    with Upstream() as server:
        ask(door, server)
        server.script = half
        assert code(door, server) is not None
    assert len(server.bodies) == 2


def code(door: Door, server: Upstream, *, resends: bool = True) -> Code:
    with pytest.raises(OutboundError) as caught:
        ask(door, server, resends=resends)
    return caught.value.code
