"""What a provider says about itself, taken only as far as it can be relied on."""

from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

# Signed with a key that only the provider has. "none" and HMAC, whose key would be our own client secret, are out.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
# Authlib passes all that the document states on as options of its HTTP session ("verify", for one): these may pass.
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LISTS = ("scopes_supported", "token_endpoint_auth_methods_supported")
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MetadataError(ValueError):
    """The discovery document is not one to rely on; the text says why."""


def checked_metadata(document: Any, issuer: str) -> dict[str, Any]:
    """What we use of a discovery document; raises MetadataError.

    OpenID Connect Discovery 1.0, 4.3: the issuer must be exactly the one that was asked.
    """
    if not isinstance(document, dict):
        raise MetadataError("its metadata is not a JSON object")
    if document.get("issuer") != issuer:
        raise MetadataError(f"its metadata names the issuer {document.get('issuer')!r:.200} instead of {issuer!r}")
    addresses = {name: document[name] for name in _ADDRESSES if document.get(name)}
    for name in _NEEDED:
        if name not in addresses:
            raise MetadataError(f"its metadata has no {name}")
    for name, address in addresses.items():
        if not _is_safe(address, issuer):
            raise MetadataError(f"its metadata has a {name} that is not an https address")
    offered = _strings(document.get("id_token_signing_alg_values_supported")) or ["RS256"]
    algorithms = [name for name in ALGORITHMS if name in offered]
    if not algorithms:
        raise MetadataError("it signs with no algorithm that can be trusted (RS256, ES256 and their kin)")
    return {
        "issuer": issuer,
        **addresses,
        **{name: _strings(document.get(name)) for name in _LISTS},
        "id_token_signing_alg_values_supported": algorithms,
        "authorization_response_iss_parameter_supported": (
            document.get("authorization_response_iss_parameter_supported") is True
        ),
    }


def usable_keys(document: Any) -> dict[str, Any]:
    """The key set without what cannot verify a signature here; raises MetadataError where nothing is left."""
    keys = document.get("keys") if isinstance(document, dict) else None
    usable = {"keys": [key for key in keys if _is_usable(key)] if isinstance(keys, list) else []}
    if not usable["keys"]:
        raise MetadataError("its keys cannot be read")
    return usable


def _is_usable(key: Any) -> bool:
    # One exotic key must not spoil the set, and a symmetric one would be a secret that everybody reads.
    try:
        return isinstance(key, dict) and key.get("kty") in _KEY_TYPES and bool(JWKRegistry.import_key(key))
    except (JoseError, ValueError, TypeError, KeyError):
        return False


def authentication(offered: list[str]) -> str:
    """How the client's secret is sent: as Basic where that is offered or nothing is said, else in the form."""
    for method in ("client_secret_basic", "client_secret_post"):
        if method in (offered or ["client_secret_basic"]):
            return method
    raise MetadataError("it takes a client's secret neither as Basic nor in the form")


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_safe(address: Any, issuer: str) -> bool:
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not address.isascii() or not address.isprintable():
        return False
    # An http issuer is one on loopback; only such a one may send us to http, and only to loopback.
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK and issuer.startswith("http:"))
