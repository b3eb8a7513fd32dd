"""A certificate of one's own for names on this machine, for the demo that needs https.

The authority may vouch for *.localhost alone and its key is thrown away at once, so whoever trusts it in a browser
trusts nobody with more than this machine.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=90)
RENEWED_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: what the server shows, its key, and the authority that browsers are told to trust."""

    chain: Path
    key: Path
    authority: Path


def certificate(folder: Path, names: tuple[str, ...]) -> Certificate:
    """The certificate for these names below .localhost, made anew when it is missing or ends within a week."""
    files = Certificate(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    if not _lasts(files.chain):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(files, names)
    return files


def _lasts(chain: Path) -> bool:
    if not chain.exists():
        return False
    shown = x509.load_pem_x509_certificate(chain.read_bytes())
    return shown.not_valid_after_utc > datetime.now(UTC) + RENEWED_BEFORE


def _make(files: Certificate, names: tuple[str, ...]) -> None:
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("Modelport demo authority")
    limits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("localhost")], excluded_subtrees=None)
    root = (
        _begun(issuer, issuer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
        .add_extension(limits, critical=True)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _begun(_name(names[0]), issuer, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    files.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    _keep_key(files.key, key)
    # Last, because it is what says that the others are there.
    files.chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LASTS)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _keep_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    content = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
