"""Contexts are shared; pasted certificates are read with care."""

import ssl
from pathlib import Path

import pytest

from app.lib.tls import SYSTEM_ROOTS, BadCertificate, Contexts, TlsOptions, check_pem
from tests.lib.authority import NOW, Issuer


def test_equal_options_share_a_context() -> None:
    contexts = Contexts()
    pem = Issuer.root().pem
    assert contexts.for_options(TlsOptions(pem)) is contexts.for_options(TlsOptions(pem))
    assert contexts.for_options(TlsOptions(pem)) is not contexts.for_options(SYSTEM_ROOTS)


def test_a_context_verifies_and_speaks_no_old_tls() -> None:
    context = Contexts().for_options(SYSTEM_ROOTS)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_pasted_certificates_are_described() -> None:
    one, two = Issuer.root("One"), Issuer.root("Two")
    found = check_pem(f"subject=CN = One\n{one.pem}\nsome text\n{two.pem}", NOW)
    assert [each.subject for each in found] == ["CN=One", "CN=Two"]


def test_what_is_no_certificate_is_refused_with_a_sentence() -> None:
    damaged = Issuer.root().pem.replace("M", "N", 3)
    key = "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n"
    for text in ("", "hello", "-----BEGIN CERTIFICATE-----", damaged, Issuer.root().pem + key, "é"):
        with pytest.raises(BadCertificate, match=r"\.$"):
            check_pem(text, NOW)


def test_the_operators_file_must_hold_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(BadCertificate, match=r"ca\.pem"):
        Contexts(str(tmp_path / "ca.pem")).for_options(SYSTEM_ROOTS)


def test_a_pasted_text_does_not_fill_the_log() -> None:
    assert "BEGIN" not in repr(TlsOptions(Issuer.root().pem))
