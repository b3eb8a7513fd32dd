"""A server that answers OpenAI's requests as functions say, and remembers what it was asked: for single abilities."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.fakes import wire
from tests.fakes.refusals import Refusal, Style, no_path

Body = Mapping[str, Any]
# What stands around the messages in a chat template.
TEMPLATE_TOKENS = 12


def tokens_in(text: str) -> int:
    """Every word and every mark is a token to this server."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def prompt_of(body: Body) -> str:
    """All that a request gives the model to read."""
    said = "\n".join(str(each["content"]) for each in body.get("messages", ()))
    return f"{said}{body.get('prompt', '')}{body.get('suffix', '')}{body.get('input', '')}"


def works(_body: Body) -> str:
    """What answers everything that nobody has scripted."""
    return "It works."


def unknown(_body: Body) -> Refusal:
    """What vLLM says where it has no such address."""
    return no_path(Style.VLLM, "POST", "")


@dataclass
class Talker:
    """Listens while it is entered.

    `chat` gives the answer's text, a refusal or a message; `stream` its pieces; `fill` what goes into a gap; `embed`
    the vector. `counts`: answers state their tokens. `context` is what the list of models states.
    """

    chat: Callable[[Body], str | Refusal | dict[str, Any]] = works
    stream: Callable[[Body], list[str] | Refusal] = lambda _body: ["It ", "works."]
    fill: Callable[[Body], str | Refusal] = unknown
    embed: Callable[[Body], list[float] | Refusal] = unknown
    counts: bool = True
    context: int | None = None
    finish: str = "stop"
    requests: list[tuple[str, Body]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def asked(self, operation: str) -> list[Body]:
        """The requests to one address, such as "chat/completions"."""
        return [body for path, body in self.requests if path == f"/v1/{operation}"]

    def answer(self, path: str, body: Body) -> tuple[int, object]:
        """Status and JSON, or events for a stream."""
        self.requests.append((path, body))
        match path.removeprefix("/v1/"):
            case "models":
                row = {"id": "alpha", **({"max_model_len": self.context} if self.context else {})}
                return 200, {"object": "list", "data": [row]}
            case "chat/completions" if body.get("stream"):
                return self._told(self.stream(body), lambda pieces: self._events(pieces))
            case "chat/completions":
                return self._told(self.chat(body), lambda said: self._reply(body, said))
            case "completions":
                return self._told(self.fill(body), lambda said: {"choices": [{"text": said, "finish_reason": "stop"}]})
            case "embeddings":
                return self._told(self.embed(body), lambda vector: {"data": [{"embedding": vector}]})
        refusal = unknown(body)
        return refusal.status, refusal.body

    def _told(self, said: Any, shape: Callable[[Any], object]) -> tuple[int, object]:
        return (said.status, said.body) if isinstance(said, Refusal) else (200, shape(said))

    def _reply(self, body: Body, said: str | dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": said} if isinstance(said, str) else said
        usage = {"prompt_tokens": tokens_in(prompt_of(body)) + TEMPLATE_TOKENS, "completion_tokens": 3}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return {"model": "alpha", "choices": [choice], **({"usage": usage} if self.counts else {})}

    def _events(self, pieces: list[str]) -> bytes:
        events = [wire.chunk("alpha", {"content": each}) for each in pieces]
        return b"".join([*events, wire.chunk("alpha", {}, self.finish), wire.DONE])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that did not wait for its answer is no error of the fake's."""


def _handler(owner: Talker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Answer in one piece."""
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = owner.answer(self.path, json.loads(sent or b"{}"))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream" if data is body else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            """As GET."""
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
