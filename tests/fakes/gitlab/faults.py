"""What can go wrong between a client and GitLab, scripted request by request."""

import json
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """One way to go wrong. Where nothing else is said, the request is not carried out."""

    RATE_LIMITED = "rate_limited"  # 429 with Retry-After: `retry_after`
    BAD_GATEWAY = "bad_gateway"  # 502 with a page of the proxy's
    UNAVAILABLE = "unavailable"  # 503 with GitLab's page
    PROXY_PAGE = "proxy_page"  # 200 with a page that is none of GitLab's
    SIGN_IN_PAGE = "sign_in_page"  # 200 with GitLab's page to sign in
    REDIRECT = "redirect"  # 302 to `to`
    SIGN_IN_REDIRECT = "sign_in_redirect"  # 302 to /users/sign_in
    TIMED_OUT = "timed_out"  # 503 and GitLab's words for a query that took too long
    INTERNAL = "internal"  # 500 and "Internal server error"
    FIELD_TIMEOUT = "field_timeout"  # 200, the root field null, an error "Timeout on Query.…"
    EMPTY_BODY = "empty_body"  # 200 and nothing
    HUGE_BODY = "huge_body"  # 200 and 64 MB of JSON
    DEEP_JSON = "deep_json"  # 200 and a hundred thousand brackets
    ANSWER = "answer"  # `status`, `body` and `headers` as given
    CLOSED = "closed"  # the connection ends before anything is done
    SLOW = "slow"  # `seconds` pass, then everything is as usual

    # The request is carried out.
    ANSWER_LOST = "answer_lost"  # and the connection ends instead of an answer
    LATE = "late"  # and the answer comes after `seconds`
    INVALID_JSON = "invalid_json"  # and the answer is no JSON in its second half
    TRUNCATED = "truncated"  # and the answer ends in the middle, shorter than it said
    PARTIAL = "partial"  # and the last node of each list is null, with an error
    MORE_PROMISED = "more_promised"  # and hasNextPage is true, whatever is; add a fault for the request after it, or
    # promise for ever: behind the last page come empty ones, with hasNextPage true and no cursor


# Those that leave the request itself alone and act on its answer.
AFTERWARDS = frozenset(
    {
        Kind.ANSWER_LOST,
        Kind.LATE,
        Kind.INVALID_JSON,
        Kind.TRUNCATED,
        Kind.PARTIAL,
        Kind.MORE_PROMISED,
    }
)


@dataclass
class Fault:
    """One line of the script; see Script.add."""

    kind: Kind
    operation: str = ""
    nth: int = 1
    times: int | None = 1
    seconds: float = 1.0
    retry_after: str = "1"
    to: str = "https://elsewhere.example/"
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def is_due(self, *names: str) -> bool:
        """Count a request that matches, and say whether it is one of those."""
        if self.operation and self.operation not in names:
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


class Script:
    """The faults to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, kind: Kind | str, operation: str = "", nth: int = 1, times: int | None = 1, **details: Any) -> Fault:
        """From the `nth` matching request on, so many `times`; None for ever. `details` are Fault's."""
        fault = Fault(Kind(kind), operation, nth, times, **details)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Be well again."""
        with self._lock:
            self._faults.clear()

    def take(self, *names: str) -> Fault | None:
        """The fault for a request that goes by these names: of several that are due the one added first."""
        with self._lock:
            due = [each for each in self._faults if each.is_due(*names)]
        return due[0] if due else None


def spoil(kind: Kind, told: Any) -> Any:
    """The data of an answer as PARTIAL or MORE_PROMISED leave it."""
    spoilt = json.loads(json.dumps(told))
    for name, value in (spoilt.get("data") or {}).items():
        if not isinstance(value, dict) or not ("nodes" in value or "edges" in value or "pageInfo" in value):
            continue
        if kind is Kind.PARTIAL:
            last = _blank(value)
            error = {"message": "Internal server error", "path": [name, "nodes", last]}
            spoilt.setdefault("errors", []).append(error)
        else:
            value.setdefault("pageInfo", {})["hasNextPage"] = True
    return spoilt


def _blank(connection: dict[str, Any]) -> int:
    if connection.get("nodes"):
        connection["nodes"][-1] = None
    if connection.get("edges"):
        connection["edges"][-1]["node"] = None
    return max(len(connection.get("nodes") or connection.get("edges") or ()) - 1, 0)
