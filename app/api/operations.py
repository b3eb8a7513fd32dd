"""What a route declares: who may use it, what it takes, what it answers.

The check of a request, the reading of its body and the OpenAPI document all follow from this one declaration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, cast

from flask import Flask, Response, request
from pydantic import BaseModel

from app.api import reading
from app.domain.roles import Role

_MARK = "modelport_operation"
View = Callable[..., Any]


class IfMatch(StrEnum):
    """What a route makes of If-Match: nothing, a check where it is sent, a must."""

    UNREAD = "unread"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Operation:
    """`answer` None is an answer without content; `problems` are statuses beside those that follow from the rest.

    `content`: the media type of an answer that is made elsewhere and has an ETag to ask with; `answer` is then the
    model of a JSON one, for the document alone.
    """

    role: Role
    answer: type[BaseModel] | None
    status: int
    body: type[BaseModel] | None
    body_optional: bool
    query: type[BaseModel] | None
    if_match: IfMatch
    located: bool
    problems: tuple[int, ...]
    content: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """An answer with the address of what it tells of."""

    answer: BaseModel
    location: str


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is made elsewhere; who has one with this tag, in its quotes, already gets 304."""

    content: bytes
    kind: str
    tag: str


def operation(
    role: Role,
    answer: type[BaseModel] | None = None,
    status: int | None = None,
    *,
    body: type[BaseModel] | None = None,
    body_optional: bool = False,
    query: type[BaseModel] | None = None,
    if_match: IfMatch = IfMatch.UNREAD,
    located: bool = False,
    problems: tuple[int, ...] = (),
    content: str = "",
) -> Callable[[View], View]:
    """Declare a route. Its view gets `body`, `asked` (the query) and `version` (None for any) where they are read.

    The view returns its answer, Located where there is a new address to tell, Content where `content` says so, or
    None for no content.
    """
    status = status or (200 if answer or content else 204)
    declaration = Operation(role, answer, status, body, body_optional, query, if_match, located, problems, content)

    def declare(view: View) -> View:
        @wraps(view)
        def run(**arguments: Any) -> Response:
            return _response(view(**arguments, **_read(declaration)), declaration.status)

        setattr(run, _MARK, declaration)
        return run

    return declare


def declared(app: Flask, endpoint: str | None) -> Operation | None:
    """What the route of that name declares."""
    return cast("Operation | None", getattr(app.view_functions.get(endpoint or ""), _MARK, None))


def _read(operation: Operation) -> Mapping[str, Any]:
    """The values that a view takes beside those of its address; raises what `reading` raises."""
    values: dict[str, Any] = {}
    # First the precondition: whoever saw no version has to look before anything else.
    if operation.if_match is not IfMatch.UNREAD:
        values["version"] = reading.version(required=operation.if_match is IfMatch.REQUIRED)
    if operation.query:
        values["asked"] = reading.query(operation.query)
    else:
        reading.no_query()
    if operation.body:
        values["body"] = reading.body(operation.body, optional=operation.body_optional)
    return values


def _response(result: Any, status: int) -> Response:
    if result is None:
        empty = Response(status=status)
        del empty.headers["Content-Type"]
        return empty
    if isinstance(result, Content):
        return _content(result)
    answer = result.answer if isinstance(result, Located) else result
    response = Response(answer.model_dump_json(by_alias=True), status, mimetype="application/json")
    if isinstance(result, Located):
        response.headers["Location"] = result.location
    if (version := getattr(answer, "version", None)) is not None:
        response.set_etag(str(version))
    return response


def _content(result: Content) -> Response:
    response = Response(result.content, content_type=result.kind)
    response.headers["ETag"] = result.tag
    # It may be kept where it was fetched, and is asked for again each time.
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
