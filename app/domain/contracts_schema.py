"""Whether a value fits a JSON schema, for the few keywords that this project's own schemas use.

Keywords are those of https://json-schema.org/draft/2020-12/json-schema-validation; one that is not known here raises
ValueError, so that no schema promises what nobody checks.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.domain.contracts_values import Breach, amount, shown

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_KEYWORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "minItems", "maxItems"}
    | {"minLength", "maxLength", "minimum", "maximum"}
)
_NAME = re.compile(r"[A-Za-z_]\w*")
# Keyword, which values it is about, what it measures, whether it is the least, and code and words of its breach.
_Bound = tuple[str, Callable[[Any], bool], Callable[[Any], Any], bool, str, str]
_BOUNDS: tuple[_Bound, ...] = (
    ("minItems", _TYPES["array"], len, True, "too_few_items", "item"),
    ("maxItems", _TYPES["array"], len, False, "too_many_items", "item"),
    ("minLength", _TYPES["string"], len, True, "too_short", "character"),
    ("maxLength", _TYPES["string"], len, False, "too_long", "character"),
    ("minimum", _TYPES["number"], lambda value: value, True, "too_small", ""),
    ("maximum", _TYPES["number"], lambda value: value, False, "too_large", ""),
)


def fits(schema: Mapping[str, Any], value: Any) -> Iterator[Breach]:
    """All breaches of a schema, each with the path of its value; raises ValueError for a schema it cannot check."""
    _check(schema)
    yield from _fits(schema, value, "$")


def _check(schema: Mapping[str, Any]) -> None:
    if unknown := schema.keys() - _KEYWORDS:
        raise ValueError(f"a schema uses keywords that are not checked: {', '.join(sorted(unknown))}")
    if schema.get("type", "object") not in _TYPES:
        raise ValueError(f"a schema has a type that is not known: {schema['type']}")
    if not isinstance(schema.get("additionalProperties", True), bool):
        raise ValueError("additionalProperties has to be true or false")
    for each in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else ())):
        _check(each)


def _fits(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Breach]:
    wanted = schema.get("type")
    if wanted and not _TYPES[wanted](value):
        yield Breach("wrong_type", f"{path}: has to be of type {wanted}, and is {_shown(value)}.")
        return
    if "enum" in schema and not any(_same(each, value) for each in schema["enum"]):
        allowed = ", ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
        yield Breach("not_in_enum", f"{path}: {_shown(value)} is not one of {allowed}.")
    yield from _bounds(schema, value, path)
    if isinstance(value, dict):
        yield from _keys(schema, value, path)
    if isinstance(value, list) and "items" in schema:
        for at, each in enumerate(value):
            yield from _fits(schema["items"], each, f"{path}[{at}]")


def _bounds(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[Breach]:
    for keyword, is_about, measure, is_least, code, noun in _BOUNDS:
        if keyword not in schema or not is_about(value):
            continue
        size, bound = measure(value), schema[keyword]
        if size < bound if is_least else size > bound:
            side, verb = ("least" if is_least else "most"), ("has" if noun else "is")
            has = amount(size, noun) if noun else shown(str(size))
            yield Breach(code, f"{path}: {verb} {has}; it has to be {bound:,} at {side}.")


def _keys(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[Breach]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Breach("missing_key", f"{path}: “{name}” is missing.")
    for name, each in value.items():
        if name in known:
            yield from _fits(known[name], each, _step(path, name))
        elif schema.get("additionalProperties") is False:
            yield Breach("unknown_key", f"{path}: {shown(name)} is not known here.")


def _step(path: str, name: str) -> str:
    return f"{path}.{name}" if _NAME.fullmatch(name) else f"{path}[{json.dumps(name, ensure_ascii=False)}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    """As JSON has it, where true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _shown(value: Any) -> str:
    """A short value as it is; what has others in it, however deep, is only named."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
