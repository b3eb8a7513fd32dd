"""Secrets at rest: AES-256-GCM bound to the place a secret belongs to, with a ring of keys.

The purpose is authenticated with the text. Someone who can write to the database but has no key can therefore not
move a sealed key to a row whose address he chose and let the server open it there, which encryption alone permits.
"""

import base64
import binascii
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.lib.weak_keys import weakness

VERSION = "v1"
NONCE_BYTES = 12
_SHAPE = re.compile(rf"{VERSION}:([0-9a-f]{{8}}):([A-Za-z0-9+/]+={{0,2}})")


class CannotOpen(Exception):
    """A sealed text cannot be read; `reason` is "unknown_key" or "damaged" (altered, or moved to another place)."""

    def __init__(self, reason: str, key_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id


class WeakKey(ValueError):
    """A key of the ring must not be used; the text says which (counted from 1) and why."""


class _Key:
    def __init__(self, text: str) -> None:
        self._master = text.encode()
        self.id = self.derive("key id").hex()[:8]
        self.aead = AESGCM(self.derive("seal"))
        self.fingerprint = self.derive("fingerprint")

    def derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._master)


class Sealer:
    """Seals with the first key of the ring, opens with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises WeakKey for an empty ring or a key that `weakness` finds fault with."""
        for number, key in enumerate(keys or [""], start=1):
            if reason := weakness(key):
                raise WeakKey(f"key {number} {reason}")
        ring = [_Key(key) for key in keys]
        self._first = ring[0]
        self._by_id = {key.id: key for key in reversed(ring)}

    def __repr__(self) -> str:
        return f"Sealer({', '.join(self._by_id)})"

    @property
    def key_id(self) -> str:
        """The id (8 hex) of the key that seals now."""
        return self._first.id

    def seal(self, text: str, purpose: str) -> str:
        """`v1:<key id>:<base64>`, which opens only for the same purpose, such as "endpoints|<id>|api_key"."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._first.aead.encrypt(nonce, text.encode(), _bound_to(self.key_id, purpose))
        return f"{VERSION}:{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> str:
        """The text again; raises CannotOpen."""
        key_id, raw = _taken_apart(sealed)
        key = self._by_id.get(key_id)
        if key is None:
            raise CannotOpen("unknown_key", key_id)
        try:
            opened = key.aead.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(key_id, purpose))
        except (InvalidTag, ValueError):
            raise CannotOpen("damaged", key_id) from None
        return opened.decode()

    def knows(self, key_id: str) -> bool:
        """Whether the ring has the key of that id; without it, what that key sealed cannot be opened."""
        return key_id in self._by_id

    def key_id_of(self, sealed: str) -> str:
        """Which key sealed this; raises CannotOpen("damaged") for text that was never sealed."""
        return key_id_of(sealed)

    def fingerprint(self, text: str) -> str:
        """8 hex characters that tell two secrets apart and give neither away; they change with the first key."""
        return hmac.digest(self._first.fingerprint, text.encode(), "sha256").hex()[:8]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use (session, csrf), from the first key."""
        return self._first.derive(f"derive|{purpose}")


def key_id_of(sealed: str) -> str:
    """Which key sealed this, without a ring; raises CannotOpen("damaged") for text that was never sealed."""
    return _taken_apart(sealed)[0]


def _bound_to(key_id: str, purpose: str) -> bytes:
    return f"{VERSION}:{key_id}:{purpose}".encode()


def _taken_apart(sealed: str) -> tuple[str, bytes]:
    match = _SHAPE.fullmatch(sealed)
    if match is None:
        raise CannotOpen("damaged")
    try:
        return match[1], base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise CannotOpen("damaged", match[1]) from None
