"""Why an endpoint did not answer a feature call: what the caller is told, and whether the next endpoint is asked."""

import math
from collections.abc import Mapping
from typing import Any

from app.clients.dialect import Dialect, Trouble
from app.clients.granting import CredentialsRefused
from app.clients.target import Target
from app.domain.calls import FeatureCall, Form
from app.domain.errors import CallRefused
from app.domain.features import Ability
from app.domain.routing import Link, counts_as_failure, tries_next
from app.lib.http import Answer, Code, OutboundError
from app.services.foreign_words import fit, hiding_secrets

# The caller left. Nobody reads this status; nginx uses the same in its log.
LEFT_STATUS = 499
_SLOW = frozenset({Code.FIRST_BYTE_TIMEOUT, Code.SILENCE_TIMEOUT, Code.TOTAL_TIMEOUT})
_LATE_MOST = 3600
# What a server says of the request itself, in the words of OpenAI's own codes where it has some.
_CALLERS = {
    "context_error": ("context_length_exceeded", "messages"),
    "image_unsupported": ("image_unsupported", "messages"),
    "tools_refused": ("tools_unsupported", "tools"),
    "forced_tools_refused": ("tool_choice_unsupported", "tool_choice"),
    "json_schema_refused": ("response_format_unsupported", "response_format"),
    "stop_refused": ("stop_unsupported", "stop"),
    "temperature_unsupported": ("temperature_unsupported", "temperature"),
    "max_tokens_unsupported": ("max_tokens_unsupported", "max_tokens"),
    "system_unsupported": ("system_unsupported", "messages"),
    "turns_refused": ("turns_unsupported", "messages"),
    "stream_refused": ("stream_unsupported", "stream"),
}
_NEEDS_WORDS = {
    Ability.TOOLS: ("tools_unsupported", "tools", "does not call tools"),
    Ability.JSON: ("response_format_unsupported", "response_format", "does not keep to a JSON format"),
    Ability.STREAM: ("stream_unsupported", "stream", "does not stream; ask without stream"),
    Ability.SUFFIX: ("suffix_unsupported", "suffix", "takes no suffix; ask for code_completions instead"),
    Ability.EMBEDDINGS: ("embeddings_unsupported", "model", "makes no embeddings"),
}


class LinkFailed(Exception):
    """One endpoint gave no answer. `passing`: the next may do better. `counts`: it speaks against the endpoint."""

    def __init__(self, told: CallRefused, *, passing: bool, counts: bool, reason: str = "") -> None:
        super().__init__(told.code)
        self.told = told
        self.passing = passing
        self.counts = counts
        self.reason = reason or told.code


def needs(call: FeatureCall) -> tuple[Ability, ...]:
    """What the request asks of an endpoint, as far as tests measure it."""
    body = call.body
    kind = body.get("response_format", {}).get("type") if isinstance(body.get("response_format"), Mapping) else None
    asked = {
        Ability.TOOLS: bool(body.get("tools")),
        Ability.JSON: kind in ("json_object", "json_schema"),
        Ability.STREAM: call.stream,
        Ability.SUFFIX: call.form is Form.COMPLETIONS and call.wanted.raw and bool(body.get("suffix")),
        Ability.EMBEDDINGS: call.form is Form.EMBEDDINGS,
    }
    return tuple(ability for ability, is_asked in asked.items() if is_asked)


def lacking(link: Link, wanted: tuple[Ability, ...]) -> CallRefused | None:
    """Why an endpoint cannot do what the request asks, by what was measured of it, else None."""
    for ability in wanted:
        if ability in link.endpoint.lacks:
            code, field, words = _NEEDS_WORDS[ability]
            return CallRefused(400, code, f"By its last test the endpoint {link.endpoint.name} {words}.", field)
    return None


