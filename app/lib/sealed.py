"""Secrets at rest: authenticated encryption bound to the place they belong to, with a ring of keys."""

from collections.abc import Sequence


class CannotOpen(Exception):
    """A sealed text cannot be read; `reason` is "unknown_key" or "damaged" (altered, or moved to another place)."""

    def __init__(self, reason: str, key_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id


def weakness(key: str) -> str | None:
    """Why a key must not be used, as the end of a sentence ("is missing", "is shorter than 32 bytes"); None when it may."""
    raise NotImplementedError


class Sealer:
    """Seals with the first key of the ring, opens with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError without a key; strength is judged by `weakness`, not here."""

    @property
    def key_id(self) -> str:
        """The id (8 hex) of the key that seals now."""
        raise NotImplementedError

    def seal(self, text: str, purpose: str) -> str:
        """`v1:<key id>:<base64>`, which opens only for the same purpose, such as "endpoints|<id>|api_key"."""
        raise NotImplementedError

    def open(self, sealed: str, purpose: str) -> str:
        """The text again; raises CannotOpen."""
        raise NotImplementedError

    def key_id_of(self, sealed: str) -> str:
        """Which key sealed this; raises CannotOpen("damaged") for text that was never sealed."""
        raise NotImplementedError

    def fingerprint(self, text: str) -> str:
        """8 hex characters that tell two secrets apart and give nothing of them away."""
        raise NotImplementedError

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use (session, csrf), from the first key."""
        raise NotImplementedError
