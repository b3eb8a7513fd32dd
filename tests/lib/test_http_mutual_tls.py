"""Servers that ask for a client certificate: shown on every way, and a refusal is told as one."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from app.lib.http import Call, Code, Door, OutboundError
from app.lib.tls import TlsOptions
from app.lib.urls import Address
from tests.lib.authority import Issuer
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering, saying
from tests.lib.ways import Way, by_stages, on_every_way

ROOT = Issuer.root()
TRUSTED = ROOT.server("client")
REFUSED = {
    "none": None,
    "of a stranger": Issuer.root("Stranger").server("client"),
    "expired": ROOT.server("client", ends=timedelta(hours=-1)),
}
in_both_versions = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


def demanding(folder: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A server's settings that admit only clients of ROOT."""
    context = ROOT.server("localhost").context(folder)
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ROOT.pem)
    return context


def showing(client: Issuer | None, *chain: Issuer, trusted: Issuer = ROOT) -> TlsOptions:
    if client is None:
        return TlsOptions(trusted.pem)
    return TlsOptions(trusted.pem, "".join(each.pem for each in (client, *chain)), client.key_pem)


@on_every_way
@in_both_versions
def test_the_certificate_is_shown(door: Door, tmp_path: Path, way: Way, version: ssl.TLSVersion) -> None:
    with RawPeer(answering(OK), demanding(tmp_path, version)) as peer:
        assert way(door, peer.address(), showing(TRUSTED))


@on_every_way
@in_both_versions
@pytest.mark.parametrize("client", REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_is_told(
    door: Door, tmp_path: Path, way: Way, version: ssl.TLSVersion, client: Issuer | None
) -> None:
    with RawPeer(answering(OK), demanding(tmp_path, version)) as peer, pytest.raises(OutboundError) as caught:
        way(door, peer.address(), showing(client))
    assert caught.value.code is Code.TLS_CLIENT_CERTIFICATE
    assert caught.value.permanent


@on_every_way
def test_its_chain_is_shown_along(door: Door, tmp_path: Path, way: Way) -> None:
    issuing = ROOT.intermediate()
    with RawPeer(answering(OK), demanding(tmp_path)) as peer:
        assert way(door, peer.address(), showing(issuing.server("client"), issuing))


@in_both_versions
def test_the_servers_chain_is_known_after_a_refusal(door: Door, tmp_path: Path, version: ssl.TLSVersion) -> None:
    with RawPeer(answering(OK), demanding(tmp_path, version)) as peer, pytest.raises(OutboundError) as caught:
        by_stages(door, peer.address(), showing(None))
    assert caught.value.chain[0].names == ("localhost",)


@in_both_versions
def test_a_server_that_is_not_trusted_sees_no_certificate(door: Door, tmp_path: Path, version: ssl.TLSVersion) -> None:
    stranger = Issuer.root("Stranger")
    with RawPeer(answering(OK), demanding(tmp_path, version)) as peer, pytest.raises(OutboundError) as caught:
        by_stages(door, peer.address(), showing(TRUSTED, trusted=stranger))
    assert caught.value.code is Code.TLS_UNKNOWN_CA
    assert caught.value.chain[0].names == ("localhost",)
    assert peer.talks[-1].closed.wait(2)
    assert not any(isinstance(talk.sock, ssl.SSLSocket) for talk in peer.talks)


@on_every_way
def test_a_server_that_sends_no_ticket_is_not_waited_for_forever(door: Door, tmp_path: Path, way: Way) -> None:
    context = demanding(tmp_path)
    context.num_tickets = 0
    with RawPeer(answering(OK), context) as peer:
        assert way(door, peer.address(), showing(TRUSTED))


def test_a_certificate_may_be_asked_for_late(door: Door, tmp_path: Path) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        assert isinstance(talk.sock, ssl.SSLSocket)
        talk.sock.verify_client_post_handshake()
        talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        talk.hear()

    context = demanding(tmp_path)
    context.post_handshake_auth = True
    with RawPeer(script, context) as peer, door.stream(Call("GET", peer.address(), tls=showing(TRUSTED))) as answer:
        assert answer.status == 200


def test_no_common_cipher_is_not_laid_on_the_certificate(door: Door, tmp_path: Path) -> None:
    context = demanding(tmp_path, ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("AES128-SHA")
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        by_stages(door, peer.address(), showing(None))
    assert caught.value.code is Code.TLS_HANDSHAKE


@in_both_versions
def test_an_http_address_is_told_first(door: Door, tmp_path: Path, version: ssl.TLSVersion) -> None:
    with RawPeer(answering(OK), demanding(tmp_path, version)) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("http", "localhost", peer.port)))
    assert caught.value.code is Code.HTTPS_ON_HTTP


@pytest.mark.parametrize("words", [b"No required SSL certificate was sent", b"The SSL certificate error"])
def test_nginx_says_it_in_http(door: Door, tmp_path: Path, words: bytes) -> None:
    body = b"<html><center><h1>400 Bad Request</h1></center>\r\n<center>%s</center></html>" % words
    head = b"HTTP/1.1 400 Bad Request\r\ncontent-length: %d\r\n\r\n" % len(body)
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(saying(head + body), context) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", peer.address(), tls=showing(None)))
    assert caught.value.code is Code.TLS_CLIENT_CERTIFICATE


@on_every_way
def test_a_key_of_another_certificate_is_told_before_anything_is_sent(door: Door, way: Way) -> None:
    mixed = TlsOptions(ROOT.pem, TRUSTED.pem, ROOT.key_pem)
    with RawPeer(answering(OK)) as peer, pytest.raises(OutboundError) as caught:
        way(door, Address("https", "localhost", peer.port), mixed)
    assert caught.value.code is Code.BAD_CERTIFICATE
    assert [talk.heads for talk in peer.talks] in ([], [[]])
