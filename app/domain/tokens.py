"""API tokens: how they are written, what may be asked of a new one, and when one has ended."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits

from app.domain import limits
from app.domain.endpoints import has_controls
from app.domain.errors import Invalid
from app.domain.roles import Role

PREFIX = "mp"
ID_LENGTH = 22
SECRET_LENGTH = 32
CHECK_LENGTH = 6
# What scanners of leaked secrets look for; the last characters tell a real token from one that only looks like it.
PATTERN = rf"\b{PREFIX}_[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECK_LENGTH}}}\b"
NAME_MAX = 255
DAYS = 90
DAYS_MAX = 365
# The issuer of those who act by a token; no provider's issuer is written so.
ISSUER = "token"

_ALPHABET = digits + ascii_uppercase + ascii_lowercase
_CHARACTERS = frozenset(_ALPHABET)


@dataclass(frozen=True, slots=True)
class TokenDraft:
    """What somebody asks for: a token that acts in a role, or one that calls features and nothing else.

    The limits hold for each feature by itself; None is without.
    """

    name: str = ""
    role: str = ""
    features: tuple[str, ...] = ()
    days: int = DAYS
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The two halves of a token: the id finds its row, the secret proves it."""

    public_id: str
    secret: str

    @property
    def text(self) -> str:
        """As it is shown once and sent ever after."""
        body = f"{PREFIX}_{self.public_id}_{self.secret}"
        return body + _check_characters(body)


def read(text: str) -> Parts | None:
    """The halves of what looks like a token and has the right check characters, else None.

    Who mistyped is told without a look into the database, and scanners of leaked secrets know a real one.
    """
    prefix, _, rest = text.partition("_")
    public_id, _, tail = rest.partition("_")
    lengths = (prefix, len(public_id), len(tail)) == (PREFIX, ID_LENGTH, SECRET_LENGTH + CHECK_LENGTH)
    if not lengths or not set(public_id + tail) <= _CHARACTERS:
        return None
    parts = Parts(public_id, tail[:SECRET_LENGTH])
    return parts if parts.text == text else None


def _check_characters(text: str) -> str:
    """CRC-32 in base 62, as GitHub and GitLab end their tokens."""
    number, written = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        written = _ALPHABET[digit] + written
    return written


def digest(secret: str) -> str:
    """What the database keeps of a secret; it is random and long, so one round of SHA-256 is enough."""
    return sha256(secret.encode()).hexdigest()


def check(draft: TokenDraft, features: Collection[str]) -> None:
    """Every fault at its field; `features` are the known names. Raises Invalid."""
    faults = {
        "name": _name_fault(draft.name),
        "role": _role_fault(draft),
        "features": _features_fault(draft, features),
        "days": "" if 1 <= draft.days <= DAYS_MAX else f"Use 1 to {DAYS_MAX} days.",
        "requests_per_minute": limits.fault(draft.requests_per_minute),
        "tokens_per_minute": limits.fault(draft.tokens_per_minute),
    }
    found: Mapping[str, tuple[str, ...]] = {name: (sentence,) for name, sentence in faults.items() if sentence}
    if found:
        raise Invalid(found)


def _name_fault(name: str) -> str:
    if not name.strip():
        return "Say what the token is for."
    if len(name) > NAME_MAX:
        return f"Use {NAME_MAX} characters at most; these are {len(name)}."
    return "Remove the line breaks and invisible characters." if has_controls(name) else ""


def _role_fault(draft: TokenDraft) -> str:
    if draft.role and draft.role not in list(Role):
        return f"There is no role “{draft.role[:64]}”. Choose one of {', '.join(Role)}."
    if draft.role and draft.features:
        return "Choose a role or features; a token with a role may call every feature as it is."
    return "" if draft.role or draft.features else "Choose a role, or the features that the token may call."


def _features_fault(draft: TokenDraft, known: Collection[str]) -> str:
    unknown = [name[:64] for name in draft.features if name not in known]
    return f"There is no feature “{unknown[0]}”." if unknown else ""


def has_ended(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a token is good no more."""
    return revoked_at is not None or now >= expires_at
