"""From the body of a request to a checked call: what OpenAI's API states about types and bounds, and our own bounds.

Source: OpenAI API reference, "Create chat completion", "Create completion", "Create embeddings". What is not known here
is passed on: servers have parameters of their own.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.calls import FeatureCall, Form
from app.domain.errors import CallRefused
from app.domain.routing import Wanted, wanted
from app.gateway.checks import (
    PARAMETERS,
    Fault,
    fault_of_calls,
    fault_of_content,
    fault_of_stream_options,
    fault_of_tools,
    is_input,
)

MOST_MESSAGES = 4096
MOST_TEXTS = 4096
MODEL_MAX = 255
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def chat(body: dict[str, Any]) -> FeatureCall:
    """A call of /chat/completions; raises CallRefused."""
    asked = _asked(body)
    messages, inputs = body.pop("messages", None), body.pop("inputs", None)
    if bool(messages) == bool(inputs):
        sentence = "Send either messages, or inputs for the feature's own prompt: exactly one of both, and not empty."
        raise CallRefused(400, "messages_or_inputs", sentence, "messages")
    _check_parameters(body)
    if (fault := fault_of_tools(body)) is not None:
        raise _refused(*fault)
    if inputs:
        return FeatureCall(asked, Form.CHAT, body, _inputs(inputs, asked))
    _check_messages(messages)
    return FeatureCall(asked, Form.CHAT, {"messages": messages, **body})


def completions(body: dict[str, Any]) -> FeatureCall:
    """A call of /completions: a feature fills the gap between prompt and suffix with its family's prompt."""
    asked = _asked(body)
    _check_parameters(body)
    prompt, suffix = _prompt(body.get("prompt")), body.get("suffix")
    if suffix is not None and not isinstance(suffix, str):
        raise _refused("suffix", "send text.")
    if asked.raw:
        return FeatureCall(asked, Form.COMPLETIONS, body)
    if prompt is None:
        raise _refused("prompt", "send one text.")
    if (fault := _fault_of_gap(body)) is not None:
        raise _refused(*fault)
    rest = {
        name: value for name, value in body.items() if name not in ("prompt", "suffix", "echo", "best_of", "logprobs")
    }
    return FeatureCall(asked, Form.COMPLETIONS, rest, {"prefix": prompt, "suffix": suffix or ""})


def _fault_of_gap(body: Mapping[str, Any]) -> Fault | None:
    """What a gap cannot be filled with: the answer of a chat is told as one completion, and that without the prompt."""
    for name in ("n", "best_of"):
        if body.get(name) not in (None, 1):
            return name, "send 1: a gap is filled once."
    for name in ("echo", "tools"):
        if body.get(name):
            return name, "send none of it; with a feature's own prompt completions cannot have it."
    return None


def embeddings(body: dict[str, Any]) -> FeatureCall:
    """A call of /embeddings."""
    asked = _asked(body)
    given = body.get("input")
    # A text as tokens is one text, however long.
    many = isinstance(given, list) and len(given) > MOST_TEXTS and not isinstance(given[0], int)
    if many or not is_input(given):
        raise _refused("input", f"send a text, or a list of 1 to {MOST_TEXTS:,}.")
    _check_parameters(body)
    return FeatureCall(asked, Form.EMBEDDINGS, body)


def _asked(body: dict[str, Any]) -> Wanted:
    """What `model` names, which is taken out of the body."""
    model = body.pop("model", None)
    if not isinstance(model, str) or not model:
        raise CallRefused(
            400,
            "model_missing",
            "Say in model which feature to call, such as duo_chat, or endpoint: and a slug.",
            "model",
        )
    if len(model) > MODEL_MAX or not model.isprintable():
        sentence = f"model: use {MODEL_MAX} printable characters at most."
        raise CallRefused(400, "invalid_value", sentence, "model")
    return wanted(model)


def _inputs(inputs: Any, asked: Wanted) -> Mapping[str, str]:
    if asked.raw:
        sentence = "Inputs are for a feature's own prompt; with :raw and with an endpoint send messages."
        raise CallRefused(400, "messages_or_inputs", sentence, "inputs")
    if not isinstance(inputs, dict):
        raise _refused("inputs", "send an object with a text for each name.")
    return inputs


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list):
        raise _refused("messages", "send a list.")
    if len(messages) > MOST_MESSAGES:
        raise _refused("messages", f"send {MOST_MESSAGES:,} at most; these are {len(messages):,}.")
    for at, each in enumerate(messages):
        if not isinstance(each, dict):
            raise _refused(f"messages[{at}]", "send an object with role and content.")
        if not isinstance(each.get("role"), str) or each["role"] not in _ROLES:
            raise _refused(f"messages[{at}].role", f"send one of {', '.join(sorted(_ROLES))}.")
        if (fault := fault_of_content(each) or fault_of_calls(each)) is not None:
            field, sentence = fault
            raise _refused(f"messages[{at}].{field}", sentence)


def _check_parameters(body: Mapping[str, Any]) -> None:
    for name, check in PARAMETERS.items():
        if (value := body.get(name)) is not None and (sentence := check(value)):
            raise _refused(name, sentence)
    if (fault := fault_of_stream_options(body)) is not None:
        raise _refused(*fault)


def _prompt(prompt: Any) -> str | None:
    """One text; None for the other things that completions take. Raises CallRefused for what they do not."""
    if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
        return prompt[0]
    if prompt is None or not isinstance(prompt, str | list):
        raise _refused("prompt", "send a text.")
    return prompt if isinstance(prompt, str) else None


def _refused(field: str, sentence: str) -> CallRefused:
    return CallRefused(400, "invalid_type", f"{field}: {sentence}", field)
