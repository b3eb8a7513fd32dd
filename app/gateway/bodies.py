"""The bytes of a request as a JSON object that can be sent on: UTF-8, finite numbers, no depth that a stack feels."""

import json
import math
from typing import Any

from flask import Request

from app.domain.errors import CallRefused

# Schemas of tools nest deepest; what reads and writes JSON gives up at several hundred.
MOST_DEPTH = 100


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object; raises CallRefused, RequestEntityTooLarge for more than the gateway takes."""
    if request.mimetype != "application/json":
        raise CallRefused(415, "not_json", "Send JSON with the header Content-Type: application/json.")
    raw = request.get_data(cache=False)
    try:
        body = _read(raw)
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(body, dict):
        raise _invalid("The body has to be a JSON object.")
    # Most bodies have fewer brackets than may stand in each other.
    if raw.count(b"[") + raw.count(b"{") > MOST_DEPTH and _is_deep(body):
        raise _too_deep()
    return body


def _read(raw: bytes) -> Any:
    """Raises CallRefused, RecursionError."""
    try:
        # The library itself would take other encodings, and halves of characters.
        body = _DECODER.decode(raw.decode("utf-8-sig"))
        if b"\\u" in raw:
            # Half of a pair of surrogates is no character: nothing could send it on.
            json.dumps(body, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise _invalid(f"The body is not UTF-8: byte {error.start + 1:,} begins no character.") from error
    except UnicodeEncodeError as error:
        raise _invalid("The body holds half of a surrogate pair, which is no character.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise _invalid(f"The body is not JSON: {error.msg.removesuffix(' at')} at {where}.") from error
    except ValueError as error:
        raise _invalid("A number in the body has too many digits.") from error
    return body


def _no_constant(name: str) -> None:
    raise _invalid(f"The body is not JSON: {name} is no number of JSON's.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _invalid(f"The body holds a number that is too large: {text[:32]}.")
    return number


# Made once: making one takes as long as reading a short body.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _is_deep(body: dict[str, Any]) -> bool:
    level: list[Any] = [body]
    for _ in range(MOST_DEPTH):
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _too_deep() -> CallRefused:
    return _invalid(f"The JSON is nested too deeply; {MOST_DEPTH} levels are the most.")


def _invalid(sentence: str) -> CallRefused:
    return CallRefused(400, "invalid_json", sentence)
