"""A pasted client certificate with its key: what is taken, and which sentence meets what is not."""

import os
import ssl
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.lib.client_certificates import BadKey, check_client, load_client
from app.lib.tls import BadCertificate
from tests.lib.authority import NOW, Issuer

ROOT = Issuer.root()
ISSUING = ROOT.intermediate()
CLIENT = ISSUING.server("client")
OLD_FORM = CLIENT.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
LONG = "#" * 64 * 1024


def locked(form: PrivateFormat) -> str:
    return CLIENT.key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret")).decode()


def test_a_certificate_with_its_chain_is_described() -> None:
    found = check_client(CLIENT.pem + ISSUING.pem, CLIENT.key_pem, NOW)
    assert [each.subject for each in found] == ["CN=server", "CN=Test intermediate"]


@pytest.mark.parametrize("key", [CLIENT.key_pem, OLD_FORM, PARAMETERS + OLD_FORM], ids=["pkcs8", "sec1", "parameters"])
def test_keys_come_in_several_forms(key: str) -> None:
    for line_end in ("\n", "\r\n"):
        assert check_client(CLIENT.pem.replace("\n", line_end), key.replace("\n", line_end), NOW)


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("", "Paste a certificate in PEM form"),
        ("hello", "Paste a certificate in PEM form"),
        (CLIENT.key_pem, "This holds a private key"),
        (CLIENT.pem + CLIENT.key_pem, "This holds a private key"),
        (CLIENT.pem.replace("M", "N", 3), "is damaged"),
        (CLIENT.pem + LONG, "longer than 64 KiB"),
        (CLIENT.pem + ISSUING.pem * 50, "at most 50 certificates"),
        (ISSUING.pem + CLIENT.pem, "own certificate first"),
    ],
)
def test_a_bad_certificate_is_told_at_its_field(certificate: str, words: str) -> None:
    with pytest.raises(BadCertificate, match=rf"{words}.*\.$") as caught:
        check_client(certificate, CLIENT.key_pem, NOW)
    assert not isinstance(caught.value, BadKey)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "Paste the private key"),
        (CLIENT.pem, "Paste the private key"),
        (CLIENT.key_pem.replace("M", "N", 3), "key is damaged"),
        ("é" + CLIENT.key_pem, "Paste the private key"),
        (CLIENT.key_pem + LONG, "longer than 64 KiB"),
        (locked(PrivateFormat.PKCS8), "locked with a pass phrase"),
        (locked(PrivateFormat.TraditionalOpenSSL), "locked with a pass phrase"),
        (ROOT.key_pem, "does not belong to the certificate"),
    ],
)
def test_a_bad_key_is_told_at_its_own_field(key: str, words: str) -> None:
    with pytest.raises(BadKey, match=rf"{words}.*\.$"):
        check_client(CLIENT.pem, key, NOW)


def test_the_day_is_named_outside_of_its_time() -> None:
    end, start = CLIENT.certificate.not_valid_after_utc, CLIENT.certificate.not_valid_before_utc
    with pytest.raises(BadCertificate, match=rf"CN=server expired on {end:%-d %B %Y}\."):
        check_client(CLIENT.pem, CLIENT.key_pem, end + timedelta(seconds=1))
    with pytest.raises(BadCertificate, match=rf"CN=server is valid only from {start:%-d %B %Y} on\."):
        check_client(CLIENT.pem, CLIENT.key_pem, start - timedelta(seconds=1))


def test_an_expired_link_of_the_chain_is_named() -> None:
    late = ROOT.intermediate("Late", ends=timedelta(hours=-1))
    client = late.server("client")
    with pytest.raises(BadCertificate, match="CN=Late expired"):
        check_client(client.pem + late.pem, client.key_pem, NOW)


def test_a_certificate_that_openssl_refuses_is_refused_when_pasted() -> None:
    weak = ROOT.server("client", key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - what is tested
    with pytest.raises(BadCertificate, match="too weak"):
        check_client(weak.pem, weak.key_pem, NOW)


def test_the_key_is_never_written_to_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda: pytest.fail("a file was opened"))
    load_client(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), CLIENT.pem, CLIENT.key_pem)


def test_without_files_in_memory_a_private_one_is_used_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modes: list[int] = []

    class Watched(ssl.SSLContext):
        def load_cert_chain(self, certfile: str) -> None:  # type: ignore[override]
            modes.append(Path(certfile).stat().st_mode & 0o777)
            super().load_cert_chain(certfile)

    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    load_client(Watched(ssl.PROTOCOL_TLS_CLIENT), CLIENT.pem, CLIENT.key_pem)
    assert modes == [0o600]
    assert list(tmp_path.iterdir()) == []
