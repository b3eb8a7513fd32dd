"""Authlib's Flask client, closed where it leaves the checking to the application.

As it comes it accepts tokens for another client, unsigned ones where the metadata lists "none", and any issuer that the
discovery document states. Each method below says what it closes; tests/web/test_auth_faults.py holds it to that by
behaviour, with a provider that lies in a hundred ways, so that a new version of the library is judged, too.
"""

import base64
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from authlib.integrations.base_client import FrameworkIntegration  # type: ignore[import-untyped] # ships no types
from authlib.integrations.flask_client import FlaskOAuth2App  # type: ignore[import-untyped] # ships no types
from joserfc.errors import BadSignatureError, InvalidClaimError
from requests import Session

from app.web.auth.metadata import authentication, checked_metadata, usable_keys
from app.web.auth.transport import StrictAdapter

LEEWAY = 30
OLDEST_TOKEN = 600
KEEP = 3600.0
KEYS_AGAIN_AFTER = 30.0
LONGEST_SUBJECT = 255


class PinnedClient(FlaskOAuth2App):  # type: ignore[misc] # ships no types
    """A client of one issuer, known beforehand. Metadata and keys are kept per process."""

    def __init__(self, issuer: str, tls: ssl.SSLContext, proxy: str = "", **settings: Any) -> None:
        # One adapter for all requests: a context of its own for each would cost 30 ms.
        self._adapter = StrictAdapter(tls)
        self._proxies = {"https": proxy} if proxy else {}
        self.issuer = issuer
        self.now: Callable[[], float] = time.monotonic
        self._lock = threading.RLock()
        self._metadata_at = self._keys_at = float("-inf")
        super().__init__(
            FrameworkIntegration("provider"),
            name="provider",
            server_metadata_url=issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"code_challenge_method": "S256"},
            client_auth_methods=[("client_secret_basic", _basic)],
            **settings,
        )

    @property
    def is_known(self) -> bool:
        """Whether metadata and keys are at hand and fresh."""
        return self.now() - min(self._metadata_at, self._keys_at) < KEEP

    def load_server_metadata(self) -> dict[str, Any]:
        """Compare the issuer with ours, let no other addresses in than https, keep for an hour."""
        with self._lock:
            if self.now() - self._metadata_at >= KEEP:
                metadata = checked_metadata(self._fetch(self._server_metadata_url), self.issuer)
                metadata["token_endpoint_auth_method"] = authentication(
                    metadata["token_endpoint_auth_methods_supported"]
                )
                self.server_metadata = metadata
                self._metadata_at, self._keys_at = self.now(), float("-inf")
            return self.server_metadata

    def fetch_jwk_set(self, force: bool = False) -> Any:
        """Fetch keys hourly, and on demand once in 30 s: else every forged token would make us ask the provider."""
        with self._lock:
            metadata, age = self.load_server_metadata(), self.now() - self._keys_at
            if age >= KEEP or (force and age >= KEYS_AGAIN_AFTER):
                metadata["jwks"] = usable_keys(self._fetch(metadata["jwks_uri"]))
                self._keys_at = self.now()
            return metadata["jwks"]

    def verified_claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the token response's ID token; raises what Authlib, joserfc or a check of ours raises."""
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "sub": {"essential": True},
        }
        try:
            claims = self.parse_id_token(token, nonce, options, leeway=LEEWAY)
        except BadSignatureError:
            # A provider may have replaced a key under the same id.
            self.fetch_jwk_set(force=True)
            claims = self.parse_id_token(token, nonce, options, leeway=LEEWAY)
        if claims is None:
            raise InvalidClaimError("id_token")
        if claims["iat"] < time.time() - OLDEST_TOKEN - LEEWAY:
            raise InvalidClaimError("iat")
        subject = claims["sub"]
        if not subject.strip() or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            raise InvalidClaimError("sub")
        return dict(claims)

    def fetch_userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        """The claims of the userinfo endpoint, {} where there is none; they must be about the same `subject`."""
        address = self.load_server_metadata().get("userinfo_endpoint")
        if not address:
            return {}
        claims = self._fetch(address, {"Authorization": f"Bearer {access_token}"})
        if not isinstance(claims, dict) or claims.get("sub") != subject:
            raise InvalidClaimError("sub of userinfo")
        return claims

    def _fetch(self, address: str, headers: Mapping[str, str] | None = None) -> Any:
        with self._get_session() as session:
            answer = session.request("GET", address, withhold_token=True, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def _get_session(self) -> Any:
        return self._made_strict(super()._get_session())

    def _get_oauth_client(self, **metadata: Any) -> Any:
        return self._made_strict(super()._get_oauth_client(**metadata))

    def _made_strict(self, session: Session) -> Session:
        session.trust_env = False
        session.proxies = self._proxies
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        return session


def _basic(client: Any, _method: str, uri: str, headers: dict[str, str], body: Any) -> tuple[str, dict[str, str], Any]:
    # RFC 6749 2.3.1: both are encoded before they are joined, which the library leaves out.
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body
