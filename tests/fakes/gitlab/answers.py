"""Answers as they go over the wire, the broken ones included."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.gitlab.faults import Fault, Kind, spoil

PROXY_PAGE = "<!DOCTYPE html><html><head><title>Access check</title></head><body><h1>Access check</h1></body></html>"
SIGN_IN_PAGE = (
    '<!DOCTYPE html><html><head><title>Sign in · GitLab</title></head><body><form action="/users/sign_in" '
    'method="post"><input name="user[login]"></form></body></html>'
)
TIMED_OUT = "Request timed out. Please try a less complex query or a smaller set of records."
HUGE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """`cut`: the connection ends after half of the body. None in place of an Answer: it ends without a word."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def as_json(status: int, told: Any, headers: dict[str, str] | None = None) -> Answer:
    """An answer of the API."""
    return Answer(status, json.dumps(told).encode(), {"Content-Type": "application/json"} | (headers or {}))


def as_page(status: int, text: str, headers: dict[str, str] | None = None) -> Answer:
    """An answer for people."""
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"} | (headers or {}))


def instead(fault: Fault, url: str, operation: str) -> Answer | None:
    """What a fault answers when the request is not carried out; `url` is GitLab's own."""
    match fault.kind:
        case Kind.RATE_LIMITED:
            return Answer(429, b"Retry later\n", {"Content-Type": "text/plain", "Retry-After": fault.retry_after})
        case Kind.BAD_GATEWAY:
            return as_page(502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")
        case Kind.UNAVAILABLE:
            return as_page(
                503, "<!DOCTYPE html><html><head><title>GitLab is not responding (503)</title></head></html>"
            )
        case Kind.PROXY_PAGE:
            return as_page(200, PROXY_PAGE)
        case Kind.SIGN_IN_PAGE:
            return as_page(200, SIGN_IN_PAGE)
        case Kind.REDIRECT | Kind.SIGN_IN_REDIRECT:
            to = fault.to if fault.kind is Kind.REDIRECT else f"{url}/users/sign_in"
            return as_page(
                302, f'<html><body>You are being <a href="{to}">redirected</a>.</body></html>', {"Location": to}
            )
        case Kind.TIMED_OUT:
            return as_json(503, {"errors": [{"message": TIMED_OUT}]})
        case Kind.INTERNAL:
            return as_json(500, {"errors": [{"message": "Internal server error"}]})
        case Kind.FIELD_TIMEOUT:
            error = {"message": f"Timeout on Query.{operation}", "path": [operation]}
            return as_json(200, {"data": {operation: None}, "errors": [error]})
        case Kind.EMPTY_BODY:
            return Answer(200, b"", {"Content-Type": "application/json"})
        case Kind.HUGE_BODY:
            return as_json(200, {"data": {operation: "x" * HUGE}})
        case Kind.DEEP_JSON:
            return Answer(200, b"[" * 100_000 + b"]" * 100_000, {"Content-Type": "application/json"})
        case Kind.ANSWER:
            return Answer(fault.status, fault.body.encode(), {"Content-Type": "application/json"} | fault.headers)
    return None


def spoilt(fault: Fault, answer: Answer) -> Answer | None:
    """What a fault leaves of the answer to a request that was carried out."""
    match fault.kind:
        case Kind.ANSWER_LOST:
            return None
        case Kind.INVALID_JSON:
            half = answer.body[: len(answer.body) // 2]
            return Answer(answer.status, half + b"<html>", answer.headers)
        case Kind.TRUNCATED:
            return Answer(answer.status, answer.body, answer.headers, cut=True)
        case Kind.PARTIAL | Kind.MORE_PROMISED:
            return as_json(answer.status, spoil(fault.kind, json.loads(answer.body)), answer.headers)
    return answer
