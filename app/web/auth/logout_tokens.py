"""Logout tokens: the provider's own word, from server to server, that a session is over.

OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6. An ID token must never pass for one: it lacks the event, and it
has a nonce, which is forbidden here.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidClaimError, InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.web.auth.pinned import LEEWAY, OLDEST_TOKEN, PinnedClient

EVENT = "http://schemas.openid.net/event/backchannel-logout"
# "JWT" is what tokens carry that name no type of their own, as those of older providers do.
_TYPES = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
_LONGEST = 255
_LONGEST_TOKEN = 20_000


@dataclass(frozen=True, slots=True)
class LogoutOrder:
    """Whose sessions end: those of `provider_session`, or where that is empty all of `subject`.

    `token_id` counts once; after `until` the token is too old anyway.
    """

    issuer: str
    subject: str
    provider_session: str
    token_id: str
    until: datetime


def read_logout_token(client: PinnedClient, text: str) -> LogoutOrder:
    """Verify a logout token; raises what joserfc or a check of ours raises."""
    if len(text) > _LONGEST_TOKEN:
        raise InvalidClaimError("logout_token")
    try:
        token = _decoded(client, text)
    except (BadSignatureError, InvalidKeyIdError):
        # The provider may have replaced a key.
        client.fetch_jwk_set(force=True)
        token = _decoded(client, text)
    if str(token.header.get("typ", "jwt")).lower() not in _TYPES:
        raise InvalidClaimError("typ")
    _check(client, token.claims)
    return _order(token.claims)


def _decoded(client: PinnedClient, text: str) -> jwt.Token:
    keys = KeySet.import_key_set(client.fetch_jwk_set())
    algorithms = client.load_server_metadata()["id_token_signing_alg_values_supported"]
    return jwt.decode(text, keys, registry=JWSRegistry(algorithms=algorithms, strict_check_header=False))


def _check(client: PinnedClient, claims: Mapping[str, Any]) -> None:
    now, audience, events = time.time(), claims.get("aud"), claims.get("events")
    issued, expires = (_seconds(claims, name) for name in ("iat", "exp"))
    passed = {
        "iss": claims.get("iss") == client.issuer,
        "aud": client.client_id in (audience if isinstance(audience, list) else [audience]),
        "iat": now - OLDEST_TOKEN - LEEWAY <= issued <= now + LEEWAY,
        "exp": expires > now - LEEWAY,
        "jti": bool(_text(claims, "jti")),
        "events": isinstance(events, dict) and isinstance(events.get(EVENT), dict),
        "nonce": "nonce" not in claims,
        "sub": bool(_text(claims, "sub") or _text(claims, "sid")),
    }
    for name, is_right in passed.items():
        if not is_right:
            raise InvalidClaimError(name)


def _order(claims: Mapping[str, Any]) -> LogoutOrder:
    until = datetime.fromtimestamp(_seconds(claims, "iat") + OLDEST_TOKEN + 2 * LEEWAY, UTC)
    subject, provider_session, token_id = (_text(claims, name) for name in ("sub", "sid", "jti"))
    return LogoutOrder(claims["iss"], subject, provider_session, token_id, until)


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidClaimError(name)
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is text, "" where it is missing."""
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST or not (value.isprintable() or not value):
        raise InvalidClaimError(name)
    return value
