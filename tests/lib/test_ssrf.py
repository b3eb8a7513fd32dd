"""No spelling of a forbidden address reaches a canary; what is allowed still does."""

import socket
from collections.abc import Iterator

import pytest

from app.lib.egress import Policy
from app.lib.http import Call, Code, Door, OutboundError
from app.lib.urls import BadAddress, parse
from tests.lib.names import Names
from tests.lib.raw_peer import OK, RawPeer, answering
from tests.lib.ssrf_payloads import ALL, ANSWERS, REDIRECTS

REFUSALS = {Code.REFUSED_BY_POLICY, Code.BAD_ADDRESS}


class Canary:
    """One port on both loopback addresses."""

    def __init__(self) -> None:
        self.four = RawPeer(answering(OK))
        self.six = RawPeer(answering(OK), family=socket.AF_INET6, port=self.four.port)
        self.port = self.four.port

    @property
    def reached(self) -> int:
        return len(self.four.talks) + len(self.six.talks)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    canary = Canary()
    with canary.four, canary.six:
        yield canary


@pytest.fixture(scope="module")
def shut() -> Iterator[Door]:
    door = Door(Policy())
    yield door
    door.close()


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch)
    for name, answer in ANSWERS.items():
        names.say(name, answer)
    names.say("localhost", ["::1", "127.0.0.1"])


def outcome(door: Door, text: str) -> str:
    """Which of the two gates refused; anything else that happens is the test's failure."""
    try:
        address = parse(text)
    except BadAddress:
        return "not taken"
    try:
        door.send(Call("GET", address))
    except OutboundError as error:
        if error.code in REFUSALS:
            return "refused"
        raise
    return "reached"


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=f"{kind}-{text[:60]!a}") for kind, texts in ALL.items() for text in texts]
)
def test_a_forbidden_address_is_not_reached(shut: Door, canary: Canary, text: str) -> None:
    assert outcome(shut, text.replace("PORT", str(canary.port))) in ("not taken", "refused")
    assert canary.reached == 0


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, ALL.values())) + len(REDIRECTS) >= 200


@pytest.mark.parametrize(("status", "location"), REDIRECTS)
def test_an_admitted_server_cannot_send_the_caller_elsewhere(canary: Canary, status: int, location: str) -> None:
    place = location.replace("PORT", str(canary.port)).encode()
    head = b"HTTP/1.1 %d Moved\r\nlocation: %s\r\nrefresh: 0; url=%s\r\ncontent-length: 0\r\n\r\n"
    with RawPeer(answering(head % (status, place, place))) as peer:
        door = Door(Policy.from_text(allow=f"127.0.0.1:{peer.port}"))
        assert door.send(Call("GET", peer.address("127.0.0.1"))).status == status
        door.close()
    assert canary.reached == 0


@pytest.mark.parametrize("name", ["loop4.test", "loop6.test", "localhost", "127.0.0.1", "[::1]"])
def test_the_canary_sings_when_it_may_be_reached(name: str) -> None:
    canary = Canary()
    with canary.four, canary.six:
        door = Door(Policy(loopback_open=True))
        assert outcome(door, f"http://{name}:{canary.port}/") == "reached"
        door.close()
        assert canary.reached == 1


def test_metadata_is_not_reached_even_when_everything_is_allowed() -> None:
    door = Door(Policy.from_text(allow="0.0.0.0/0;::/0", loopback_open=True))
    assert {outcome(door, text) for text in ALL["metadata"]} == {"not taken", "refused"}
    door.close()
