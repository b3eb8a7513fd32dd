"""The identity provider as the sign-in pages see it: is it there, where to go, what came back."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped] # ships no types
from joserfc.errors import InvalidClaimError, JoseError

from app.domain.errors import ModelportError, Unavailable
from app.lib.tls import SYSTEM_ROOTS, Contexts
from app.web.auth.logout_tokens import LogoutOrder, read_logout_token
from app.web.auth.metadata import MetadataError
from app.web.auth.pinned import PinnedClient
from app.web.auth.words import ERRORS, failure, refusal

log = logging.getLogger(__name__)

_DOWN_FOR = 2.0
_MAY_BE_STARTING = 60.0
# Beyond this a logout address grows past what servers read; the provider then asks the person itself.
_LONGEST_HINT = 4000
_LIES = (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, AttributeError)
_WILL_PASS = (requests.exceptions.Timeout, requests.exceptions.ConnectionError, requests.exceptions.HTTPError)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """One registered client at one provider. `scopes` and `proxy` may be empty, `ca_file` is the path of a PEM file."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: str = ""
    ca_file: str | None = None
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the provider can be asked. `starting`: it never answered, and neither did we run for long."""

    ready: bool
    starting: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and what its return is held against."""

    url: str
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back: verified claims of the ID token, and userinfo about the same subject."""

    issuer: str
    subject: str
    id_claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    id_token: str = field(repr=False)

    @property
    def auth_time(self) -> datetime | None:
        """When the person proved who they are; None where the provider does not say."""
        return _moment(self.id_claims.get("auth_time"))

    @property
    def issued_at(self) -> datetime | None:
        """When the ID token was made."""
        return _moment(self.id_claims.get("iat"))


class ProviderDown(Unavailable):
    """The provider does not answer, or not as one."""

    code = "provider_down"


class SignInFailed(ModelportError):
    """An answer that does not sign anybody in; the message is for the person, the log has the check that failed."""

    status = 400
    code = "sign_in_failed"


class Provider:
    """One identity provider. Making it asks nothing: the portal starts while the provider is down."""

    def __init__(self, settings: OidcSettings) -> None:
        # The library writes the PKCE verifier to its debug log.
        logging.getLogger("authlib").setLevel(logging.INFO)
        self.settings = settings
        self._born = time.monotonic()
        self._down_at = float("-inf")
        self._standing = Standing(False)
        self._asking = threading.Lock()
        self._client = PinnedClient(
            settings.issuer,
            Contexts(settings.ca_file).for_options(SYSTEM_ROOTS),
            settings.proxy,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
        )

    def standing(self) -> Standing:
        """Ask the provider for metadata and keys unless they are known; one request at a time, every 2 s at most."""
        with self._asking:
            if not self._client.is_known and time.monotonic() - self._down_at >= _DOWN_FOR:
                self._standing = self._ask()
            return self._standing

    def _ask(self) -> Standing:
        try:
            self._client.fetch_jwk_set()
        except (requests.RequestException, ValueError) as error:
            self._down_at = time.monotonic()
            young = self._down_at - self._born < _MAY_BE_STARTING
            return Standing(False, young and isinstance(error, _WILL_PASS), failure(error))
        return Standing(True)

    def departure(self, prompt: str | None = None, max_age: int | None = None) -> Departure:
        """Begin a sign-in. With a `max_age` (seconds) the proof may be no older; raises ProviderDown."""
        standing = self.standing()
        if not standing.ready:
            raise ProviderDown(standing.reason)
        metadata = self._client.load_server_metadata()
        wanted = {"prompt": prompt, "max_age": max_age}
        options = {name: value for name, value in wanted.items() if value is not None}
        made = self._client.create_authorization_url(
            self.settings.redirect_uri, scope=_scopes(self.settings.scopes, metadata["scopes_supported"]), **options
        )
        return Departure(made["url"], made["state"], made["nonce"], made["code_verifier"])

    def arrival(self, answer: Mapping[str, str], nonce: str, verifier: str) -> Arrival:
        """Redeem the callback's parameters, whose state was found ours; raises SignInFailed or ProviderDown."""
        try:
            self._check_sender(answer)
            code = _code(answer)
            token = self._client.fetch_access_token(self.settings.redirect_uri, code=code, code_verifier=verifier)
            id_token, access_token = _tokens(token)
            claims = self._client.verified_claims(token, nonce)
            userinfo = self._client.fetch_userinfo(access_token, claims["sub"])
        except (requests.RequestException, MetadataError) as error:
            log.warning("the provider failed during a sign-in: %s", error)
            raise ProviderDown(f"The identity provider failed. {failure(error)}") from error
        except _LIES as error:
            log.warning("a sign-in was refused: %s: %s", type(error).__name__, error)
            raise SignInFailed(refusal(error)) from error
        return Arrival(claims["iss"], claims["sub"], claims, userinfo, id_token)

    def logout_address(self, id_token: str, return_to: str) -> str | None:
        """Where the person ends the provider's session, too; None where the provider offers or answers nothing."""
        if not self.standing().ready or not self._client.load_server_metadata().get("end_session_endpoint"):
            return None
        hint = id_token if len(id_token) <= _LONGEST_HINT else None
        made = self._client.create_logout_url(return_to, hint or None, client_id=self.settings.client_id)
        return str(made["url"])

    def logout_order(self, text: str) -> LogoutOrder:
        """What a logout token of the provider orders; raises SignInFailed or ProviderDown."""
        standing = self.standing()
        if not standing.ready:
            raise ProviderDown(standing.reason)
        try:
            return read_logout_token(self._client, text)
        except (requests.RequestException, MetadataError) as error:
            raise ProviderDown(failure(error)) from error
        except _LIES as error:
            log.warning("a logout token was refused: %s: %s", type(error).__name__, error)
            raise SignInFailed(refusal(error)) from error

    def _check_sender(self, answer: Mapping[str, str]) -> None:
        """RFC 9207: an answer that came from another provider must not be taken to this one."""
        promised = self._client.load_server_metadata()["authorization_response_iss_parameter_supported"]
        if ("iss" in answer or promised) and answer.get("iss") != self.settings.issuer:
            raise InvalidClaimError("iss of the answer")


def _code(answer: Mapping[str, str]) -> str:
    if error := answer.get("error"):
        log.warning("the provider answered %.60r: %.200r", error, answer.get("error_description", ""))
        raise SignInFailed(ERRORS.get(error, "The identity provider refused the sign-in. Its reason is in the log."))
    code = answer.get("code")
    if not code:
        raise InvalidClaimError("code")
    return code


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _tokens(token: Mapping[str, Any]) -> tuple[str, str]:
    id_token, access_token, kind = (token.get(name) for name in ("id_token", "access_token", "token_type"))
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise InvalidClaimError("token_type")
    if not isinstance(access_token, str) or not access_token:
        raise InvalidClaimError("access_token")
    if not isinstance(id_token, str):
        raise InvalidClaimError("id_token")
    return id_token, access_token


def _scopes(wanted: str, offered: list[str]) -> str:
    if wanted:
        return " ".join(dict.fromkeys(["openid", *wanted.split()]))
    return "openid profile email" + (" groups" if "groups" in offered else "")
