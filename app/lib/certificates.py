"""Certificates in PEM form as people paste them and in DER form as servers send them: read, described, judged."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

MAX_PEM = 64 * 1024
MAX_CERTIFICATES = 50
_DAMAGED = "The certificate is damaged. Copy it again, with its first and last line."
_SHOWN = 120


class BadCertificate(ValueError):
    """TLS settings that cannot be used; the text is a sentence for the field they were typed into."""


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """`subject` and `issuer` as RFC 4514 text, `names` the DNS names and IP addresses that it is valid for.

    `authority`: it may vouch for others, or vouches for itself. `fingerprint` is that of SHA-256, as AB:CD:...
    """

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    authority: bool
    fingerprint: str
    pem: str = field(repr=False)


def check_pem(text: str, now: datetime) -> tuple[PeerCertificate, ...]:
    """The authorities in a pasted PEM text; raises BadCertificate, for one that has expired as well."""
    found = described(read_authorities(text))
    for each in found:
        if each.not_after < now:
            expired = f"The certificate of {called(each)} expired on {day(each.not_after)}."
            raise BadCertificate(f"{expired} Paste the one that follows it, or leave it out.")
    return found


def read_authorities(text: str) -> list[x509.Certificate]:
    """Whether they are still valid is not looked at; raises BadCertificate."""
    if "PRIVATE KEY-----" in text:
        raise BadCertificate("This holds a private key. Paste the authority's certificate only, and replace that key.")
    return read_pem(text)


def read_pem(text: str) -> list[x509.Certificate]:
    """All certificates of a text, in their order, whatever stands between them; raises BadCertificate."""
    if len(text) > MAX_PEM:
        raise BadCertificate(f"The text is longer than {MAX_PEM // 1024} KiB. Paste only the certificates needed here.")
    if not text.isascii() or "-----BEGIN CERTIFICATE-----" not in text:
        raise BadCertificate("Paste a certificate in PEM form; it begins with -----BEGIN CERTIFICATE-----.")
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise BadCertificate(_DAMAGED) from None
    if len(certificates) > MAX_CERTIFICATES:
        raise BadCertificate(f"Paste at most {MAX_CERTIFICATES} certificates; only those needed here.")
    return certificates


def described(certificates: list[x509.Certificate]) -> tuple[PeerCertificate, ...]:
    """Raises BadCertificate: some damage shows only when a field is read."""
    try:
        return tuple(_described(certificate) for certificate in certificates)
    except ValueError:
        raise BadCertificate(_DAMAGED) from None


def read_chain(sent: list[bytes]) -> tuple[PeerCertificate, ...]:
    """What a server's certificates (DER, its own first) say about themselves, up to the first that cannot be read."""
    chain = []
    for der in sent:
        try:
            chain.append(_described(x509.load_der_x509_certificate(der)))
        except ValueError:
            break
    return tuple(chain)


def called(certificate: PeerCertificate) -> str:
    """How a sentence names it."""
    subject = certificate.subject or "an unnamed subject"
    return subject if len(subject) <= _SHOWN else f"{subject[:_SHOWN]}…"


def day(moment: datetime) -> str:
    """Such as 4 July 2031."""
    return f"{moment:%-d %B %Y}"


def _described(certificate: x509.Certificate) -> PeerCertificate:
    return PeerCertificate(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _names(certificate),
        certificate.subject == certificate.issuer or _vouches(certificate),
        certificate.fingerprint(SHA256()).hex(":").upper(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )


def _vouches(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return ()
    dns = extension.value.get_values_for_type(x509.DNSName)
    return (*dns, *(str(ip) for ip in extension.value.get_values_for_type(x509.IPAddress)))
