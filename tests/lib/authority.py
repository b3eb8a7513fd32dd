"""Chains of certificates made on the spot: root, intermediate, server, each as a test wants it."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

NOW = datetime.now(UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A key with its certificate; signs others, or itself as a root."""

    certificate: x509.Certificate
    key: Key

    @classmethod
    def root(cls, common: str = "Test root", organisation: str = "") -> "Issuer":
        """A new authority that nobody else vouches for."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common, organisation)
        return cls(_signed(name, key, name, key, authority=True), key)

    @classmethod
    def alone(cls, *names: str) -> "Issuer":
        """A server's certificate that nobody signed but itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("server")
        return cls(_signed(name, key, name, key, names), key)

    def intermediate(
        self,
        common: str = "Test intermediate",
        organisation: str = "",
        starts: timedelta = timedelta(days=-1),
        ends: timedelta = timedelta(days=30),
    ) -> "Issuer":
        """An authority that this one vouches for."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject, issuer = _name(common, organisation), self.certificate.subject
        return Issuer(_signed(subject, key, issuer, self.key, (), NOW + starts, NOW + ends, authority=True), key)

    def server(
        self,
        *names: str,
        starts: timedelta = timedelta(days=-1),
        ends: timedelta = timedelta(days=30),
        issuer_url: str = "",
        key: Key | None = None,
    ) -> "Issuer":
        """A server's certificate for names and addresses; that of a client is no other."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject, issuer = _name("server"), self.certificate.subject
        return Issuer(_signed(subject, key, issuer, self.key, names, NOW + starts, NOW + ends, issuer_url), key)

    @property
    def pem(self) -> str:
        """The certificate as it is pasted."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """Its private key, not locked."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def context(self, folder: Path, *chain: "Issuer") -> ssl.SSLContext:
        """A server's TLS settings: this certificate, then those of `chain`."""
        file = folder / "chain.pem"
        file.write_text(self.key_pem + self.pem + "".join(each.pem for each in chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _signed(
    subject: x509.Name,
    key: Key,
    issuer: x509.Name,
    signer: Key,
    names: tuple[str, ...] = (),
    starts: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + timedelta(days=30),
    issuer_url: str = "",
    authority: bool = False,
) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(starts).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    if issuer_url:
        place = x509.UniformResourceIdentifier(issuer_url)
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
