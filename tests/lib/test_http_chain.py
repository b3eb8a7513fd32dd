"""Chains of three: the server's own certificate, its issuer's and the root, with a flaw at each place."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from app.lib.http import Code, Door, OutboundError
from app.lib.tls import TlsOptions
from tests.lib.authority import NOW, Issuer
from tests.lib.raw_peer import OK, RawPeer, answering

ROOT = Issuer.root(organisation="Acme")
ISSUING = ROOT.intermediate("Issuing", "Acme")
LATE = ROOT.intermediate("Late", ends=timedelta(hours=-1))
EARLY = ROOT.intermediate("Early", starts=timedelta(days=2))
STRANGER = Issuer.root("Stranger")
OUTSIDE = STRANGER.intermediate("Outside")
DAY = timedelta(days=1)


def test_every_link_that_was_sent_is_described(door: Door, tmp_path: Path) -> None:
    context = ISSUING.server("localhost", ends=9 * DAY).context(tmp_path, ISSUING, ROOT)
    with RawPeer(answering(OK), context) as peer:
        tls = list(door.stages(peer.address(), TlsOptions(ROOT.pem)))[-1]
    assert [each.subject for each in tls.chain] == ["CN=server", "O=Acme,CN=Issuing", "O=Acme,CN=Test root"]
    assert [each.authority for each in tls.chain] == [False, True, True]
    assert tls.chain[2].pem == ROOT.pem
    assert tls.chain[2].fingerprint == ROOT.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    assert [round((each.not_after - NOW) / DAY) for each in tls.chain] == [9, 30, 30]
    assert tls.certificate is tls.chain[0]


CASES = [
    (ISSUING.server("localhost", ends=-DAY / 24), (ISSUING,), Code.TLS_EXPIRED),
    (LATE.server("localhost"), (LATE,), Code.TLS_EXPIRED),
    (LATE.server("localhost"), (LATE, ROOT), Code.TLS_EXPIRED),
    (EARLY.server("localhost"), (EARLY, ROOT), Code.TLS_NOT_YET_VALID),
    (ISSUING.server("elsewhere.test"), (ISSUING, ROOT), Code.TLS_NAME_MISMATCH),
    (ISSUING.server("localhost"), (), Code.TLS_MISSING_INTERMEDIATE),
    (OUTSIDE.server("localhost"), (OUTSIDE,), Code.TLS_UNKNOWN_CA),
    (OUTSIDE.server("localhost"), (OUTSIDE, STRANGER), Code.TLS_UNKNOWN_CA),
]


@pytest.mark.parametrize(("server", "rest", "code"), CASES)
def test_a_flawed_chain_is_named_and_shown(
    door: Door, tmp_path: Path, server: Issuer, rest: tuple[Issuer, ...], code: Code
) -> None:
    context = server.context(tmp_path, *rest)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        list(door.stages(peer.address(), TlsOptions(ROOT.pem)))
    assert caught.value.code is code
    sent = [each.certificate.not_valid_after_utc for each in (server, *rest)]
    assert [each.not_after for each in caught.value.chain] == sent
    assert caught.value.certificate is caught.value.chain[0]


def test_the_link_that_expired_can_be_found(door: Door, tmp_path: Path) -> None:
    context = LATE.server("localhost").context(tmp_path, LATE, ROOT)
    with RawPeer(answering(OK), context) as peer, pytest.raises(OutboundError) as caught:
        list(door.stages(peer.address(), TlsOptions(ROOT.pem)))
    assert [each.subject for each in caught.value.chain if each.not_after < NOW] == ["CN=Late"]
