"""Contexts are shared; pasted certificates are read with care."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from app.lib import tls
from app.lib.tls import SYSTEM_ROOTS, BadCertificate, Contexts, TlsOptions, check_pem, check_server_name
from tests.lib.authority import NOW, Issuer


def test_equal_options_share_a_context() -> None:
    contexts = Contexts()
    pem = Issuer.root().pem
    assert contexts.for_options(TlsOptions(pem)) is contexts.for_options(TlsOptions(pem))
    assert contexts.for_options(TlsOptions(pem)) is not contexts.for_options(SYSTEM_ROOTS)


def test_the_servers_name_is_no_part_of_a_context() -> None:
    contexts = Contexts()
    assert contexts.for_options(TlsOptions(server_name="models.test")) is contexts.for_options(SYSTEM_ROOTS)


def test_the_context_that_was_used_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "MAX_CONTEXTS", 2)
    contexts, one, two = Contexts(), TlsOptions(Issuer.root("One").pem), TlsOptions(Issuer.root("Two").pem)
    system, first = contexts.for_options(SYSTEM_ROOTS), contexts.for_options(one)
    contexts.for_options(SYSTEM_ROOTS)
    contexts.for_options(two)
    assert contexts.for_options(SYSTEM_ROOTS) is system
    assert contexts.for_options(one) is not first


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


def test_a_long_text_and_many_certificates_are_refused() -> None:
    pem = Issuer.root().pem
    for text, words in ((pem + "#" * 64 * 1024, "64 KiB"), (pem * 51, "at most 50")):
        with pytest.raises(BadCertificate, match=words):
            check_pem(text, NOW)


def test_an_expired_authority_is_named_with_its_day() -> None:
    good, late = Issuer.root(), Issuer.root().intermediate("Late", ends=timedelta(hours=-1))
    end = late.certificate.not_valid_after_utc
    with pytest.raises(BadCertificate, match=rf"CN=Late expired on {end:%-d %B %Y}\. Paste"):
        check_pem(good.pem + late.pem, NOW)


def test_a_long_subject_does_not_fill_the_form() -> None:
    late = Issuer.root().intermediate("x" * 64, "y" * 64, ends=timedelta(hours=-1))
    with pytest.raises(BadCertificate, match=r"y… expired|x… expired"):
        check_pem(late.pem, NOW)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Models.Test", "models.test"),
        ("10.0.0.5", "10.0.0.5"),
        ("fd00:0::5", "fd00::5"),
        ("[fd00::5]", "fd00::5"),
    ],
)
def test_a_servers_name_is_a_host_name_or_an_address(text: str, kept: str) -> None:
    assert check_server_name(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "*.models.test",
        "models.test.",
        "https://models.test",
        "models.test:443",
        "10.5",
        "fe80::1%eth0",
        "é.test",
    ],
)
def test_what_is_no_servers_name_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadCertificate, match=r"\.$"):
        check_server_name(text)


def test_the_operators_file_must_hold_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(BadCertificate, match=r"ca\.pem"):
        Contexts(str(tmp_path / "ca.pem")).for_options(SYSTEM_ROOTS)


def test_a_pasted_text_does_not_fill_the_log() -> None:
    own = Issuer.root()
    shown = repr(TlsOptions(own.pem, own.pem, own.key_pem, "models.test"))
    assert "BEGIN" not in shown
    assert "models.test" in shown


def test_half_a_client_certificate_is_refused() -> None:
    own = Issuer.root()
    for half in (TlsOptions(client_certificate=own.pem), TlsOptions(client_key=own.key_pem)):
        with pytest.raises(BadCertificate, match=r"^Paste"):
            Contexts().for_options(half)
