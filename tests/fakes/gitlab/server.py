"""The stand-in on a loopback port: from a request's bytes to GitLab's answer, or to what stands in its way."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fakes.certificates import Certificate
from tests.fakes.gitlab import door, rest
from tests.fakes.gitlab.access import READING, Visit, leaks, token_in
from tests.fakes.gitlab.answers import SIGN_IN_PAGE, Answer, as_json, as_page, instead, spoilt
from tests.fakes.gitlab.faults import AFTERWARDS, Fault, Kind, Script
from tests.fakes.gitlab.listener import Listener
from tests.fakes.gitlab.records import Request
from tests.fakes.gitlab.state import State

TOKEN = "glpat-stand-in-0123456789"
LONGEST_QUERY = 10_000
Hook = Callable[[str, int], object]


class GitLabServer:
    """Listens from `start`, or while it is entered. The package's docstring says what may be scripted.

    `port` 0 takes a free one. With a `state` of an earlier server it goes on as after a restart. `prefix` is where
    GitLab lies below a path, such as "/gitlab".
    """

    def __init__(
        self,
        shape: str = "19",
        *,
        port: int = 0,
        prefix: str = "",
        token: str = TOKEN,
        page_size: int = 100,
        state: State | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.state = state or State(shape, page_size)
        self.prefix, self.token = prefix.rstrip("/"), token
        self.faults = Script()
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._stopping = threading.Event()
        self._listener = Listener(port, self.answer, certificate.server_context() if certificate else None)
        origin = f"https://localhost:{self.port}" if certificate else f"http://127.0.0.1:{self.port}"
        self.url = origin + self.prefix

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.server_address[1])

    def start(self) -> Self:
        """Begin to listen, in a thread of its own."""
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and end every connection, as when GitLab goes down."""
        self._stopping.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.end_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """The answer to one request, headers in lower case; None to end the connection without one."""
        request = self._note(method, path, headers, body)
        if self.before:
            self.before(request.operation, request.number)
        fault = self.faults.take(request.operation, request.name)
        if fault and fault.kind is Kind.CLOSED:
            return None
        if fault and fault.kind is Kind.SLOW:
            self._stopping.wait(fault.seconds)
        elif fault and fault.kind not in AFTERWARDS:
            return instead(fault, self.url, request.operation)
        answer = self._healthy(request)
        if self.after:
            self.after(request.operation, request.number)
        return self._with(fault, answer)

    def _with(self, fault: Fault | None, answer: Answer) -> Answer | None:
        if fault is None:
            return answer
        if fault.kind is Kind.LATE:
            self._stopping.wait(fault.seconds)
        return spoilt(fault, answer)

    def _note(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Request:
        text = body.decode("utf-8", "replace")
        is_json = headers.get("content-type", "").startswith("application/json")
        asked = _read_json(text) if is_json and self._inside(path) == "/api/graphql" else {}
        query, name = str(asked.get("query") or ""), str(asked.get("operationName") or "")
        inside = self._inside(path).removeprefix("/api/v4")
        operation = door.root_field(query, name) if query else inside
        with self.state.lock:
            number = len(self.state.requests) + 1
            request = Request(number, method, path, operation, dict(headers), name, query, _variables(asked))
            self.state.requests.append(request)
            self.state.violations.extend(leaks(self.token, path, text))
        return request

    def _inside(self, path: str) -> str:
        """The path below the prefix; "" for what lies beside GitLab."""
        plain = urlsplit(path).path
        return plain.removeprefix(self.prefix) if plain.startswith(f"{self.prefix}/") else ""

    def _healthy(self, request: Request) -> Answer:
        path = self._inside(request.path)
        if path == "/api/graphql":
            return self._graphql(request)
        if path.startswith("/api/v4/") and request.method == "GET":
            return self._rest(request, path.removeprefix("/api/v4"))
        if path.startswith("/api/"):
            return as_json(404, {"error": "404 Not Found"})
        if path == "/users/sign_in":
            return as_page(200, SIGN_IN_PAGE)
        return as_page(
            404, "<html><head><title>The page you're looking for could not be found (404)</title></head></html>"
        )

    def _graphql(self, request: Request) -> Answer:
        if request.method != "POST":
            return as_json(404, {"error": "404 Not Found"})
        token = token_in(request.headers)
        if token and not (self._is_valid(token) and READING & set(self.state.scopes)):
            return as_json(401, {"errors": [{"message": "Invalid token"}]})
        if not request.query:
            return as_json(200, {"errors": [{"message": "No query string was present"}]})
        if len(request.query) > LONGEST_QUERY:
            return as_json(422, {"errors": [{"message": "Query too large"}]})
        return as_json(*door.answer(Visit(self.state, is_anonymous=not token), request))

    def _rest(self, request: Request, path: str) -> Answer:
        token = token_in(request.headers)
        if token != self.token:
            return as_json(401, {"message": "401 Unauthorized"})
        if not self._is_valid(token):
            told = "Token was revoked. You have to re-authorize from the user."
            return as_json(401, {"error": "invalid_token", "error_description": told})
        asked = dict(parse_qsl(urlsplit(request.path).query))
        status, told, headers = rest.answer(self.state, path, asked)
        if follows := headers.get("X-Next-Page"):
            address = f"{self.url}/api/v4{path}?{urlencode(asked | {'page': follows})}"
            headers = headers | {"Link": f'<{address}>; rel="next"'}
        return as_json(status, told, headers)

    def _is_valid(self, token: str) -> bool:
        state, today = self.state, datetime.now(UTC).date().isoformat()
        fresh = not state.token_expires or state.token_expires > today
        return token == self.token and state.token_active and not state.token_revoked and fresh


def _variables(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a request, which GitLab also takes as a text of JSON."""
    given = asked.get("variables") or {}
    return _read_json(given) if isinstance(given, str) else given if isinstance(given, dict) else {}


def _read_json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
