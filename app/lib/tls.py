"""TLS contexts, shared by their options, and what a failed verification really means."""

import os
import ssl
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

ALPN = ["http/1.1"]
MAX_CERTIFICATES = 50
MAX_CONTEXTS = 32


class BadCertificate(ValueError):
    """PEM text without a usable certificate; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What one target needs beyond the system's roots; `ca_pem` is PEM text of one or more certificates."""

    ca_pem: str | None = field(default=None, repr=False)


SYSTEM_ROOTS = TlsOptions()


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """`subject` and `issuer` as RFC 4514 text, `names` the DNS names and IP addresses that it is valid for."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]


class SharedContext(ssl.SSLContext):
    """A context that stays as it was built: the HTTP library sets ALPN anew at each connection.

    OpenSSL frees and copies that list without a lock, so that another thread opening a connection at the same moment
    would read freed memory.
    """

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        """Nothing: `Contexts` has set them."""


class Contexts:
    """Builds each context once (15 to 30 ms): the system's roots, the operator's CA file, the target's own CA."""

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._built: dict[TlsOptions, SharedContext] = {}

    def for_options(self, options: TlsOptions) -> ssl.SSLContext:
        """TLS 1.2 or later, chain and name verified; raises BadCertificate."""
        with self._lock:
            if options not in self._built:
                context = _build(self._ca_file, options)
                if len(self._built) >= MAX_CONTEXTS:
                    del self._built[next(iter(self._built))]
                self._built[options] = context
            return self._built[options]


def _build(ca_file: str | None, options: TlsOptions) -> SharedContext:
    context = SharedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # An administrator who pastes an issuing authority means to trust it, although it is not a root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _load_roots(context)
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError:
            raise BadCertificate(f"The file {ca_file} holds no certificate in PEM form.") from None
    if options.ca_pem:
        certificates = _read_pem(options.ca_pem)
        context.load_verify_locations(cadata="".join(each.public_bytes(Encoding.PEM).decode() for each in certificates))
    ssl.SSLContext.set_alpn_protocols(context, ALPN)
    return context


def _load_roots(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not (paths.capath and os.listdir(paths.capath)):
        # A slim image without the system's roots.
        context.load_verify_locations(cafile=certifi.where())


def without_verification() -> ssl.SSLContext:
    """For reading a certificate that failed, never for sending anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def check_pem(text: str) -> tuple[PeerCertificate, ...]:
    """The certificates in a pasted PEM text; raises BadCertificate."""
    return tuple(_described(certificate) for certificate in _read_pem(text))


def read_certificate(der: bytes) -> PeerCertificate | None:
    """What a server's certificate says about itself; None when it cannot be read."""
    try:
        return _described(x509.load_der_x509_certificate(der))
    except ValueError:
        return None


def lacks_intermediate(sent: list[bytes], context: ssl.SSLContext) -> bool:
    """Whether a chain that leads to no trusted root lacks a link rather than a root: a guess, as OpenSSL cannot tell.

    The server sent its own certificate alone, and that one says where its issuer's can be fetched (as those of public
    authorities do) or was issued within an organisation whose root is trusted.
    """
    if len(sent) != 1:
        return False
    try:
        leaf = x509.load_der_x509_certificate(sent[0])
        fetchable = _issuer_address(leaf)
    except ValueError:
        return False
    organisations = {str(name.value) for name in leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    return fetchable or bool(organisations & _trusted_organisations(context))


def _issuer_address(leaf: x509.Certificate) -> bool:
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(each.access_method == AuthorityInformationAccessOID.CA_ISSUERS for each in access)


def _trusted_organisations(context: ssl.SSLContext) -> set[str]:
    # In Python's own reading: among the system's roots are some that `cryptography` refuses.
    roots: list[Any] = context.get_ca_certs()
    parts = (part for root in roots for part in root.get("subject", ()))
    return {value for part in parts for name, value in part if name == "organizationName"}


def _read_pem(text: str) -> list[x509.Certificate]:
    if "PRIVATE KEY-----" in text:
        raise BadCertificate("This holds a private key. Paste the authority's certificate only, and replace that key.")
    if not text.isascii() or "-----BEGIN CERTIFICATE-----" not in text:
        raise BadCertificate("Paste a certificate in PEM form; it begins with -----BEGIN CERTIFICATE-----.")
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise BadCertificate("The certificate is damaged. Copy it again, with its first and last line.") from None
    if len(certificates) > MAX_CERTIFICATES:
        raise BadCertificate(f"Paste at most {MAX_CERTIFICATES} certificates; only the authority's own are needed.")
    return certificates


def _described(certificate: x509.Certificate) -> PeerCertificate:
    return PeerCertificate(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _names(certificate),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return ()
    dns = extension.value.get_values_for_type(x509.DNSName)
    return (*dns, *(str(ip) for ip in extension.value.get_values_for_type(x509.IPAddress)))
