"""From a name to a connection: resolved once, every answer judged, the operator's proxy for what lies outside."""

import errno
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pytest

from app.lib import dial
from app.lib.budget import Budget
from app.lib.dial import read_proxy
from app.lib.egress import Policy
from app.lib.http import Call, Code, Door, Limits, OutboundError, StageName
from app.lib.urls import Address, BadAddress
from tests.lib.names import Names
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
def opened() -> Iterator[Callable[..., Door]]:
    """Makes doors with a policy of the test's choice."""
    doors: list[Door] = []

    def make(policy: Policy, proxy: str | None = None) -> Door:
        doors.append(Door(policy, proxy=proxy))
        return doors[-1]

    yield make
    for door in doors:
        door.close()


def failure(door: Door, address: Address, secret: bool = False) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        door.send(Call("GET", address, headers={"api-key": "k" * 20} if secret else {}, secret=secret))
    return caught.value


def test_a_name_is_looked_up_once_for_each_connection(door: Door, names: Names) -> None:
    names.say("models.test", ["127.0.0.1"])
    with RawPeer(answering(OK)) as peer:
        assert next(iter(door.stages(peer.address("models.test")))).resolved == 1
        assert names.asked["models.test"] == 1
        for _ in range(3):
            door.send(Call("GET", peer.address("models.test")))
    assert names.asked["models.test"] == 2


def test_a_name_that_changes_its_answer_is_judged_by_the_one_used(names: Names, opened: Callable[..., Door]) -> None:
    with RawPeer(answering(OK)) as canary:
        names.say("rebind.test", ["127.0.0.1"], ["10.0.0.5"])
        refused = failure(opened(Policy()), canary.address("rebind.test"))
        assert (refused.code, names.asked["rebind.test"]) == (Code.REFUSED_BY_POLICY, 1)
        assert canary.talks == []


def test_one_bad_answer_refuses_all(names: Names, opened: Callable[..., Door]) -> None:
    with RawPeer(answering(OK)) as peer:
        names.say("mixed.test", ["127.0.0.1", "169.254.169.254"])
        refused = failure(opened(Policy(loopback_open=True)), peer.address("mixed.test"))
        assert refused.refusal is not None
        assert refused.refusal.rule == "metadata"
        assert peer.talks == []


def test_the_sentence_of_a_refusal_shows_no_resolved_address(names: Names, opened: Callable[..., Door]) -> None:
    names.say("inside.test", ["127.0.0.1"])
    refused = failure(opened(Policy()), Address("http", "inside.test", 8000))
    assert refused.refusal is not None
    assert refused.refusal.setting == "EGRESS_ALLOW=inside.test:8000"
    assert "127" not in refused.sentence
    assert refused.permanent


def test_the_next_address_is_tried_when_one_does_not_answer(door: Door, names: Names) -> None:
    with RawPeer(answering(OK)) as peer:
        names.say("both.test", ["::1", "127.0.0.1"])
        assert door.send(Call("GET", peer.address("both.test"))).body == b"ok"
        names.say("none.test", ["::1", "127.0.0.2"])
        assert failure(door, peer.address("none.test")).code is Code.CONNECT_REFUSED


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_ipv6_is_spoken(door: Door, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch).say("localhost", ["::1"])
    with RawPeer(answering(OK), family=socket.AF_INET6) as peer:
        assert door.send(Call("GET", peer.address(host))).body == b"ok"
        shown = "[::1]" if host == "::1" else host
        assert f"host: {shown}:{peer.port}".encode() in peer.talks[0].heads[0].lower()


def test_an_allowed_service_on_loopback_opens_no_other_port(names: Names, opened: Callable[..., Door]) -> None:
    names.say("localhost", ["::1", "127.0.0.1"])
    with RawPeer(answering(OK)) as allowed, RawPeer(answering(OK)) as other:
        door = opened(Policy.from_text(allow=f"127.0.0.1:{allowed.port}"))
        assert door.send(Call("GET", allowed.address("localhost"))).body == b"ok"
        assert failure(door, other.address("localhost")).code is Code.REFUSED_BY_POLICY
        assert other.talks == []


def test_the_own_port_stays_closed_when_loopback_is_open(opened: Callable[..., Door]) -> None:
    with RawPeer(answering(OK)) as portal:
        door = opened(Policy.from_text(own=f"127.0.0.1:{portal.port}", loopback_open=True))
        refused = failure(door, portal.address("127.0.0.1"))
        assert refused.refusal is not None
        assert (refused.refusal.rule, refused.refusal.setting) == ("own_address", None)
        assert portal.talks == []


def test_a_key_goes_over_plain_http_inside_only(names: Names, opened: Callable[..., Door]) -> None:
    names.say("models.test", ["8.8.8.8"])
    refused = failure(opened(Policy()), Address("http", "models.test", 8000), secret=True)
    assert refused.refusal is not None
    assert refused.refusal.rule == "plain_key"
    with RawPeer(answering(OK)) as peer:
        call = Call("GET", peer.address("127.0.0.1"), headers={"api-key": "k"}, secret=True)
        assert opened(Policy(loopback_open=True)).send(call).status == 200


