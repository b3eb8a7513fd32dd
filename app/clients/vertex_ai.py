"""Google Vertex AI: Google's own models by generateContent, Anthropic's by the Messages API inside rawPredict.

Source: Vertex AI REST reference, "publishers.models"; Claude API reference, "Claude on Vertex AI".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from app.clients import content_request, google_complaints, messages_request, messages_wire
from app.clients.dialect import (
    Alternative,
    Ask,
    ChatAnswer,
    FoundModel,
    Gap,
    Operation,
    Piece,
    StreamReader,
    Trouble,
    WireError,
)
from app.clients.generate_content import content_body, read_content, read_event
from app.clients.json_wire import NAME_MAX, at_path, event_in, json_of, vector_in
from app.clients.sse_reader import SseReader
from app.clients.target import AccessToken, Target
from app.data.publishers import Publisher
from app.lib.http import Answer, Call

GOOGLE = "google"
ANTHROPIC = "anthropic"
# In the body, where Anthropic itself has a header.
MESSAGES_VERSION = {"anthropic_version": "vertex-2023-10-16"}
# The most that one page of the list holds.
PAGE = (("pageSize", "300"), ("view", "PUBLISHER_MODEL_VIEW_BASIC"))
_FULL_NAME = re.compile(r"(?:.*/)?publishers/([^/]+)/models/([^/]+)")
# Where the part of a pasted address begins that is put behind the base URL anyway.
_PASTED = re.compile(r"/(?:v1(?:beta1)?|projects|publishers)(?:/|\Z)")


class VertexAI:
    """The served name is a model, with a version behind @ where it has one, or `publishers/<whose>/models/<model>`.

    The list is the platform's catalogue, one publisher at a time: it says nothing of what project and region may call,
    so it serves for hints. Models of further publishers have protocols of their own, which are not spoken here.
    `target.granted` authorises; calls without it are built, and refused by the platform.
    """

    lists_models = False
    version = 1
    relays = False

    def __init__(self, publishers: Sequence[Publisher]) -> None:
        self._publishers = publishers

    def list_call(self, target: Target) -> Call:
        """GET /v1beta1/publishers/.../models for the publisher of the served name; Google's where none is named."""
        publisher, _ = self._named(target)
        return _call(target, "GET", f"v1beta1/publishers/{quote(publisher, safe='')}/models", query=PAGE)

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST ...:generateContent or :rawPredict, and their streaming forms; raises BadAddress without a project."""
        if self._is_anthropics(target):
            body = messages_wire.messages_body(target, ask)
            return self._ask_anthropics(target, body, stream=ask.stream)
        return self._ask_googles(target, content_body(target, ask), stream=ask.stream)

    def forward_call(self, target: Target, operation: Operation, body: Mapping[str, Any]) -> Call | None:
        """The method of the model's publisher as for `chat_call`; None but for chat."""
        if operation is not Operation.CHAT:
            return None
        stream = bool(body.get("stream"))
        if self._is_anthropics(target):
            sent = messages_request.request_of(target, body, messages_request.RESOLD)
            return self._ask_anthropics(target, sent, stream=stream)
        return self._ask_googles(target, content_request.request_of(target, body), stream=stream)

    def key_check_call(self, target: Target) -> Call:
        """The same without anything said: token, project and role are looked at before that is missed."""
        if self._is_anthropics(target):
            return self._ask_anthropics(target, {"max_tokens": 1, "messages": []})
        return self._ask_googles(target, {"contents": []})

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """`publisherModels[].name`, with the version where it is a partner's; raises WireError for anything else."""
        self._refuse(target, answer)
        body = json_of(answer)
        rows = body.get("publisherModels", []) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise WireError(Trouble("model_list_malformed"))
        names = (_listed(row) for row in rows)
        return tuple(
            FoundModel(name) for name in dict.fromkeys(names) if name.isprintable() and 0 < len(name) <= NAME_MAX
        )

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """The answer in its publisher's form; raises WireError for a body of another shape."""
        self._refuse(target, answer)
        body = json_of(answer)
        return messages_wire.read_message(body) if self._is_anthropics(target) else read_content(body)

    def stream_reader(self) -> StreamReader:
        """Server-sent events in either publisher's form."""
        return SseReader(Events().read)

    def gap_call(self, target: Target, gap: Gap) -> Call | None:  # noqa: ARG002 (the platform has no such address)
        """None: both publishers fill gaps through chat alone."""
        return None

    def read_gap(self, target: Target, answer: Answer) -> ChatAnswer:
        """As a chat; nothing is asked that it would be read from."""
        return self.read_chat(target, answer)

    def embeddings_call(self, target: Target, text: str) -> Call | None:
        """POST ...:predict; None for Anthropic, which embeds no texts."""
        if self._is_anthropics(target):
            return None
        return self._method(target, "predict", {"instances": [{"content": text}]})

    def read_embeddings(self, target: Target, answer: Answer) -> tuple[float, ...]:
        """`predictions[0].embeddings.values`; raises WireError for anything but numbers."""
        self._refuse(target, answer)
        body = json_of(answer)
        rows = body.get("predictions") if isinstance(body, dict) else None
        first = rows[0] if isinstance(rows, list) and rows else None
        embeddings = first.get("embeddings") if isinstance(first, dict) else None
        return vector_in(embeddings.get("values") if isinstance(embeddings, dict) else None)

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What the platform, or the publisher behind it, complains of."""
        return google_complaints.trouble_of(answer, has_token=target.granted is not None)

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """The address without the method that was pasted with it, and without any path."""
        typed = target.address.path
        cut = _PASTED.split(typed, maxsplit=1)[0]
        code = "pasted_path" if cut != typed else "wrong_path"
        return [at_path(target, path, code) for path in dict.fromkeys((cut, "")) if path != typed]

    def _named(self, target: Target) -> tuple[str, str]:
        """Publisher and model of the served name."""
        name = target.served_name
        if found := _FULL_NAME.fullmatch(name):
            return found[1], found[2]
        folded = name.casefold()
        return next((each.slug for each in self._publishers if folded.startswith(each.starts)), GOOGLE), name

    def _is_anthropics(self, target: Target) -> bool:
        return self._named(target)[0] == ANTHROPIC

    def _ask_googles(self, target: Target, body: dict[str, Any], *, stream: bool = False) -> Call:
        if stream:
            return self._method(target, "streamGenerateContent", body, (("alt", "sse"),))
        return self._method(target, "generateContent", body)

    def _ask_anthropics(self, target: Target, body: dict[str, Any], *, stream: bool = False) -> Call:
        """The model stands in the address, so the body may not name it."""
        sent = MESSAGES_VERSION | {name: value for name, value in body.items() if name != "model"}
        return self._method(target, "streamRawPredict" if stream else "rawPredict", sent)

    def _method(
        self, target: Target, method: str, body: dict[str, Any], query: tuple[tuple[str, str], ...] = ()
    ) -> Call:
        publisher, model = (quote(each, safe="@") for each in self._named(target))
        project, region = quote(target.cloud.project, safe=":"), quote(target.cloud.region, safe="")
        path = f"v1/projects/{project}/locations/{region}/publishers/{publisher}/models/{model}:{method}"
        return _call(target, "POST", path, body, query)

    def _refuse(self, target: Target, answer: Answer) -> None:
        trouble = self.trouble(target, answer)
        if trouble is not None:
            raise WireError(trouble)


class Events:
    """The events of one stream: Anthropic's name their type, Google's have none."""

    def __init__(self) -> None:
        self._calls = 0

    def read(self, data: str) -> Piece:
        """One event's data; raises WireError for what is neither's."""
        body = event_in(data)
        if "type" in body:
            return messages_wire.read_event(body)
        piece = read_event(body, self._calls)
        self._calls += len(piece.tools)
        return piece


def _call(
    target: Target, method: str, path: str, body: dict[str, Any] | None = None, query: tuple[tuple[str, str], ...] = ()
) -> Call:
    """`secret` even before a token was obtained: no call of this platform is meant to go out without one."""
    headers = dict(target.headers)
    if isinstance(target.granted, AccessToken):
        headers["authorization"] = f"Bearer {target.granted.text}"
    address = target.address.join(path)
    return Call(method, address, headers=headers, query=query, json=body, tls=target.tls, secret=True)


def _listed(row: Any) -> str:
    """A row's name as it is typed, "" for a row of another shape."""
    found = _FULL_NAME.fullmatch(str(row.get("name"))) if isinstance(row, dict) else None
    if not found:
        return ""
    version = row.get("versionId")
    partners = found[1] != GOOGLE and "@" not in found[2]
    return f"{found[2]}@{version}" if partners and isinstance(version, str) and version else found[2]
