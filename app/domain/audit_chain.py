"""The audit log as a chain: each entry's hash covers the one before it, so that nothing is altered unseen.

The hash is an HMAC under a key of the chain's own. Whoever can write to the database and has no key can break the
chain and cannot mend it. What such a person can do is cut the end off, which only a head noted elsewhere shows:
an anchor.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# What the first entry follows.
GENESIS = "0" * 64
# What a hash covers, beside the hash before it.
COVERED = (
    "seq", "at", "action", "object_type", "object_id", "object_name", "person", "person_name", "role", "session",
    "address", "request_id", "changes",
)  # fmt: skip
# What the chain says of itself, about the subject of this type.
SUBJECT = "audit"
BEGIN, NEW_KEY, CUT = "audit:begin", "audit:new-key", "audit:cut"
_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain stands: the number and the hash of its newest entry; 0 and GENESIS before the first."""

    seq: int = 0
    hash: str = GENESIS

    @property
    def text(self) -> str:
        """As logs and backups keep it, and as `read_head` takes it."""
        return f"{self.seq}:{self.hash}"


def read_head(text: str) -> Head:
    """A head as `text` writes it; raises ValueError."""
    match = _ANCHOR.fullmatch(text.strip())
    if match is None:
        raise ValueError("an anchor is a number, a colon and 64 hexadecimal digits")
    return Head(int(match[1]), match[2])


def cut_words(cut: Head) -> dict[str, tuple[None, Any]]:
    """How the chain itself tells of a cut, as changes, so that one that nobody made shows."""
    return {"until": (None, cut.seq), "hash": (None, cut.hash)}


def canonical(entry: Mapping[str, Any]) -> bytes:
    """An entry's covered fields as JSON that is the same in every process and database."""
    covered = {name: entry[name] for name in COVERED}
    at: datetime = covered["at"]
    covered["at"] = at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(covered, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def entry_hash(key: bytes, previous: str, entry: Mapping[str, Any]) -> str:
    """64 hexadecimal digits: HMAC-SHA256 of the hash before (32 bytes) and the entry."""
    return hmac.digest(key, bytes.fromhex(previous) + canonical(entry), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that is wrong, and why, as a sentence; `seq` is None where no entry has that number."""

    seq: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; `broken` is None where the chain holds.

    `unreadable` are the first and the last entry of each stretch whose key no longer opens: of them only the order
    is known.
    """

    rows: int
    head: Head
    broken: Break | None = None
    unreadable: tuple[tuple[int, int], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every entry was checked and found as it was written."""
        return self.broken is None and not self.unreadable

    @property
    def sentence(self) -> str:
        """What a person is told."""
        if self.broken:
            return self.broken.sentence
        if self.unreadable:
            first, last = self.unreadable[0]
            return (
                f"Entries {first} to {last} cannot be checked: the key that sealed theirs is not in "
                "MODELPORT_SECRET_KEYS. Put it back there."
            )
        if not self.rows:
            return "The chain has no entries yet."
        return f"The chain holds: {self.rows} {'entry' if self.rows == 1 else 'entries'}, up to number {self.head.seq}."


class Walk:
    """Follows the chain entry by entry; stops at the first that is wrong."""

    def __init__(self, start: Head, keys: Mapping[int, bytes | None], anchor: Head | None = None) -> None:
        """`start` is the entry before the first that is given; `keys` by the number from which each is used."""
        self.head = start
        self.rows = 0
        self.broken: Break | None = None
        self.unreadable: list[tuple[int, int]] = []
        self._anchor = anchor
        self._keys = sorted(keys.items(), reverse=True)

    def step(self, entry: Mapping[str, Any]) -> bool:
        """Look at the next entry, `previous` and `hash` among its fields; False once something is wrong."""
        sentence = self._fault(entry)
        if sentence:
            self.broken = Break(self.head.seq + 1, sentence)
            return False
        self.head = Head(entry["seq"], entry["hash"])
        self.rows += 1
        return True

    def _fault(self, entry: Mapping[str, Any]) -> str:
        seq, expected = entry["seq"], self.head.seq + 1
        if seq != expected:
            return f"Entry {expected} is missing: {seq} comes after {self.head.seq}."
        if not hmac.compare_digest(entry["previous"], self.head.hash):
            return f"Entry {seq} does not follow entry {self.head.seq}: one of them was replaced or moved."
        key = next((key for start, key in self._keys if start <= seq), None)
        if key is None:
            self._pass_over(seq)
        elif not hmac.compare_digest(entry["hash"], entry_hash(key, entry["previous"], entry)):
            return f"Entry {seq} was changed after it was written, or was written without the key."
        if self._anchor and self._anchor.seq == seq and self._anchor.hash != entry["hash"]:
            return f"Entry {seq} is not the one that the anchor names: the log was cut off before it and written anew."
        return ""

    def _pass_over(self, seq: int) -> None:
        if self.unreadable and self.unreadable[-1][1] == seq - 1:
            self.unreadable[-1] = (self.unreadable[-1][0], seq)
        else:
            self.unreadable.append((seq, seq))
