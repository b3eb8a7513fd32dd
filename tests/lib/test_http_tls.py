"""Certificates: what is accepted, and which reason is given for what is not."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from app.lib.egress import Policy
from app.lib.http import Call, Code, Door, Limits, OutboundError, StageName
from app.lib.tls import TlsOptions
from app.lib.urls import Address
from tests.lib.authority import NOW, Issuer
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering

ROOT = Issuer.root(organisation="Acme")


def failure(door: Door, context: ssl.SSLContext, trusted: Issuer | None = ROOT) -> OutboundError:
    """What the stages say; `send` has to say the same, as far as it can."""
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        list(door.stages(peer.address(), TlsOptions(trusted.pem if trusted else None)))
    return caught.value


def test_a_pasted_authority_is_trusted_and_the_name_is_sent(door: Door, tmp_path: Path) -> None:
    asked: list[str | None] = []
    context = ROOT.server("localhost").context(tmp_path)
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    with RawPeer(answering(OK), context) as peer:
        assert door.send(Call("GET", peer.address(), tls=TlsOptions(ROOT.pem))).body == b"ok"
    assert asked == ["localhost"]


def test_the_operators_file_is_trusted_everywhere(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(ROOT.pem)
    door = Door(Policy(loopback_open=True), ca_file=str(tmp_path / "ca.pem"))
    with RawPeer(answering(OK), ROOT.server("localhost").context(tmp_path)) as peer:
        assert door.send(Call("GET", peer.address())).body == b"ok"
    door.close()


def test_an_address_without_a_name_is_verified_by_its_number(door: Door, tmp_path: Path) -> None:
    with RawPeer(answering(OK), ROOT.server("127.0.0.1").context(tmp_path)) as peer:
        call = Call("GET", peer.address("127.0.0.1"), tls=TlsOptions(ROOT.pem))
        assert door.send(call).body == b"ok"


def test_an_issuing_authority_may_be_trusted_alone(door: Door, tmp_path: Path) -> None:
    issuing = ROOT.intermediate()
    with RawPeer(answering(OK), issuing.server("localhost").context(tmp_path)) as peer:
        assert door.send(Call("GET", peer.address(), tls=TlsOptions(issuing.pem))).body == b"ok"


def test_stages_tell_what_the_server_presents(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("localhost", "127.0.0.1", ends=timedelta(days=9)).context(tmp_path)
    with RawPeer(answering(OK), context) as peer:
        stages = list(door.stages(peer.address(), TlsOptions(ROOT.pem)))
    assert [stage.name for stage in stages] == [StageName.DNS, StageName.CONNECT, StageName.TLS]
    certificate = stages[-1].certificate
    assert certificate is not None
    assert certificate.names == ("localhost", "127.0.0.1")
    assert certificate.issuer == "O=Acme,CN=Test root"
    assert abs(certificate.not_after - (NOW + timedelta(days=9))) < timedelta(seconds=2)
    assert stages[-1].tls_version == "TLSv1.3"


def test_an_unknown_authority(door: Door, tmp_path: Path) -> None:
    stranger = Issuer.root("Stranger")
    assert failure(door, stranger.server("localhost").context(tmp_path)).code is Code.TLS_UNKNOWN_CA
    assert failure(door, stranger.server("localhost").context(tmp_path, stranger)).code is Code.TLS_UNKNOWN_CA


def test_a_self_signed_certificate(door: Door, tmp_path: Path) -> None:
    alone = Issuer.root("localhost")
    found = failure(door, alone.context(tmp_path))
    assert found.code is Code.TLS_UNKNOWN_CA
    assert found.certificate is not None
    assert found.certificate.subject == found.certificate.issuer == "CN=localhost"


def test_a_private_chain_with_its_intermediate_lacks_a_root_and_no_link(door: Door, tmp_path: Path) -> None:
    issuing = Issuer.root("Stranger").intermediate()
    server = issuing.server("localhost", issuer_url="http://pki.test/ca.crt")
    assert failure(door, server.context(tmp_path, issuing)).code is Code.TLS_UNKNOWN_CA


@pytest.mark.parametrize(("url", "organisation"), [("http://pki.test/ca.crt", ""), ("", "Acme")])
def test_a_missing_intermediate(door: Door, tmp_path: Path, url: str, organisation: str) -> None:
    server = ROOT.intermediate(organisation=organisation).server("localhost", issuer_url=url)
    assert failure(door, server.context(tmp_path)).code is Code.TLS_MISSING_INTERMEDIATE


def test_another_name(door: Door, tmp_path: Path) -> None:
    found = failure(door, ROOT.server("elsewhere.test", "10.0.0.5").context(tmp_path))
    assert found.code is Code.TLS_NAME_MISMATCH
    assert found.certificate is not None
    assert found.certificate.names == ("elsewhere.test", "10.0.0.5")


def test_another_address(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", peer.address("127.0.0.1"), tls=TlsOptions(ROOT.pem)))
    assert caught.value.code is Code.TLS_NAME_MISMATCH


def test_a_certificate_before_and_after_its_time(door: Door, tmp_path: Path) -> None:
    past = ROOT.server("localhost", starts=timedelta(days=-9), ends=timedelta(days=-2))
    future = ROOT.server("localhost", starts=timedelta(days=2))
    assert failure(door, past.context(tmp_path)).code is Code.TLS_EXPIRED
    assert failure(door, future.context(tmp_path)).code is Code.TLS_NOT_YET_VALID


def test_old_tls_is_not_spoken(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    assert failure(door, context).code is Code.TLS_HANDSHAKE


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"<html>"])
def test_plain_http_behind_an_https_address(door: Door, data: bytes) -> None:
    def script(talk: Conversation) -> None:
        talk.sock.recv(4096)
        talk.say(data)

    with RawPeer(script) as peer, pytest.raises(OutboundError) as caught:
        list(door.stages(Address("https", "localhost", peer.port)))
    assert caught.value.code is Code.PLAIN_HTTP_ON_HTTPS


def test_tls_behind_an_http_address(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("http", "localhost", peer.port)))
    assert caught.value.code is Code.HTTPS_ON_HTTP


def test_a_handshake_that_never_ends_and_one_that_is_cut(door: Door) -> None:
    def cut(talk: Conversation) -> None:
        talk.sock.recv(4096)

    for script, code in ((Conversation.hang, Code.TLS_TIMEOUT), (cut, Code.TLS_HANDSHAKE)):
        with RawPeer(script) as peer, pytest.raises(OutboundError) as caught:
            door.send(Call("GET", Address("https", "localhost", peer.port)), Limits(connect=0.3))
        assert caught.value.code is code


def test_a_body_over_tls_is_bounded_in_time_too(door: Door, tmp_path: Path) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        talk.drip(b"x" * 100, 0.15)

    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(script, context) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", peer.address(), tls=TlsOptions(ROOT.pem)), Limits(total=0.5))
    assert caught.value.code is Code.TOTAL_TIMEOUT


def test_a_large_exchange_over_tls_arrives_unharmed(door: Door, tmp_path: Path) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + bytes(range(250)) * 3600)

    with RawPeer(script, ROOT.server("localhost").context(tmp_path)) as peer:
        for _ in range(2):
            call = Call("POST", peer.address(), content=bytes(500_000), tls=TlsOptions(ROOT.pem))
            assert door.send(call).body == bytes(range(250)) * 3600
        assert len(peer.talks) == 1


def test_an_unreadable_authority_is_said_before_anything_is_sent(door: Door) -> None:
    damaged = TlsOptions("-----BEGIN CERTIFICATE-----\nno\n")
    with RawPeer(answering(OK)) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("https", "localhost", peer.port), tls=damaged))
    assert caught.value.code is Code.BAD_CERTIFICATE
    assert peer.talks == []


def test_who_is_not_curious_asks_once(door: Door, tmp_path: Path) -> None:
    context = ROOT.server("localhost").context(tmp_path)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("http", "localhost", peer.port)), Limits(curious=False))
    assert caught.value.code is Code.BROKEN
