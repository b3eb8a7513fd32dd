"""The certificate that a server may ask us for, and its private key: checked when they are pasted, loaded for calls."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.lib.certificates import MAX_PEM, BadCertificate, PeerCertificate, called, day, described, read_pem


class BadKey(BadCertificate):
    """The sentence belongs to the field of the private key, not to that of the certificate."""


def check_client(certificate_pem: str, key_pem: str, now: datetime) -> tuple[PeerCertificate, ...]:
    """The client's certificate, then its chain; raises BadCertificate, and BadKey where the key is to blame."""
    chain = described(_read_certificates(certificate_pem))
    for each in chain:
        if each.not_after < now:
            raise BadCertificate(
                f"The certificate of {called(each)} expired on {day(each.not_after)}. Paste a new one."
            )
        if each.not_before > now:
            raise BadCertificate(f"The certificate of {called(each)} is valid only from {day(each.not_before)} on.")
    load_client(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate_pem, key_pem)
    return chain


def load_client(context: ssl.SSLContext, certificate_pem: str, key_pem: str) -> None:
    """Lets the context answer servers that ask for a certificate; raises BadCertificate, BadKey.

    The key is written anew from what was read: OpenSSL would ask at the terminal for the pass phrase of a locked one.
    """
    certificates = _read_certificates(certificate_pem)
    key = _read_key(key_pem)
    _check_fit(certificates, key)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    content += b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
    with _as_file(content) as path:
        try:
            context.load_cert_chain(path)
        except ssl.SSLError:
            raise BadCertificate(
                "This certificate is too weak to be used: its key is short or its signature of an old kind."
            ) from None


def _read_certificates(pem: str) -> list[x509.Certificate]:
    if "PRIVATE KEY-----" in pem:
        raise BadCertificate("This holds a private key. Put the key into its own field, and only certificates here.")
    return read_pem(pem)


def _read_key(pem: str) -> PrivateKeyTypes:
    if len(pem) > MAX_PEM:
        raise BadKey(f"The key is longer than {MAX_PEM // 1024} KiB. Paste the private key alone.")
    if not pem.isascii() or "PRIVATE KEY-----" not in pem:
        raise BadKey("Paste the private key in PEM form; its first line says BEGIN PRIVATE KEY.")
    if "BEGIN ENCRYPTED PRIVATE KEY" in pem or "Proc-Type: 4,ENCRYPTED" in pem:
        raise BadKey(
            "The key is locked with a pass phrase. Paste what openssl pkey -in key.pem prints, which has none."
        )
    try:
        return load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("The private key is damaged. Copy it again, with its first and last line.") from None


def _check_fit(certificates: list[x509.Certificate], key: PrivateKeyTypes) -> None:
    try:
        fits = [_public(each.public_key()) == _public(key.public_key()) for each in certificates]
    except (ValueError, UnsupportedAlgorithm):
        raise BadCertificate("The certificate holds a key of an unknown kind.") from None
    if not any(fits):
        raise BadKey("This private key does not belong to the certificate. Paste the two that were made together.")
    if not fits[0]:
        raise BadCertificate("Put the client's own certificate first, then those of its authorities.")


def _public(key: CertificatePublicKeyTypes | PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A path under which OpenSSL, which takes a chain and its key from files only, finds `content` for a moment.

    In memory, because the key is kept sealed everywhere else and the blocks of a deleted file stay on the disk. Where a
    process may not open its own memory by a path (no /proc, or its user was changed after the start) it is a file that
    only this user can read.
    """
    with _in_memory() or tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.name if isinstance(file.name, str) else _path(file.fileno())


def _in_memory() -> BinaryIO | None:
    try:
        file = os.fdopen(os.memfd_create("client"), "wb")
    except (AttributeError, OSError):
        return None
    if os.access(_path(file.fileno()), os.R_OK):
        return file
    file.close()
    return None


def _path(number: int) -> str:
    return f"/proc/self/fd/{number}"
