"""A scripted server that speaks as Vertex AI does for its publishers Google and Anthropic, errors included."""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.fakes import messages_server
from tests.fakes.google_tokens import TOKEN, token_answer

Events = Sequence[Mapping[str, Any]]
# A text is sent as it stands, for a web page; a list of mappings is a stream.
Answer = tuple[int, Mapping[str, Any] | Events | str]

PROJECT, REGION = "test-project", "europe-west1"
GOOGLES, ANTHROPICS = "gemini-2.5-pro", "claude-sonnet-4-6@default"
EMBEDDER = "gemini-embedding-001"
USAGE = {"promptTokenCount": 12, "candidatesTokenCount": 5, "thoughtsTokenCount": 2, "totalTokenCount": 19}
LOST = "<!DOCTYPE html>\n<html lang=en><title>Error 404 (Not Found)!!1</title>"
_MODEL = re.compile(r"/v1/projects/([^/]+)/locations/([^/]+)/publishers/([^/]+)/models/([^/:]+):(\w+)(\?alt=sse)?")


def error(status: int, code: str, message: str, reason: str = "") -> Answer:
    """An error in Google's model; `reason` is an ErrorInfo's."""
    told: dict[str, Any] = {"code": status, "message": message, "status": code}
    if reason:
        told["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "x"}]
    return status, {"error": told}


def content(*parts: Mapping[str, Any], finish: str | None = "STOP") -> dict[str, Any]:
    """A whole answer, or an event of a stream where `finish` is None."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}}
    body: dict[str, Any] = {"candidates": [candidate], "modelVersion": GOOGLES}
    if finish:
        candidate["finishReason"] = finish
        body["usageMetadata"] = USAGE
    return body


def text(words: str, **more: Any) -> dict[str, Any]:
    """A part of text; `thought=True` for one that is only a thought."""
    return {"text": words, **more}


def streamed(*words: str) -> list[Mapping[str, Any]]:
    """The events of one streamed answer: its end is the reason to finish, no mark follows."""
    return [*(content(text(each), finish=None) for each in words), content(text(""))]


class VertexServer:
    """Listens while it is entered. `requests` is every call to a model or list, `forms` every one for a token.

    What `script` has for token, list, chat or stream goes first; `always` stands for both kinds of model calls.
    """

    def __init__(self, lifetime: int = 3599, **script: Answer) -> None:
        self.lifetime, self.script = lifetime, script
        self.requests: list[tuple[str, str, Mapping[str, str], dict[str, Any]]] = []
        self.forms: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.token_url = f"{self.origin}/token"

    def answer(self, method: str, path: str, headers: Mapping[str, str], sent: str) -> Answer:
        """What the platform answers: the token first, then the path, the project, the model and the content."""
        if path.startswith("/token"):
            self.forms.append(sent)
            return self.script.get("token") or token_answer(sent, self.lifetime)
        body = json.loads(sent or "{}")
        self.requests.append((method, path, headers, body))
        if "authorization" not in headers:
            words = "Request is missing required authentication credential. Expected OAuth 2 access token."
            return error(401, "UNAUTHENTICATED", words, "CREDENTIALS_MISSING")
        if headers["authorization"] != f"Bearer {TOKEN}":
            words = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            return error(401, "UNAUTHENTICATED", words, "ACCESS_TOKEN_TYPE_UNSUPPORTED")
        if method == "GET" and path.startswith("/v1beta1/publishers/"):
            return self.script.get("list") or (200, _listed(path.split("/")[3]))
        found = _MODEL.fullmatch(path)
        return self._model(found, body) if method == "POST" and found else (404, LOST)

    def _model(self, found: re.Match[str], body: dict[str, Any]) -> Answer:
        project, region, publisher, model, operation, sse = found.groups()
        name = f"projects/{project}/locations/{region}/publishers/{publisher}/models/{model}"
        if "always" in self.script:
            return self.script["always"]
        if project != PROJECT:
            return error(
                403, "PERMISSION_DENIED", f"Permission denied on resource project {project}.", "CONSUMER_INVALID"
            )
        if (publisher, model) not in (("google", GOOGLES), ("google", EMBEDDER), ("anthropic", ANTHROPICS)):
            words = f"Publisher Model `{name}` was not found or your project does not have access to it."
            return error(404, "NOT_FOUND", words)
        if region != REGION:
            return error(400, "FAILED_PRECONDITION", f"Publisher Model `{name}` is not servable in region {region}.")
        if publisher == "anthropic":
            return self._messages(operation, body)
        return self._content(operation, bool(sse), body)

    def _content(self, operation: str, sse: bool, body: dict[str, Any]) -> Answer:
        if operation == "predict":
            return 200, {"predictions": [{"embeddings": {"values": [0.5, -1], "statistics": {"token_count": 2}}}]}
        if not body.get("contents"):
            words = "Unable to submit request because at least one contents field is required."
            return error(400, "INVALID_ARGUMENT", words)
        if operation == "streamGenerateContent":
            answer = self.script.get("stream") or (200, streamed("It ", "works."))
            return answer if sse else (200, "[]")
        return self.script.get("chat") or (200, content(text("It works.")))

    def _messages(self, operation: str, body: dict[str, Any]) -> Answer:
        if body.get("anthropic_version") != "vertex-2023-10-16" or "model" in body:
            return messages_server.error(400, "invalid_request_error", "anthropic_version: Field required")
        if not body["messages"]:
            return messages_server.error(400, "invalid_request_error", "messages: at least one message is required")
        if (operation == "streamRawPredict") is not body["stream"]:
            return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        if body["stream"]:
            return self.script.get("stream") or (200, messages_server.streamed(ANTHROPICS, "It ", "works."))
        said = messages_server.message(ANTHROPICS, messages_server.text("It works."))
        return self.script.get("chat") or (200, said)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _listed(publisher: str) -> dict[str, Any]:
    model, _, version = (ANTHROPICS if publisher == "anthropic" else GOOGLES).partition("@")
    row = {"name": f"publishers/{publisher}/models/{model}", "versionId": version or "default", "launchStage": "GA"}
    return {"publisherModels": [row]}


def _handler(owner: VertexServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer, as events where a stream was asked for."""
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = owner.answer(self.command, self.path, headers, sent)
            kind, data = _written(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status == 302:
                self.send_header("Location", f"{owner.origin}/token/elsewhere")
            self.send_header("Content-Length", str(len(data.encode())))
            self.end_headers()
            self.wfile.write(data.encode())

        def do_POST(self) -> None:
            """As GET."""
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def _written(body: Mapping[str, Any] | Events | str) -> tuple[str, str]:
    if isinstance(body, str):
        return "text/html; charset=UTF-8", body
    if isinstance(body, Mapping):
        return "application/json; charset=UTF-8", json.dumps(body)
    return "text/event-stream", "".join(map(_event, body))


def _event(body: Mapping[str, Any]) -> str:
    """Anthropic's events are named, Google's are not."""
    named = f"event: {body['type']}\r\n" if "type" in body else ""
    return f"{named}data: {json.dumps(body)}\r\n\r\n"
