"""The OpenAPI document, made from what the routes declare and from the very models that read and write."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from flask import Flask
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from app.api.bodies.common import Problem
from app.api.context import PREFIX
from app.api.operations import IfMatch, Operation, declared

_REFERENCE = "#/components/schemas/{model}"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TEXT = {"type": "string"}
_ETAG = {"schema": _TEXT, "required": True}
_WRITE: Literal["validation"] = "validation"
_READ: Literal["serialization"] = "serialization"
_Use = tuple[Any, JsonSchemaMode]
_INTRODUCTION = (
    "Administration of Modelport in JSON. Every call shows a token with a role; cookies count for nothing. Changes and "
    "removals name the version that was seen in If-Match. Failures are problem details (RFC 9457)."
)


def document(app: Flask, origin: str) -> dict[str, Any]:
    """The document as JSON values."""
    routes = [(rule, found) for rule in app.url_map.iter_rules() if (found := declared(app, rule.endpoint))]
    schemas, references = _schemas([operation for _, operation in routes])
    paths: dict[str, dict[str, Any]] = {}
    for rule, operation in routes:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        summary = (app.view_functions[rule.endpoint].__doc__ or "").partition("\n")[0]
        for method in _METHODS:
            if method in (rule.methods or ()):
                paths.setdefault(path, {})[method.lower()] = _described(rule, operation, summary, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Modelport", "version": "1", "description": _INTRODUCTION},
        "servers": [{"url": origin + PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "mp_..."}},
        },
    }


def _schemas(operations: list[Operation]) -> tuple[dict[str, Any], Mapping[_Use, Any]]:
    """Every model's schema by name, and how each is referred to."""
    used: dict[_Use, None] = {(Problem, _READ): None}
    for each in operations:
        if each.answer:
            used[(each.answer, _READ)] = None
        if each.body:
            used[(each.body, _WRITE)] = None
    references, definitions = models_json_schema(list(used), ref_template=_REFERENCE)
    return definitions.get("$defs", {}), references


def _described(rule: Rule, operation: Operation, summary: str, references: Mapping[_Use, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": summary,
        "description": f"For tokens with the role {operation.role.value}, or a stronger one.",
        "parameters": list(_parameters(rule, operation)),
        "responses": _responses(rule, operation, references),
    }
    if operation.body:
        schema = references[(operation.body, _WRITE)]
        content = {"application/json": {"schema": schema}}
        described["requestBody"] = {"required": not operation.body_optional, "content": content}
    return described


def _parameters(rule: Rule, operation: Operation) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": {**_TEXT, "minLength": 1}}
    if operation.query:
        for name, schema in operation.query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}
    if operation.if_match is not IfMatch.UNREAD:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": operation.if_match is IfMatch.REQUIRED,
            "description": "The ETag of the version that was seen, or * for any.",
            "schema": {**_TEXT, "pattern": r'^(\*|"[0-9]{1,9}")$'},
        }
    if operation.content:
        yield {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The ETag of what was fetched last; where that is the newest still, the answer is 304.",
            "schema": {**_TEXT, "pattern": r'^"[0-9a-f]{1,64}"$'},
        }


def _responses(rule: Rule, operation: Operation, references: Mapping[_Use, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if operation.content:
        schema = references[(operation.answer, _READ)] if operation.answer else _TEXT
        good |= {"content": {operation.content: {"schema": schema}}, "headers": {"ETag": _ETAG}}
    elif operation.answer:
        good["content"] = {"application/json": {"schema": references[(operation.answer, _READ)]}}
        if "version" in operation.answer.model_fields:
            good["headers"] = {"ETag": _ETAG}
    if operation.located:
        good.setdefault("headers", {})["Location"] = {"schema": _TEXT, "required": True}
    problem = {"content": {"application/problem+json": {"schema": references[(Problem, _READ)]}}}
    told = {str(status): {"description": _WORDS[status], **problem} for status in sorted(_problems(rule, operation))}
    same = {"304": {"description": "What was fetched last is the newest still."}} if operation.content else {}
    return {str(operation.status): good, **same, **told}


def _problems(rule: Rule, operation: Operation) -> set[int]:
    found = {400, 401, 403, 422, 429, *operation.problems}
    if rule.arguments:
        found |= {404}
    if operation.body:
        found |= {413, 415}
    if operation.if_match is not IfMatch.UNREAD:
        found |= {412}
    if operation.if_match is IfMatch.REQUIRED:
        found |= {428}
    return found


_WORDS = {
    400: "The request could not be understood.",
    401: "No token was shown that is good.",
    403: "The token's role does not cover this.",
    404: "There is no such thing.",
    409: "It is in use, `uses` says by what; or no GitLab instance is connected.",
    412: "The version is not the newest any more.",
    413: "The body is too large.",
    415: "The body is no application/json.",
    422: "Some values need another look; `errors` says which.",
    428: "If-Match is missing.",
    429: "Too much at once; Retry-After says when to try again.",
}
