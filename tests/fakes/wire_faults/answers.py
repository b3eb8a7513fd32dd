"""Answers: too slow, too large, broken, refused, about another model, empty, or not as a stream should come."""

from typing import Any

from tests.fakes import wire
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import target_at
from tests.fakes.refusals import Refusal
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_click, clicked, served

VALIDATION = {"detail": [{"type": "missing", "loc": ["body", "conversation_id"], "msg": "Field required"}]}
NO_TEMPLATE = (
    "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template"
)
BUSY = Refusal(503, {"error": {"message": "All slots are busy.", "type": "unavailable_error", "code": 503}})


def _vllm(message: str) -> Refusal:
    return Refusal(400, {"error": {"message": message, "type": "BadRequestError", "param": None, "code": 400}})


def _reasoned() -> Refusal:
    answer: dict[str, Any] = wire.reply("alpha", "")
    answer["choices"][0]["message"]["reasoning_content"] = "Well, the user wants"
    return Refusal(200, answer)


def _misspelt(bench: Bench) -> Broken:
    server = bench.server(models=("mistral-small", "codestral"))
    return by_click(Scene(target_at(server.url, "codestral-22b-v0.1")), "identifier")


def _one_model_for_all(bench: Bench) -> Broken:
    """llama.cpp serves what it has, whatever the name."""
    server = bench.server(Refusal(200, wire.reply("alpha")), Place.CHAT)
    return by_click(Scene(target_at(server.url, "tiny")), "identifier", whole=False)


CASES = (
    served("first_byte_timeout", "auth", Fault.HANG, Place.CHAT, slow=True),
    served("total_timeout", "auth", Fault.DRIP, Place.CHAT, slow=True),
    served("too_large", "auth", Fault.HUGE_BODY, Place.CHAT),
    served("server_error", "auth", Fault.SERVER_ERROR),
    served("busy", "chat", BUSY),
    served("loading", "chat", Fault.LOADING),
    served("rate_limited", "chat", Fault.RATE_LIMITED),
    served("bad_request", "chat", Refusal(422, VALIDATION), Place.CHAT),
    served("no_chat_template", "chat", _vllm(NO_TEMPLATE), Place.CHAT),
    served("context_error", "chat", Fault.CONTEXT_EXCEEDED),
    served("error_in_200", "chat", Fault.ERROR_IN_200),
    served("bad_json", "chat", Fault.BAD_JSON),
    served("empty_answer", "chat", Fault.EMPTY_REPLY),
    served("reasoning_only", "chat", _reasoned(), Place.CHAT),
    clicked("max_tokens_unsupported", "chat", Fault.MAX_TOKENS_REFUSED, "quirks"),
    clicked("temperature_unsupported", "chat", Fault.TEMPERATURE_REFUSED, "quirks"),
    clicked("system_unsupported", "chat", Fault.SYSTEM_REFUSED, "quirks"),
    Case("model_not_served", "model", _misspelt),
    Case("other_model_answers", "model", _one_model_for_all),
    served("model_unlisted", "model", Refusal(200, wire.model_list(["beta"])), Place.MODELS),
    served("model_list_missing", "model", Fault.NO_LIST),
    served("model_list_malformed", "model", Fault.NAMELESS_LIST),
    served("model_list_unread", "model", Fault.HUGE_BODY, Place.MODELS),
    served("stream_refused", "stream", Fault.STREAM_REFUSED),
    served("stream_not_sse", "stream", Fault.NOT_A_STREAM),
    served("stream_broken", "stream", Fault.HALF_STREAM),
    served("stream_endless", "stream", Fault.ENDLESS_STREAM),
    served("stream_no_done", "stream", Fault.NO_DONE),
)
