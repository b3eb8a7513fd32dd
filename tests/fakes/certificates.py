"""TLS certificates made on the spot: good ones, and the three ways in which they are usually wrong."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Flaw(StrEnum):
    """What is wrong with a server's certificate."""

    NONE = "none"
    WRONG_NAME = "wrong_name"
    EXPIRED = "expired"
    SELF_SIGNED = "self_signed"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of one server; a client that does not get `ca` sees an unknown authority."""

    chain: Path
    key: Path
    ca: Path

    def server_context(self) -> ssl.SSLContext:
        """The TLS settings of the server's side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


def make_certificate(folder: Path, flaw: Flaw = Flaw.NONE) -> Certificate:
    """Make an authority and a certificate for localhost, 127.0.0.1 and ::1 in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("Test authority")
    root = _builder(issuer, issuer, authority, 30).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    root = root.add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), False)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    ca = root.add_extension(usage, True).sign(authority, hashes.SHA256())
    own = flaw is Flaw.SELF_SIGNED
    days = -1 if flaw is Flaw.EXPIRED else 30
    names: list[x509.GeneralName] = [x509.DNSName("elsewhere.example")]
    if flaw is not Flaw.WRONG_NAME:
        names = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "::1"))]
    leaf = _builder(_name("localhost"), _name("localhost") if own else issuer, key, days)
    leaf = leaf.add_extension(x509.SubjectAlternativeName(names), False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key((key if own else authority).public_key()), False
    )
    signed = leaf.sign(key if own else authority, hashes.SHA256())
    return Certificate(
        _write(folder / "server.pem", signed.public_bytes(serialization.Encoding.PEM)),
        _write(folder / "server.key", _private(key)),
        _write(folder / "ca.pem", ca.public_bytes(serialization.Encoding.PEM)),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
