"""Reading requests strictly: what could be read in two ways is refused, what does not fit is told at its field."""

import json
import re
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, PreconditionFailed, PreconditionRequired, UnsupportedMediaType

from app.api.sentences import sentences_of
from app.domain.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)
DEEPEST = 32
# Forgiving of those who leave the quotes out.
_TAG = re.compile(r'"?([0-9]{1,10})"?', re.ASCII)
_JSON = ("application/json", "application/merge-patch+json")


def body(model: type[Model], *, optional: bool = False) -> Model:
    """The JSON object that was sent; raises 415, 413, 400 for what is no JSON, and Invalid.

    `optional`: nothing at all counts as an empty object.
    """
    if optional and not request.get_data():
        return _validated(model, {})
    if request.mimetype not in _JSON:
        raise UnsupportedMediaType("Send the body as application/json.")
    given = _parse(request.get_data())
    if not isinstance(given, dict):
        raise Invalid({"": ("The body has to be a JSON object.",)})
    return _validated(model, given)


def query(model: type[Model]) -> Model:
    """The parameters behind the question mark; raises Invalid."""
    return _validated(model, request.args.to_dict())


def no_query() -> None:
    """Refuse parameters where a route has none: a misspelt filter must not pass for none. Raises Invalid."""
    if request.args:
        raise Invalid(dict.fromkeys(request.args, ("There is no such parameter here.",)))


def version(*, required: bool) -> int | None:
    """The version in If-Match, None for any; raises 428 where it is missing and 412 where it cannot be ours."""
    if "If-Match" not in request.headers:
        if required:
            raise PreconditionRequired("Send If-Match with the version that you saw (its ETag), or * for any.")
        return None
    sent = request.headers["If-Match"].strip()
    if sent == "*":
        return None
    # One version and no list: more than one was seen by nobody. A weak tag never matches (RFC 9110 13.1.1).
    if found := _TAG.fullmatch(sent):
        return int(found[1])
    raise PreconditionFailed("If-Match holds no version of ours. Send the ETag as it was received.")


def _validated(model: type[Model], given: dict[str, Any]) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(sentences_of(error)) from error


def _parse(raw: bytes) -> Any:
    try:
        parsed = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except RecursionError as error:
        raise BadRequest(f"The body is nested deeper than {DEEPEST} levels.") from error
    except ValueError as error:
        told = str(error) if isinstance(error, _Refused) else "The body is no JSON."
        raise BadRequest(told) from error
    if _is_deep(parsed):
        raise BadRequest(f"The body is nested deeper than {DEEPEST} levels.")
    return parsed


class _Refused(ValueError):
    """JSON that parsers read differently."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused("The body names a field twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no JSON.")


def _is_deep(value: Any) -> bool:
    level, deep = [value], 0
    while level:
        deep += 1
        if deep > DEEPEST:
            return True
        level = [each for outer in level if isinstance(outer, dict | list) for each in _inside(outer)]
    return False


def _inside(outer: dict[str, Any] | list[Any]) -> list[Any]:
    return list(outer.values()) if isinstance(outer, dict) else outer
