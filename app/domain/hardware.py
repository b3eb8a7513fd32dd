"""Whether a model fits the GPUs somebody has: by what was stated where it was, else by the size of its weights."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.catalogue import Hardware

# Gigabytes of memory of the cards that people name without it. Of those sold in two sizes the smaller one counts.
CARDS = {
    "a10": 24, "a100": 40, "a30": 24, "a40": 48, "a6000": 48, "b200": 180, "gb200": 186, "h100": 80, "h200": 141,
    "l4": 24, "l40": 48, "l40s": 48, "mi300x": 192, "mi325x": 256, "rtx 3090": 24, "rtx 4090": 24, "rtx 5090": 32,
    "rtx 6000 ada": 48, "rtx a6000": 48, "t4": 16, "v100": 16,
}  # fmt: skip
# Beside the weights there has to be room for what the model keeps of the conversation.
ROOM = 1.2
BYTES = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5, "awq": 0.5, "gptq": 0.5, "mxfp4": 0.53}
_COUNT, _NAME, _MEMORY = (
    r"(?:(\d{1,3})\s*[x\u00d7*]\s*)?",
    r"([a-z][a-z0-9 ]*?)",
    r"(?:[\s,-]+(\d{1,4})\s*(?:gb|gib|g))?",
)
_TYPED = re.compile(_COUNT + _NAME + _MEMORY, re.IGNORECASE)
MOST_CARDS = 128


class Fit(StrEnum):
    """Whether it fits, and how that is known."""

    STATED = "stated"
    ESTIMATED = "estimated"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gpus:
    """What somebody has: `memory` is in gigabytes of one card."""

    count: int
    card: str
    memory: int

    @property
    def total(self) -> int:
        """Gigabytes in all."""
        return self.count * self.memory

    @property
    def text(self) -> str:
        """As people write it."""
        return f"{self.count} \N{MULTIPLICATION SIGN} {self.card} {self.memory} GB"


def read_gpus(typed: str) -> Gpus | None:
    """What somebody typed, such as "2x A100 40 GB", "4x H100" or "80 GB"; None for nothing.

    Raises ValueError with a sentence for what is none.
    """
    text = " ".join(typed.split())
    if not text:
        return None
    alone = re.fullmatch(r"(\d{1,5})\s*(?:gb|gib|g)", text, re.IGNORECASE)
    if alone:
        return Gpus(1, "GPU", int(alone[1]))
    found = _TYPED.fullmatch(text)
    name = found[2].strip() if found else ""
    memory = int(found[3]) if found and found[3] else CARDS.get(name.lower(), 0)
    count = int(found[1] or 1) if found else 0
    if not found or not memory or not 1 <= count <= MOST_CARDS:
        raise ValueError("Write the GPUs as 2 x A100 40 GB, or their memory as 80 GB.")
    return Gpus(count, name.upper() if name.lower() in CARDS else name, memory)


def fits(gpus: Gpus, stated: Iterable[Hardware], size: float | None, precision: str = "") -> Fit:
    """Whether a model of `size` billion parameters fits; `precision` is a key of BYTES, "" for 16 bit.

    A statement holds for the same cards in the same number or more, and for any with at least as much memory in all.
    """
    rows = tuple(stated)
    for row in rows:
        asked = max(row.need or 0, row.count * row.memory)
        same = row.card.lower() == gpus.card.lower() and row.memory <= gpus.memory and row.count <= gpus.count
        if same or asked <= gpus.total:
            return Fit.STATED
    if size is None:
        return Fit.NO if rows else Fit.UNKNOWN
    return Fit.ESTIMATED if (estimate(size, precision) or 0) <= gpus.total else Fit.NO


def estimate(size: float | None, precision: str = "") -> int | None:
    """The gigabytes that a model of `size` billion parameters takes, by our own reckoning; None for an unknown size."""
    return None if size is None else math.ceil(size * BYTES.get(precision.lower(), 2.0) * ROOM)
