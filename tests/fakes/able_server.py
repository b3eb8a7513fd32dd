"""A scripted model server that obeys what it reads on the wire, each ability of it switched off or spoilt at will.

AbleServer(tools="ignored", reasoning="think") has the manners of ANSWERS and HABITS for what is named, and is
good at all the rest. Another ability is a row in one of the tables; another address is a row in `_ROUTES`.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.fakes import wire
from tests.fakes.able_answers import ANSWERS, Answering
from tests.fakes.able_habits import HABITS, Changing, small_talk, tokens
from tests.fakes.able_talk import (
    Asked,
    Said,
    events_of_anthropic,
    events_of_openai,
    from_anthropic,
    from_openai,
    to_anthropic,
    to_openai,
)

MODEL = "alpha"
Manner = TypeVar("Manner")
# Status, and a body or the events of a stream.
Answer = tuple[int, Mapping[str, Any] | Iterable[bytes]]


class AbleServer:
    """Listens while it is entered; `asked` is every chat request with content.

    `before` answers in place of the server wherever it has something to say, such as that it is busy.
    """

    def __init__(self, before: Answering | None = None, **manners: str) -> None:
        self.asked: list[Asked] = []
        self.become(before, **manners)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.origin}/v1"

    def become(self, before: Answering | None = None, **manners: str) -> None:
        """Have these manners from now on."""
        unknown = manners.keys() - ANSWERS.keys() - HABITS.keys()
        assert not unknown, f"no such ability: {unknown}"
        self._answers: list[Answering] = [before] if before else []
        self._answers += [_of(manner, manners.get(name)) for name, manner in ANSWERS.items()]
        self._habits: list[Changing] = [_of(manner, manners.get(name)) for name, manner in HABITS.items()]

    def say(self, asked: Asked) -> Said:
        """The first ability that has something to say, and then every habit."""
        self.asked.append(asked)
        said = next((said for answer in self._answers if (said := answer(asked))), None) or small_talk(asked)
        for change in self._habits:
            said = change(asked, said) if said.status == 200 else said
        return said

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """What comes back for one request."""
        route = _ROUTES.get((method, path))
        return route(self, body) if route else (404, {"detail": "Not Found"})

    def models(self, _: dict[str, Any]) -> Answer:
        """The list, of one model."""
        return 200, wire.model_list([MODEL])

    def chat(self, body: dict[str, Any]) -> Answer:
        """Chat completions."""
        if not body.get("messages"):
            return 400, {"error": {"message": "messages: at least one is required", "code": 400}}
        said = self.say(from_openai(body, self._with_tools()))
        if body.get("stream") and said.status == 200:
            return 200, events_of_openai(MODEL, said, tokens(said.text))
        return said.status, to_openai(MODEL, said)

    def messages(self, body: dict[str, Any]) -> Answer:
        """The Messages API."""
        if not body.get("messages"):
            return 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "messages: none"}}
        said = self.say(from_anthropic(body, self._with_tools()))
        if body.get("stream") and said.status == 200:
            return 200, events_of_anthropic(MODEL, said, tokens(said.text))
        return said.status, to_anthropic(MODEL, said)

    def _with_tools(self) -> int:
        return sum(bool(each.tools) for each in self.asked)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


_ROUTES: Mapping[tuple[str, str], Callable[[AbleServer, dict[str, Any]], Answer]] = {
    ("GET", "/v1/models"): AbleServer.models,
    ("POST", "/v1/chat/completions"): AbleServer.chat,
    ("POST", "/v1/messages"): AbleServer.messages,
}


def _of(manners: Mapping[str, Manner], name: str | None) -> Manner:
    return manners[name] if name else next(iter(manners.values()))


def _handler(owner: AbleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Answer, in chunks where a stream was asked for."""
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status, body = owner.answer(self.command, path, json.loads(sent or b"{}"))
            self.send_response(status)
            if isinstance(body, Mapping):
                data = json.dumps(body).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                return
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in [*body, b""]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))

        def do_POST(self) -> None:
            """As GET."""
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
