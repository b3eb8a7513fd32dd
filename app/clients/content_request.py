"""A caller's chat body as a request to Google's generateContent.

Source: Vertex AI REST reference v1, "GenerateContentRequest"; Vertex AI documentation, "Function calling", "Image
understanding" and "Thought signatures".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.clients.chat_messages import FIELD, Called, Image, Part, Result, Said
from app.clients.chat_request import ChatRequest, Choice, read_request
from app.clients.dialect import Untranslatable
from app.clients.foreign_wire import Wire
from app.clients.target import Target

GOOGLE = Wire(
    "Vertex AI",
    frozenset({"frequency_penalty", "presence_penalty", "seed"}),
    most_stops=5,
    pictures=("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"),
    addresses=("https://", "http://", "gs://"),
)
_ENDINGS = {each.partition("/")[2]: each for each in GOOGLE.pictures} | {"jpg": "image/jpeg"}
_PENALTIES = {"frequency_penalty": "frequencyPenalty", "presence_penalty": "presencePenalty"}
_MODES = {Choice.AUTO: "AUTO", Choice.NONE: "NONE", Choice.REQUIRED: "ANY", Choice.NAMED: "ANY"}
_SEED_MOST = (1 << 31) - 1
# Newer models refuse a call of their own without the signature that came with it. So the documentation says to mark
# calls whose signature is not known, since another model made them or a client dropped it.
_UNSIGNED = "skip_thought_signature_validator"


def request_of(target: Target, body: Mapping[str, Any]) -> dict[str, Any]:
    """The request's JSON; raises Untranslatable. Whether it is streamed is said by the method."""
    asked = read_request(body, target.quirks, GOOGLE)
    sent: dict[str, Any] = {"contents": [turn for each in asked.said for turn in _turns(each)]}
    if asked.system:
        sent["systemInstruction"] = {"parts": [{"text": asked.system}]}
    if config := _config(asked) | _format(asked):
        sent["generationConfig"] = config
    return sent | _tools(asked)


def _turns(said: Said) -> Iterator[dict[str, Any]]:
    """What functions gave back stands alone, in the order of their calls: the calls have no ids here."""
    results = [part for part in said.parts if isinstance(part, Result)]
    rest = [part for part in said.parts if not isinstance(part, Result)]
    if results:
        parts = [_part(each) for each in sorted(results, key=lambda each: each.number)]
        yield {"role": "user", "parts": parts}
    if rest:
        yield {"role": "model" if said.by_model else "user", "parts": _signed([_part(each) for each in rest])}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case str():
            return {"text": part}
        case Image():
            return _image(part)
        case Called():
            return {"functionCall": {"name": part.name, "args": part.arguments}, **_signature(part)}
        case Result():
            return {"functionResponse": {"name": part.name, "response": _response(part.text)}}


def _signature(call: Called) -> dict[str, str]:
    of_google = call.extra.get("google")
    signature = of_google.get("thought_signature") if isinstance(of_google, Mapping) else None
    return {"thoughtSignature": signature} if isinstance(signature, str) and signature else {}


def _signed(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts, of whose calls the first has a signature: those made at once share it."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None:
        first.setdefault("thoughtSignature", _UNSIGNED)
    return parts


def _response(text: str) -> dict[str, Any]:
    """An object, as it has to be: the function's own where it gave one."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"output": text}


def _image(image: Image) -> dict[str, Any]:
    if not image.url:
        return {"inlineData": {"mimeType": image.media_type, "data": image.data}}
    path = image.url.partition("?")[0].partition("#")[0]
    kind = _ENDINGS.get(path.rpartition(".")[2].lower())
    if kind is None:
        raise Untranslatable(
            FIELD, f"{GOOGLE.label} has to be told a picture's type; send an address that ends in .png or the like."
        )
    return {"fileData": {"mimeType": kind, "fileUri": image.url}}


def _config(asked: ChatRequest) -> dict[str, Any]:
    config = asked.limits("maxOutputTokens")
    if (seed := asked.more.get("seed")) is not None:
        if abs(seed) > _SEED_MOST:
            raise Untranslatable("seed", f"{GOOGLE.label} takes a seed of {_SEED_MOST} at most.")
        config["seed"] = seed
    return config | {_PENALTIES[name]: value for name, value in asked.more.items() if name in _PENALTIES}


def _format(asked: ChatRequest) -> dict[str, Any]:
    if asked.format is None:
        return {}
    told = {} if asked.format.schema is None else {"responseJsonSchema": dict(asked.format.schema)}
    return {"responseMimeType": "application/json", **told}


def _tools(asked: ChatRequest) -> dict[str, Any]:
    if not asked.functions:
        return {}
    declared = []
    for each in asked.functions:
        if each.strict:
            raise Untranslatable("tools", f"{GOOGLE.label} cannot be held to a function's schema; leave strict out.")
        told = {"description": each.description} if each.description else {}
        declared.append({"name": each.name, **told, "parametersJsonSchema": dict(each.parameters)})
    sent: dict[str, Any] = {"tools": [{"functionDeclarations": declared}]}
    if asked.choice is not Choice.DEFAULT:
        only = {"allowedFunctionNames": [asked.named]} if asked.choice is Choice.NAMED else {}
        sent["toolConfig"] = {"functionCallingConfig": {"mode": _MODES[asked.choice], **only}}
    return sent
