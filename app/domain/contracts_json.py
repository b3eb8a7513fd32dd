"""Answers that are one JSON value (https://www.rfc-editor.org/rfc/rfc8259), and the strict reading of such text."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.contracts_fences import parts
from app.domain.contracts_schema import fits
from app.domain.contracts_values import Breach, shown
from app.domain.prompts import Contract

# A bracket with a word behind it may belong to a sentence.
_BEGIN = re.compile(r"\{|\[(?=\s*+[\[\]{\"])")


@dataclass(slots=True)
class Reading:
    """One JSON text as it is read: its value, and what was wrong with it."""

    value: Any = None
    breaches: list[Breach] = field(default_factory=list)

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object, of whose keys none may come twice."""
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                self.breaches.append(Breach("duplicate_key", f"The key {shown(name)} comes twice in one object."))
            found[name] = value
        return found

    def constant(self, word: str) -> None:
        """NaN and Infinity, which Python reads and JSON does not have."""
        self.breaches.append(Breach("not_json", f"{word} is not a number in JSON."))

    def number(self, digits: str) -> float:
        """A fraction, or a number too large to be one."""
        if math.isinf(value := float(digits)):
            self.breaches.append(Breach("not_json", f"{shown(digits)} is too large for a number."))
            return 0.0
        return value


def read(text: str) -> Reading:
    """One JSON value and nothing else."""
    return _read(text.strip(), to_end=True)[0]


def _read(text: str, *, to_end: bool) -> tuple[Reading, int]:
    reading = Reading()
    decoder = json.JSONDecoder(
        object_pairs_hook=reading.pairs, parse_constant=reading.constant, parse_float=reading.number
    )
    try:
        reading.value, end = decoder.raw_decode(text)
        if to_end and end < len(text):
            raise json.JSONDecodeError("something follows the value", text, end)
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        return Reading(breaches=[Breach("not_json", f"This is not JSON, at {place}: {problem.msg}.")]), 0
    except (ValueError, RecursionError):
        return Reading(breaches=[Breach("not_json", "This JSON has a number too long or too many levels.")]), 0
    return reading, end


def json_value(contract: Contract, answer: str) -> Iterator[Breach]:
    """One value that fits the schema, with nothing around it."""
    reading, around = _found(answer)
    yield from around
    yield from reading.breaches
    if all(each.code == "duplicate_key" for each in reading.breaches):
        yield from fits(contract.schema, reading.value)


def _found(answer: str) -> tuple[Reading, list[Breach]]:
    """The value, wherever in the answer it stands, and what stands around it."""
    reading, text = read(answer), answer.strip()
    if all(each.code == "duplicate_key" for each in reading.breaches):
        return reading, []
    split = parts(text)
    if split.blocks and not text.startswith(("{", "[")):
        fenced = Breach("fenced", "The JSON stands in a fence; it has to be bare.")
        return read(split.blocks[0].content), [fenced, *_outside("\n".join(split.outside).strip())]
    inner, outside = _within(text)
    return inner or reading, _outside(outside)


def _outside(text: str) -> list[Breach]:
    return [Breach("text_around", f"Around the JSON stands other text: {shown(text)}.")] if text else []


def _within(text: str) -> tuple[Reading | None, str]:
    begin = _BEGIN.search(text)
    if not begin:
        return None, ""
    reading, end = _read(text[begin.start() :], to_end=False)
    return (reading, text[: begin.start()] + text[begin.start() + end :]) if end else (None, "")