def test_a_lookup_that_takes_too_long(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    late = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [late.wait(5)])
    with pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("http", "slow.test", 80)), Limits(connect=0.2))
    assert caught.value.code is Code.DNS_TIMEOUT
    late.set()


def test_a_name_without_usable_address(door: Door, names: Names) -> None:
    names.say("empty.test", [])
    assert failure(door, Address("http", "empty.test", 80)).code is Code.DNS_FAILED


def tunnel(status: bytes) -> Callable[[Conversation], None]:
    """A proxy that answers CONNECT and then plays the server behind it."""

    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 " + status + b"\r\nvia: proxy\r\n\r\n")
        while talk.hear():
            talk.say(OK)

    return script


def test_public_addresses_go_through_the_proxy_by_name(names: Names, opened: Callable[..., Door]) -> None:
    names.say("models.test", ["8.8.8.8"])
    with RawPeer(tunnel(b"200 Connection established")) as proxy:
        door = opened(Policy(), f"http://ada:p%40ss@127.0.0.1:{proxy.port}")
        assert door.send(Call("GET", Address("http", "models.test", 8000))).body == b"ok"
        assert proxy.talks[0].heads[0].startswith(b"CONNECT models.test:8000 HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic YWRhOnBAc3M=\r\n" in proxy.talks[0].heads[0]
        assert b"proxy-authorization" not in proxy.talks[0].heads[1].lower()


def test_private_addresses_go_past_the_proxy(names: Names, opened: Callable[..., Door]) -> None:
    with RawPeer(tunnel(b"200 OK")) as proxy, RawPeer(answering(OK)) as peer:
        names.say("models.test", ["127.0.0.1"])
        opened(Policy(loopback_open=True), f"http://127.0.0.1:{proxy.port}").send(
            Call("GET", peer.address("models.test"))
        )
        assert (len(proxy.talks), len(peer.talks)) == (0, 1)


def test_a_name_that_only_the_proxy_knows(names: Names, opened: Callable[..., Door]) -> None:
    with RawPeer(tunnel(b"200 OK")) as proxy:
        door = opened(Policy.from_text(deny="bad.test"), f"http://127.0.0.1:{proxy.port}")
        outside = Address("http", "outside.test", 8000)
        assert [stage.name for stage in door.stages(outside)] == [StageName.DNS, StageName.CONNECT]
        assert failure(door, replace(outside, host="bad.test")).code is Code.REFUSED_BY_POLICY
        assert failure(door, outside, secret=True).code is Code.REFUSED_BY_POLICY
        assert names.asked["bad.test"] == 1


def test_the_proxy_does_not_lead_around_the_rules(names: Names, opened: Callable[..., Door]) -> None:
    names.say("evil.test", ["169.254.169.254"])
    with RawPeer(tunnel(b"200 OK")) as proxy:
        door = opened(Policy(), f"http://127.0.0.1:{proxy.port}")
        assert failure(door, Address("http", "evil.test", 80)).code is Code.REFUSED_BY_POLICY
        assert failure(door, Address("http", "100.100.100.200", 80)).code is Code.REFUSED_BY_POLICY
        assert proxy.talks == []


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"502 Bad Gateway", b"garbage"])
def test_a_proxy_that_refuses(names: Names, opened: Callable[..., Door], status: bytes) -> None:
    names.say("models.test", ["8.8.8.8"])
    with RawPeer(tunnel(status)) as proxy:
        door = opened(Policy(), f"http://127.0.0.1:{proxy.port}")
        assert failure(door, Address("http", "models.test", 80)).code is Code.PROXY_FAILED


def test_a_proxy_that_is_not_there(names: Names, opened: Callable[..., Door]) -> None:
    names.say("models.test", ["8.8.8.8"])
    with RawPeer(answering(OK)) as peer:
        gone = f"http://127.0.0.1:{peer.port}"
    for proxy in (gone, "http://proxy.invalid:3128"):
        assert failure(opened(Policy(), proxy), Address("http", "models.test", 80)).code is Code.PROXY_FAILED


@pytest.mark.parametrize("text", ["https://proxy.test:3128", "socks5://proxy.test:1080", "proxy.test:3128", "http://"])
def test_a_proxy_setting_that_cannot_be_used(text: str) -> None:
    with pytest.raises(BadAddress):
        read_proxy(text)


def test_the_proxys_password_is_not_printed() -> None:
    assert "hush" not in repr(read_proxy("http://ada:hush@proxy.test:3128"))


class Gone:
    """A socket whose peer took the connection and reset it before anybody looked."""

    def connect_ex(self, _: object) -> int:
        return errno.ECONNRESET


def test_a_server_that_hangs_up_at_once_did_take_the_connection() -> None:
    gone = cast("socket.socket", Gone())
    dial._await_connection(gone, ipaddress.ip_address("127.0.0.1"), 80, Budget(1.0, 1.0))