def of_door(error: OutboundError, link: Link) -> LinkFailed:
    """No answer came, or it broke off before anything was passed on."""
    name = link.endpoint.name
    if error.code is Code.STOPPED:
        told = CallRefused(LEFT_STATUS, "caller_left", "The caller left before the answer.")
        return LinkFailed(told, passing=False, counts=False)
    if error.code in _SLOW:
        told = CallRefused(504, "endpoint_timeout", f"{name}: {error.sentence}", retry_after=1)
    else:
        told = CallRefused(502, "endpoint_unreachable", f"{name}: {error.sentence}")
    return LinkFailed(told, passing=True, counts=True, reason=str(error.code))


def of_credentials(error: CredentialsRefused, link: Link) -> LinkFailed:
    """The cloud gave no credentials."""
    sentence = f"{link.endpoint.name}: its cloud gave no credentials ({error.code}). Test the endpoint to learn why."
    return LinkFailed(CallRefused(502, "endpoint_credentials", sentence), passing=True, counts=True, reason=error.code)


def unusable(link: Link, sentence: str) -> LinkFailed:
    """The endpoint cannot be called as it is stored."""
    return LinkFailed(
        CallRefused(502, "endpoint_misconfigured", f"{link.endpoint.name}: {sentence}"), passing=True, counts=False
    )


def of_answer(dialect: Dialect, target: Target, answer: Answer, link: Link) -> LinkFailed:
    """An answer that is a refusal or none at all."""
    trouble = dialect.trouble(target, answer) or Trouble("bad_json", "", answer.status)
    return of_trouble(trouble, target, link, answer.headers)


def of_trouble(trouble: Trouble, target: Target, link: Link, headers: Mapping[str, Any] | None = None) -> LinkFailed:
    """What the server itself complains of; status 0 or 2xx: inside an answer that began well."""
    with hiding_secrets(target):
        words = fit(trouble.words, target)
    name, status = link.endpoint.name, trouble.status
    if status == 429 or trouble.code == "rate_limited":
        wait = _seconds((headers or {}).get("retry-after"))
        told = CallRefused(
            429, "endpoint_busy", _said(name, "it takes no more calls just now", words), retry_after=wait
        )
        return LinkFailed(told, passing=True, counts=False, reason="status_429")
    if status >= 300 and trouble.code in _CALLERS:
        # Some servers answer 500 to a picture or a tool that they cannot take: the next may, and nobody has failed.
        return LinkFailed(_refusal(trouble, name, words), passing=tries_next(status), counts=False)
    if tries_next(status) or status < 300:
        told = CallRefused(502, "endpoint_failed", _said(name, "it failed over the call", words))
        counts = counts_as_failure(status) or status < 300
        return LinkFailed(
            told, passing=True, counts=counts, reason=f"status_{status}" if status >= 300 else trouble.code
        )
    return LinkFailed(_refusal(trouble, name, words), passing=False, counts=False)


def _refusal(trouble: Trouble, name: str, words: str) -> CallRefused:
    if trouble.code in _CALLERS:
        code, field = _CALLERS[trouble.code]
        return CallRefused(400, code, _said(name, "it refuses this request", words), field)
    if trouble.status in (401, 402, 403):
        return CallRefused(502, "endpoint_key_refused", _said(name, "it refuses the key that is stored for it", words))
    if trouble.status in (404, 405) or trouble.status < 400 or trouble.code == "model_not_served":
        return CallRefused(502, "endpoint_misconfigured", _said(name, "its address or model name is wrong", words))
    return CallRefused(400, "invalid_request", _said(name, "it refuses this request", words))


def _said(name: str, sentence: str, words: str) -> str:
    return f"{name}: {sentence}. It said: {words}" if words else f"{name}: {sentence}."


def _seconds(retry_after: Any) -> int:
    text = str(retry_after or "")
    return min(_LATE_MOST, max(1, int(text))) if text.isdecimal() and text.isascii() else 1


def whole_seconds(seconds: float) -> int:
    """For Retry-After: at least one."""
    return max(1, math.ceil(seconds))
