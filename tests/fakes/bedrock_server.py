"""A scripted region of AWS: Bedrock's two planes and the Security Token Service at one address.

It speaks as the API references lay it down, checks keys and signatures, and is itself proven with botocore's clients.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from app.clients.target import AwsKeys
from tests.fakes.aws_gate import Gate, Refused, Request
from tests.fakes.eventstream import STREAM, streamed

REGION = "eu-central-1"
KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ROLE = "arn:aws:iam::123456789012:role/modelport"
ROLE_KEYS = AwsKeys("ASIAIOSFODNN7EXAMPLE", "of-the-role/EXAMPLEKEY", "token-of-the-role//EXAMPLE+TOKEN==")
EXTERNAL_ID = "modelport-4711"
NAME, SPREAD = "mistral.mistral-large-2402-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"
PROFILE = f"eu.{SPREAD}"
TITAN, COHERE, IMAGES = "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "amazon.nova-canvas-v1:0"
ARN = f"arn:aws:bedrock:{REGION}:123456789012:application-inference-profile/a1b2c3d4e5f6"
USAGE = {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `kind` goes into the header that names an exception."""

    status: int
    body: bytes
    kind: str = ""
    content_type: str = "application/json"


def ok(**body: Any) -> Reply:
    """A JSON answer."""
    return Reply(200, json.dumps(body).encode())


def error(status: int, kind: str, words: str) -> Reply:
    """An exception as Bedrock's own services send it."""
    return Reply(status, json.dumps({"message": words}).encode(), f"{kind}:http://internal.amazon.com/coral/")


def events(*frames: bytes) -> Reply:
    """A stream."""
    return Reply(200, b"".join(frames), content_type=STREAM)


def said(*blocks: Mapping[str, Any], stop: str = "end_turn") -> Reply:
    """A whole answer of Converse."""
    message = {"role": "assistant", "content": list(blocks)}
    return ok(output={"message": message}, stopReason=stop, usage=USAGE, metrics={"latencyMs": 40})


class BedrockServer:
    """Listens while it is entered. `requests` is every call; `script` (list, chat, stream, sts) goes first."""

    def __init__(
        self,
        keys: AwsKeys = KEYS,
        api_key: str = "",
        region: str = REGION,
        ahead: timedelta = timedelta(),
        **script: Reply,
    ) -> None:
        self.gate, self.script = Gate(keys, api_key, region, ahead), script
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        """Credentials first, then the path, the model and the content."""
        self.requests.append(request)
        parts = urlsplit(request.target)
        if parts.path == "/":
            return self._sts(request)
        try:
            self.gate.check(request, "bedrock")
        except Refused as refused:
            return error(403, refused.kind, refused.words)
        listed = {"/foundation-models": models_listed, "/inference-profiles": profiles_listed}.get(parts.path)
        if request.method == "GET" and listed:
            return self.script.get("list") or listed(parse_qs(parts.query))
        match parts.path.split("/"):
            case ["", "model", name, "converse" | "converse-stream" | "invoke" as operation]:
                return self._model(unquote(name), operation, json.loads(request.body))
        kind = {"__type": "com.amazon.coral.service#UnknownOperationException"}
        return Reply(404, json.dumps({"Output": kind, "Version": "1.0"}).encode())

    def _model(self, name: str, operation: str, body: dict[str, Any]) -> Reply:
        scripted = self.script.get({"converse": "chat", "converse-stream": "stream"}.get(operation, operation))
        if scripted and body.get("messages") != []:
            return scripted
        if name == SPREAD:
            words = f"Invocation of model ID {name} with on-demand throughput isn\u2019t supported. Retry your request "
            return error(400, "ValidationException", words + "with the ID or ARN of an inference profile.")
        if name not in (NAME, PROFILE, ARN, TITAN, COHERE):
            return error(400, "ValidationException", "The provided model identifier is invalid.")
        if operation == "invoke":
            return _embedded(name, body)
        if not body["messages"] or body["messages"][0]["role"] != "user":
            return error(400, "ValidationException", "A conversation must start with a user message.")
        if operation == "converse":
            return said({"text": "It works."})
        return events(*streamed("It ", "works."))

    def _sts(self, request: Request) -> Reply:
        if "sts" in self.script:
            return self.script["sts"]
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        try:
            if form["Action"] == "AssumeRole":
                self.gate.check(request, "sts")
        except Refused as refused:
            return _sts_error(refused.kind.removesuffix("Exception"), refused.words)
        if form["RoleArn"] != ROLE or form.get("ExternalId", EXTERNAL_ID) != EXTERNAL_ID:
            words = f"User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sts:{form['Action']}"
            return _sts_error("AccessDenied", words)
        return _granted(form["Action"])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _embedded(name: str, body: dict[str, Any]) -> Reply:
    if name == TITAN and body.keys() == {"inputText"}:
        return ok(embedding=[0.25, -0.5, 1], inputTextTokenCount=2)
    if name == COHERE and body.keys() == {"texts", "input_type"}:
        return ok(embeddings=[[0.5, 0.75]], id="1", response_type="embeddings_floats", texts=body["texts"])
    return error(400, "ValidationException", "Malformed input request, please reformat your input and try again.")


def models_listed(_query: Mapping[str, list[str]]) -> Reply:
    rows = [(NAME, "TEXT", "ON_DEMAND"), (SPREAD, "TEXT", "INFERENCE_PROFILE"), (TITAN, "EMBEDDING", "ON_DEMAND")]
    rows += [(IMAGES, "IMAGE", "ON_DEMAND"), ("amazon.titan-text-express-v1:0:8k", "TEXT", "PROVISIONED")]
    summaries = [
        {
            "modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{name}",
            "modelId": name,
            "outputModalities": [modality],
            "inferenceTypesSupported": [inference],
            "modelLifecycle": {"status": "ACTIVE"},
        }
        for name, modality, inference in rows
    ]
    return ok(modelSummaries=summaries)


def profiles_listed(query: Mapping[str, list[str]]) -> Reply:
    own = query.get("type") == ["APPLICATION"]
    name, kind = (ARN.rpartition("/")[2], "application-inference-profile") if own else (PROFILE, "inference-profile")
    row = {
        "inferenceProfileName": "Chat",
        "inferenceProfileArn": f"arn:aws:bedrock:{REGION}:123456789012:{kind}/{name}",
        "inferenceProfileId": name,
        "models": [{"modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{SPREAD}"}],
        "status": "ACTIVE",
        "type": "APPLICATION" if own else "SYSTEM_DEFINED",
    }
    return ok(inferenceProfileSummaries=[row])


def _sts_error(code: str, words: str) -> Reply:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
    return Reply(403, f"{body}<RequestId>1</RequestId></ErrorResponse>".encode(), content_type="text/xml")


def _granted(action: str) -> Reply:
    keys, ends = ROLE_KEYS, datetime.now(UTC) + timedelta(hours=1)
    body = (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        f"<AccessKeyId>{keys.access_key_id}</AccessKeyId><SecretAccessKey>{keys.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{keys.session_token}</SessionToken><Expiration>{ends:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
        f"</Credentials></{action}Result></{action}Response>"
    )
    return Reply(200, body.encode(), content_type="text/xml")


def _handler(owner: BedrockServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Hand the request over as it came."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = owner.answer(Request(self.command, self.path, headers, body))
            self.send_response(reply.status)
            if reply.kind:
                self.send_header("x-amzn-ErrorType", reply.kind)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def do_POST(self) -> None:
            """As GET."""
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

    return Handler
