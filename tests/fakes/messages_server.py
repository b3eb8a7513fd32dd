"""A scripted server that speaks Anthropic's Messages API as its reference lays it down, errors included."""

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Events = Sequence[Mapping[str, Any]]
Answer = tuple[int, Mapping[str, Any] | Events]

MODELS = ("claude-opus-4-6", "claude-haiku-4-5")
USAGE = {"input_tokens": 12, "output_tokens": 5, "cache_read_input_tokens": 0}


def error(status: int, kind: str, message: str) -> Answer:
    """An error with its status; the body says its kind."""
    return status, {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def message(model: str, *content: Mapping[str, Any], stop: str | None = "end_turn") -> dict[str, Any]:
    """A whole answer."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": USAGE,
    }


def text(words: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": words}


def delta(**change: Any) -> dict[str, Any]:
    """A change to the only block."""
    return {"type": "content_block_delta", "index": 0, "delta": change}


def streamed(model: str, *words: str) -> list[Mapping[str, Any]]:
    """The events of one streamed answer, a ping among them."""
    return [
        {"type": "message_start", "message": message(model, stop=None)},
        {"type": "content_block_start", "index": 0, "content_block": text("")},
        {"type": "ping"},
        *(delta(type="text_delta", text=each) for each in words),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": USAGE},
        {"type": "message_stop"},
    ]


class MessagesServer:
    """Listens while it is entered. `requests` is every call; what `script` has for list, chat or stream goes first."""

    def __init__(self, api_key: str, **script: Answer) -> None:
        self.api_key, self.script = api_key, script
        self.requests: list[tuple[str, str, Mapping[str, str], dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Answer:
        """What the API answers: the key first, then the version, the path, the content and the model."""
        self.requests.append((method, path, headers, body))
        if "x-api-key" not in headers:
            return error(401, "authentication_error", "x-api-key header is required")
        if headers["x-api-key"] != self.api_key:
            return error(401, "authentication_error", "invalid x-api-key")
        if headers.get("anthropic-version") != "2023-06-01":
            return error(400, "invalid_request_error", "anthropic-version: header is required")
        if (method, path) == ("GET", "/v1/models?limit=1000"):
            return self.script.get("list") or (200, _list())
        if (method, path) != ("POST", "/v1/messages"):
            return error(404, "not_found_error", "Not found")
        return self._messages(body)

    def _messages(self, body: dict[str, Any]) -> Answer:
        if "max_tokens" not in body:
            return error(400, "invalid_request_error", "max_tokens: Field required")
        if not body["messages"]:
            return error(400, "invalid_request_error", "messages: at least one message is required")
        if any(each["role"] not in ("user", "assistant") for each in body["messages"]):
            return error(400, "invalid_request_error", 'messages: Unexpected role "system".')
        scripted = self.script.get("stream" if body.get("stream") else "chat")
        if scripted:
            return scripted
        model = body["model"]
        if model not in MODELS:
            return error(404, "not_found_error", f"model: {model}")
        if body.get("stream"):
            return 200, streamed(model, "It ", "works.")
        return 200, message(model, text("It works."))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _list() -> dict[str, Any]:
    rows = [
        {"type": "model", "id": name, "display_name": name.title(), "created_at": "2026-02-04T00:00:00Z"}
        for name in MODELS
    ]
    return {"data": rows, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}


def _handler(owner: MessagesServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer, as events where a stream was asked for."""
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = owner.answer(self.command, self.path, headers, json.loads(sent or b"{}"))
            whole = isinstance(body, Mapping)
            data = json.dumps(body) if whole else "".join(map(_event, body))
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if whole else "text/event-stream; charset=utf-8")
            self.send_header("Content-Length", str(len(data.encode())))
            self.end_headers()
            self.wfile.write(data.encode())

        def do_POST(self) -> None:
            """As GET."""
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def _event(body: Any) -> str:
    return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n"
