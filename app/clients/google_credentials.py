"""Live credentials for Google Cloud: an access token for a service account's key, or for what this process has.

The token endpoint is Google's, whatever a key file says of it. google-auth does the work and is imported where it is
used: it takes a quarter of a second to load, and most installations call no model of Google's.
"""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from app.clients.dialect import AccessToken, Cloud
from app.domain.credentials import Auth
from app.domain.service_accounts import read_service_account
from app.lib import clock

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TIMEOUT_SECONDS = 5
MARGIN = timedelta(minutes=5)
_KEPT = 256
_WORDS_MAX = 1000

Granted = tuple[AccessToken, datetime | None]


class GoogleCredentialsError(Exception):
    """No token: `code` is credentials_missing, service_account_refused or credentials_unreachable.

    `words` are the provider's or the library's own, not yet scrubbed.
    """

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words[:_WORDS_MAX]


class _Tokens:
    """Tokens by a digest of what they were asked with, until shortly before they end; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._granted: dict[str, tuple[AccessToken, datetime]] = {}

    def get(self, key: str) -> tuple[AccessToken, datetime] | None:
        with self._lock:
            found = self._granted.get(key)
            return found if found and found[1] - MARGIN > clock.now() else None

    def put(self, key: str, token: AccessToken, ends: datetime) -> None:
        with self._lock:
            now = clock.now()
            self._granted = {name: each for name, each in self._granted.items() if each[1] > now}
            while len(self._granted) >= _KEPT:
                del self._granted[next(iter(self._granted))]
            self._granted[key] = (token, ends)


_TOKENS = _Tokens()


def obtain(cloud: Cloud, api_key: str | None, *, token_url: str = TOKEN_URL) -> Granted:
    """A token and the moment it ends, None where that is not told; raises GoogleCredentialsError.

    `api_key` is the service account's JSON, ignored for AMBIENT. `token_url` is for tests alone.
    """
    key = _digest(cloud.auth, api_key or "", token_url)
    if found := _TOKENS.get(key):
        return found
    token, ends = _ambient() if cloud.auth is Auth.AMBIENT else _service_account(api_key or "", token_url)
    if ends:
        _TOKENS.put(key, token, ends)
    return token, ends


def _service_account(text: str, token_url: str) -> Granted:
    from google.oauth2.service_account import Credentials

    if not text:
        raise GoogleCredentialsError("credentials_missing")
    try:
        account = read_service_account(text)
    except ValueError as error:
        raise GoogleCredentialsError("service_account_refused", str(error)) from error
    if not _is_rsa(account["private_key"]):
        raise GoogleCredentialsError("service_account_refused", "The private key is not a readable RSA key.")
    # The file's own address never gets here.
    info = {**account, "token_uri": token_url}
    credentials = Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]
    return _refreshed(credentials)


def _is_rsa(pem: str) -> bool:
    """Asked before google-auth reads the key: it fails in many ways over others, and only when it signs."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _ambient() -> Granted:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    try:
        credentials, _ = google.auth.default(scopes=SCOPES, request=_request())
    except DefaultCredentialsError as error:
        raise GoogleCredentialsError("credentials_missing", _words(error)) from error
    except (GoogleAuthError, OSError) as error:
        raise GoogleCredentialsError("credentials_unreachable", _words(error)) from error
    return _refreshed(credentials)


def _refreshed(credentials: Any) -> Granted:
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials.refresh(_request())
    except (GoogleAuthError, OSError) as error:
        code = "service_account_refused" if _is_refusal(error) else "credentials_unreachable"
        raise GoogleCredentialsError(code, _words(error)) from error
    except (TypeError, ValueError, AttributeError) as error:  # a page where JSON was meant to come
        raise GoogleCredentialsError("credentials_unreachable", "What answered is no token service.") from error
    token, ends = credentials.token, credentials.expiry
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
        raise GoogleCredentialsError("credentials_unreachable", "The answer holds no token.")
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


def _request() -> Any:
    """The library's transport: no redirects, no proxies from the environment, five seconds for each wait."""
    import requests
    from google.auth.transport.requests import Request

    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    return partial(Request(session), timeout=TIMEOUT_SECONDS)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
