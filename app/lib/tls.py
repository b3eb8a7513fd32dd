"""What a target's TLS is like, the contexts made from that, and what a failed verification really means."""

import os
import ssl
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from app.lib.certificates import BadCertificate, PeerCertificate, check_pem, read_authorities
from app.lib.client_certificates import BadKey, check_client, load_client
from app.lib.networks import as_ip
from app.lib.urls import BadAddress, checked_name

__all__ = [
    "SYSTEM_ROOTS",
    "BadCertificate",
    "BadKey",
    "Contexts",
    "PeerCertificate",
    "TlsOptions",
    "check_client",
    "check_pem",
    "check_server_name",
    "lacks_intermediate",
    "without_verification",
]

ALPN = ["http/1.1"]
MAX_CONTEXTS = 256


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What one target needs beyond the system's roots.

    `ca_pem`: PEM text of one or more authorities. `client_certificate` and `client_key`: PEM texts of what is shown to
    a server that asks for it, the chain behind the certificate, and of its private key. `server_name`: what is sent as
    the server's name and has to stand in its certificate, in place of the address's host ("").
    """

    ca_pem: str | None = field(default=None, repr=False)
    client_certificate: str | None = field(default=None, repr=False)
    client_key: str | None = field(default=None, repr=False)
    server_name: str = ""

    def name_for(self, host: str) -> str:
        """The name that is sent to this host and verified."""
        return self.server_name or host


SYSTEM_ROOTS = TlsOptions()


class SharedContext(ssl.SSLContext):
    """A context that stays as it was built: the HTTP library sets ALPN anew at each connection.

    OpenSSL frees and copies that list without a lock, so that another thread opening a connection at the same moment
    would read freed memory.
    """

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        """Nothing: `Contexts` has set them."""


class Contexts:
    """Builds each context once (15 to 30 ms, 0.9 MB): the system's roots, the operator's CA file, the target's options.

    The one that was used longest ago goes first; calls under way keep theirs.
    """

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._built: OrderedDict[TlsOptions, SharedContext] = OrderedDict()

    def for_options(self, options: TlsOptions) -> ssl.SSLContext:
        """TLS 1.2 or later, chain and name verified; raises BadCertificate."""
        # A context knows nothing of the name: it is said with each connection.
        key = replace(options, server_name="")
        with self._lock:
            if key not in self._built:
                self._built[key] = _build(self._ca_file, key)
                if len(self._built) > MAX_CONTEXTS:
                    self._built.popitem(last=False)
            self._built.move_to_end(key)
            return self._built[key]


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
        _load_authorities(context, options.ca_pem)
    if options.client_certificate or options.client_key:
        load_client(context, options.client_certificate or "", options.client_key or "")
        # Servers that want a certificate for some paths only ask for it in the middle of a TLS 1.3 connection.
        context.post_handshake_auth = True
    ssl.SSLContext.set_alpn_protocols(context, ALPN)
    return context


def _load_roots(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not (paths.capath and os.listdir(paths.capath)):
        # A slim image without the system's roots.
        context.load_verify_locations(cafile=certifi.where())


def _load_authorities(context: ssl.SSLContext, pem: str) -> None:
    texts = (each.public_bytes(Encoding.PEM).decode() for each in read_authorities(pem))
    try:
        context.load_verify_locations(cadata="".join(texts))
    except ssl.SSLError:
        raise BadCertificate("One of the certificates cannot be used as an authority.") from None


def without_verification() -> ssl.SSLContext:
    """For reading a certificate that failed, never for sending anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def check_server_name(text: str) -> str:
    """A host name or an IP address, as it is kept; raises BadCertificate."""
    literal = text.removeprefix("[").removesuffix("]")
    if ":" in literal and "%" not in literal and (ip := as_ip(literal)):
        return str(ip)
    try:
        return checked_name(text.lower())
    except BadAddress as error:
        raise BadCertificate(error.message) from None


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
