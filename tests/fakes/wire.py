"""OpenAI's wire format from the server's side: lists, replies and streams of events."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

CREATED = 1_750_000_000
REPLY = ("Hello", " from", " a", " model", ".")
DONE = b"data: [DONE]\n\n"


def model_list(names: Sequence[Any]) -> dict[str, Any]:
    """`GET /models`; a name that is not a string stands for a list without usable names."""
    data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "fake"} for name in names]
    return {"object": "list", "data": data}


def reply(model: str, text: str | None = None) -> dict[str, Any]:
    """`POST /chat/completions` without streaming."""
    message = {"role": "assistant", "content": "".join(REPLY) if text is None else text}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage(),
    }


def completion(model: str) -> dict[str, Any]:
    """`POST /completions`."""
    choice = {"index": 0, "text": "".join(REPLY), "logprobs": None, "finish_reason": "stop"}
    head = {"id": "cmpl-fake", "object": "text_completion", "created": CREATED, "model": model}
    return head | {"choices": [choice], "usage": usage()}


def embeddings(model: str, inputs: object) -> dict[str, Any]:
    """`POST /embeddings`: three numbers for each input."""
    count = len(inputs) if isinstance(inputs, list) else 1
    data = [{"object": "embedding", "index": index, "embedding": [0.1, 0.2, 0.3]} for index in range(count)]
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": 3, "total_tokens": 3}}


def usage() -> dict[str, int]:
    """The token counts of every reply."""
    return {"prompt_tokens": 7, "completion_tokens": len(REPLY), "total_tokens": 7 + len(REPLY)}


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> bytes:
    """One event of a streamed reply."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": CREATED, "model": model}
    return event(head | {"choices": [choice]})


def stream(model: str, words: Sequence[str] = REPLY, with_usage: bool = False) -> Iterator[bytes]:
    """The events of a streamed reply, without the closing [DONE]."""
    yield chunk(model, {"role": "assistant", "content": ""})
    for word in words:
        yield chunk(model, {"content": word})
    yield chunk(model, {}, "stop")
    if with_usage:
        head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": CREATED, "model": model}
        yield event(head | {"choices": [], "usage": usage()})


def endless(model: str) -> Iterator[bytes]:
    """A reply that never ends, a word every 20 ms."""
    while True:
        yield chunk(model, {"content": " again"})
        time.sleep(0.02)
