"""Live credentials for Google Cloud: an access token for a service account's key, or for what this process has.

The token endpoint is Google's, whatever a key file says of it. google-auth does the work and is imported where it is
used: it takes a quarter of a second to load, and most installations call no model of Google's.
"""

import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.clients.granting import DIRECT, TIMEOUT_SECONDS, Cache, CredentialsRefused, Outlet
from app.clients.target import AccessToken, Cloud
from app.domain.credentials import Auth
from app.domain.service_accounts import read_service_account

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)

Granted = tuple[AccessToken, datetime | None]


_CACHE: Cache[AccessToken] = Cache()


def obtain(cloud: Cloud, api_key: str | None, outlet: Outlet = DIRECT, cache: Cache[AccessToken] = _CACHE) -> Granted:
    """A token and the moment it ends, None where that is not told; raises CredentialsRefused.

    `api_key` is the service account's JSON, ignored for AMBIENT.
    """
    digest = _digest(cloud.auth, api_key or "", repr(outlet), outlet.proxy or "")
    if found := cache.get(digest):
        return found
    granted = _ambient(outlet) if cloud.auth is Auth.AMBIENT else _service_account(api_key or "", outlet)
    cache.put(digest, granted)
    return granted


def _service_account(text: str, outlet: Outlet) -> Granted:
    from google.oauth2.service_account import Credentials

    if not text:
        raise CredentialsRefused("credentials_missing")
    try:
        account = read_service_account(text)
    except ValueError as error:
        raise CredentialsRefused("service_account_refused", str(error)) from error
    if not _is_rsa(account["private_key"]):
        raise CredentialsRefused("service_account_refused", "The private key is not a readable RSA key.")
    # The file's own address never gets here.
    info = {**account, "token_uri": outlet.address or TOKEN_URL}
    credentials = Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]
    return _refreshed(credentials, outlet)


def _is_rsa(pem: str) -> bool:
    """Asked before google-auth reads the key: it fails in many ways over others, and only when it signs."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _ambient(outlet: Outlet) -> Granted:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    try:
        credentials, _ = google.auth.default(scopes=SCOPES, request=_request(outlet))
    except DefaultCredentialsError as error:
        raise CredentialsRefused("credentials_missing", _words(error)) from error
    except (GoogleAuthError, OSError) as error:
        raise CredentialsRefused("credentials_unreachable", _words(error)) from error
    return _refreshed(credentials, outlet)


def _refreshed(credentials: Any, outlet: Outlet) -> Granted:
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials.refresh(_request(outlet))
    except (GoogleAuthError, OSError) as error:
        code = "service_account_refused" if _is_refusal(error) else "credentials_unreachable"
        raise CredentialsRefused(code, _words(error)) from error
    except (TypeError, ValueError, AttributeError) as error:  # a page where JSON was meant to come
        raise CredentialsRefused("credentials_unreachable", "What answered is no token service.") from error
    token, ends = credentials.token, credentials.expiry
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
        raise CredentialsRefused("credentials_unreachable", "The answer holds no token.")
    # The library's times are in UTC and do not say so.
    return AccessToken(token), ends.replace(tzinfo=UTC) if ends else None


def _is_refusal(error: Exception) -> bool:
    """Google's refusals are final and come with its answer's object; the rest is trouble on the way, or passes."""
    from google.auth.exceptions import OAuthError, RefreshError

    if isinstance(error, RefreshError):
        return not error.retryable and len(error.args) > 1
    return isinstance(error, OAuthError)


def _words(error: Exception) -> str:
    """The library hands on what Google said as the first argument, and may put the whole answer behind it."""
    return str(error.args[0]) if error.args else str(error)


def _request(outlet: Outlet) -> Any:
    """The library's transport: no redirects, only the outlet's proxy and authorities, five seconds for each wait."""
    import requests
    from google.auth.transport.requests import Request

    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    if outlet.proxy:
        session.proxies = {"https": outlet.proxy}
    if outlet.ca_file:
        session.verify = outlet.ca_file
    return partial(Request(session), timeout=TIMEOUT_SECONDS)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
