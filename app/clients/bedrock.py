"""Amazon Bedrock: Converse for every model, with a Bedrock API key or with a signature.

Source: Amazon Bedrock API reference, "Converse", "ConverseStream", "InvokeModel", "ListFoundationModels" and
"ListInferenceProfiles"; Amazon Bedrock User Guide, "Amazon Bedrock API keys" and "Endpoints and quotas".
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.clients import aws_complaints, bedrock_models, converse_request
from app.clients.aws_signing import signature_headers
from app.clients.bedrock_converse import ConverseReader, converse_body, read_answer
from app.clients.dialect import (
    Alternative,
    Ask,
    ChatAnswer,
    FoundModel,
    Gap,
    Operation,
    StreamReader,
    Trouble,
    WireError,
)
from app.clients.json_wire import at_path, json_of, key_headers
from app.clients.target import AwsKeys, Target
from app.domain.credentials import Auth
from app.lib import clock
from app.lib.http import Answer, Call
from app.lib.urls import Address

SERVICE = "bedrock"
# Models are called at one host of a region and listed at another. Endpoints inside a VPC have one name for both.
_HOST = re.compile(r"bedrock(?:-runtime)?(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|api\.aws)")
_PASTED = re.compile(r"/(model|foundation-models|inference-profiles)(/.*)?\Z")
# Its embedding models take a list of texts; those of other vendors follow Amazon's own with one.
_LISTS_TEXTS = "cohere."


class Bedrock:
    """The base URL may be the host for calls or the one for lists: each request goes to the one it belongs to."""

    lists_models = True
    version = 1
    relays = False

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now

    def list_call(self, target: Target) -> Call:
        """GET the list that holds names of the target's kind: foundation models, or inference profiles."""
        path, query = bedrock_models.list_request(target.served_name)
        call = Call("GET", _at(target.address, "bedrock").join(path), query=query, tls=target.tls)
        return self._authorised(target, call)

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST /model/NAME/converse or converse-stream, shaped by the target's quirks."""
        return self._model_call(target, "converse-stream" if ask.stream else "converse", converse_body(target, ask))

    def forward_call(self, target: Target, operation: Operation, body: Mapping[str, Any]) -> Call | None:
        """POST /model/NAME/converse or converse-stream; None but for chat, since Converse does nothing else."""
        if operation is not Operation.CHAT:
            return None
        path = "converse-stream" if body.get("stream") else "converse"
        return self._model_call(target, path, converse_request.request_of(target, body))

    def key_check_call(self, target: Target) -> Call:
        """The same without messages: the signature or key is checked before they are missed."""
        return self._model_call(target, "converse", {"messages": [], "inferenceConfig": {"maxTokens": 1}})

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """The names that may be called, embedding models included; raises WireError for anything else."""
        self._refuse(target, answer)
        return bedrock_models.read_names(json_of(answer), region_of(target), target.served_name)

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """Text, reasoning and tool calls; raises WireError for a body of another shape."""
        self._refuse(target, answer)
        return read_answer(json_of(answer))

    def stream_reader(self) -> StreamReader:
        """Binary frames, the last of which is metadata."""
        return ConverseReader()

    def gap_call(self, target: Target, gap: Gap) -> Call | None:  # noqa: ARG002 (the platform has no such address)
        """None: the platform fills gaps through messages alone."""
        return None

    def read_gap(self, target: Target, answer: Answer) -> ChatAnswer:
        """As a message; nothing is asked that it would be read from."""
        return self.read_chat(target, answer)

    def embeddings_call(self, target: Target, text: str) -> Call | None:
        """POST /model/NAME/invoke, since Converse embeds nothing; the body is the vendor's own."""
        lists = bedrock_models.without_profile(target.served_name).startswith(_LISTS_TEXTS)
        body = {"texts": [text], "input_type": "search_document"} if lists else {"inputText": text}
        return self._model_call(target, "invoke", body)

    def read_embeddings(self, target: Target, answer: Answer) -> tuple[float, ...]:
        """`embedding`, or the first of `embeddings`; raises WireError for anything but numbers."""
        self._refuse(target, answer)
        body = json_of(answer)
        vector = _vector(body) if isinstance(body, dict) else None
        if not isinstance(vector, list) or not all(type(each) in (int, float) for each in vector):
            raise WireError(Trouble("bad_json"))
        return tuple(map(float, vector))

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What AWS complains of."""
        return aws_complaints.trouble_of(answer, has_key=bool(target.api_key or target.granted))

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """The address without its path or what was pasted, the model's inference profile, and the host's own region."""
        typed, name = target.address.path, target.served_name
        cut = _PASTED.sub("", typed)
        found = []
        if typed:
            pasted = cut != typed
            found.append(at_path(target, cut if pasted else "", "pasted_path" if pasted else "wrong_path"))
        if not bedrock_models.is_profile(name) and not name.startswith(bedrock_models.ARN):
            better = bedrock_models.with_profile(name, region_of(target))
            found.append(
                Alternative("needs_inference_profile", "identifier", better, replace(target, served_name=better))
            )
        own = region_in(target.address.host)
        if own and own != target.cloud.region:
            there = replace(target, cloud=replace(target.cloud, region=own))
            found.append(Alternative("region_wrong", "region", own, there))
        return found

    def _model_call(self, target: Target, operation: str, body: dict[str, Any]) -> Call:
        address = _at(target.address, "bedrock-runtime").join(f"model/{quote(target.served_name, safe='')}/{operation}")
        # A signature covers the very bytes, so they are made here.
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        call = Call("POST", address, {"content-type": "application/json"}, content=content, tls=target.tls)
        return self._authorised(target, call)

    def _authorised(self, target: Target, call: Call) -> Call:
        """With the key in its header, or signed; without live credentials neither, and AWS says so."""
        if target.cloud.auth is Auth.KEY:
            return replace(call, headers={**call.headers, **key_headers(target)}, secret=target.carries_secret)
        call = replace(call, headers={**call.headers, **{name.lower(): v for name, v in target.headers.items()}})
        keys = _keys(target)
        if keys is None:
            return call
        signature = signature_headers(call, keys, region_of(target), SERVICE, self._now())
        return replace(call, headers={**call.headers, **signature}, secret=True)

    def _refuse(self, target: Target, answer: Answer) -> None:
        trouble = self.trouble(target, answer)
        if trouble is not None:
            raise WireError(trouble)


def region_of(target: Target) -> str:
    """The region that is set, else the one in the address; "" where neither says."""
    return target.cloud.region or region_in(target.address.host)


def region_in(host: str) -> str:
    """The region that one of AWS's own hosts stands in, "" for any other host."""
    known = _HOST.fullmatch(host)
    return known[2] if known else ""


def _at(address: Address, name: str) -> Address:
    """The region's host of this name. Only AWS's own hosts are known to stand in pairs, so no other gets the key."""
    known = _HOST.fullmatch(address.host)
    if known is None:
        return address
    fips, region, zone = known.groups(default="")
    return replace(address, host=f"{name}{fips}.{region}.{zone}")


def _keys(target: Target) -> AwsKeys | None:
    if isinstance(target.granted, AwsKeys):
        return target.granted
    cloud = target.cloud
    if cloud.auth is Auth.ACCESS_KEY and cloud.access_key_id and target.api_key:
        return AwsKeys(cloud.access_key_id, target.api_key, cloud.session_token)
    return None


def _vector(body: dict[str, Any]) -> Any:
    """One vector out of the vendors' shapes: `embedding`, `embeddings`, or `embeddings` by their type of number."""
    if "embedding" in body:
        return body["embedding"]
    rows = body.get("embeddings")
    rows = rows.get("float") if isinstance(rows, dict) else rows
    return rows[0] if isinstance(rows, list) and rows else None
