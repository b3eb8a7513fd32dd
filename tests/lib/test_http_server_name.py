"""A server's name that differs from the address's host: sent, verified, and nothing else changed by it."""

import socket
import ssl
from pathlib import Path

import pytest

from app.lib.http import Call, Code, Door, OutboundError
from app.lib.tls import TlsOptions
from tests.lib.authority import Issuer
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering
from tests.lib.ways import Way, by_send, by_stages, on_every_way

ROOT = Issuer.root()


def named(name: str, trusted: Issuer = ROOT) -> TlsOptions:
    return TlsOptions(trusted.pem, server_name=name)


def noting(context: ssl.SSLContext) -> list[str | None]:
    """The names that clients will have asked this server for."""
    asked: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    return asked


@on_every_way
def test_it_is_sent_and_verified(door: Door, tmp_path: Path, way: Way) -> None:
    context = ROOT.server("models.test").context(tmp_path)
    asked = noting(context)
    with RawPeer(answering(OK), context) as peer:
        assert way(door, peer.address(), named("models.test"))
        assert way(door, peer.address("127.0.0.1"), named("models.test"))
    assert asked == ["models.test", "models.test"]


@on_every_way
def test_the_addresss_host_no_longer_counts(door: Door, tmp_path: Path, way: Way) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        way(door, peer.address(), named("models.test"))
    assert caught.value.code is Code.TLS_NAME_MISMATCH


@on_every_way
def test_an_ip_address_is_verified_and_not_sent(door: Door, tmp_path: Path, way: Way) -> None:
    context = ROOT.server("10.0.0.5", "fd00::5").context(tmp_path)
    asked = noting(context)
    with RawPeer(answering(OK), context) as peer:
        assert way(door, peer.address(), named("10.0.0.5"))
        assert way(door, peer.address(), named("fd00::5"))
    assert set(asked) <= {None}


def test_the_host_header_stays_that_of_the_address(door: Door, tmp_path: Path) -> None:
    with RawPeer(answering(OK), ROOT.server("models.test").context(tmp_path)) as peer:
        by_send(door, peer.address(), named("models.test"))
        assert b"\r\nhost: localhost:%d\r\n" % peer.port in peer.talks[0].heads[0].lower()


def test_two_names_share_no_connection(door: Door, tmp_path: Path) -> None:
    with RawPeer(answering(OK), ROOT.server("one.test", "two.test").context(tmp_path)) as peer:
        for name in ("one.test", "two.test", "one.test"):
            by_send(door, peer.address(), named(name))
        assert [len(talk.heads) for talk in peer.talks] == [2, 1]


def test_the_second_look_after_a_failure_asks_for_it_too(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("models.test").context(tmp_path)
    asked = noting(context)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        by_stages(door, peer.address(), named("models.test", Issuer.root("Stranger")))
    assert caught.value.code is Code.TLS_UNKNOWN_CA
    assert asked == ["models.test", "models.test"]


def test_the_look_for_tls_behind_an_http_address_asks_for_it_too(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("models.test").context(tmp_path)
    asked = noting(context)

    def script(talk: Conversation) -> None:
        if talk.sock.recv(1, socket.MSG_PEEK) == b"\x16":
            context.wrap_socket(talk.sock, server_side=True).close()

    with RawPeer(script) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", peer.address(), tls=named("models.test")))
    assert caught.value.code is Code.HTTPS_ON_HTTP
    assert asked == ["models.test"]


@on_every_way
@pytest.mark.parametrize("name", [".models.test", "models..test"])
def test_a_name_that_nobody_checked_fails_as_a_setting(door: Door, tmp_path: Path, way: Way, name: str) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        way(door, peer.address(), named(name))
    assert caught.value.code is Code.BAD_CERTIFICATE
