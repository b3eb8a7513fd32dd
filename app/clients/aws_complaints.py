"""From AWS's complaints to our codes: words that say exactly what is wrong first, then the kind of exception.

Sources: Amazon Bedrock API reference, the errors of Converse and "Common errors"; GitLab's documentation on
troubleshooting Bedrock; the words of AWS's signature check, as issues of its SDKs quote them.
"""

import re
from typing import Any

from app.clients import complaints
from app.clients.dialect import Trouble
from app.lib.http import Answer

# Checked in order; the first pattern found in the complaint decides.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"on-demand throughput (isn|is not)", "needs_inference_profile"),
    (r"use case details have not been submitted", "use_case_missing"),
    (
        r"don.t have access to the model|model access is denied|access to this model is not available",
        "model_access_missing",
    ),
    (r"signature expired|signature not yet current", "clock_skew"),
    (r"scoped to .{0,40}region", "region_wrong"),
    (r"(token|key) .{0,60}(is|has) expired", "key_expired"),
    (r"missing authentication token", "key_missing"),
    (r"security token .{0,60}invalid|api key is valid|signature .{0,60}does not match", "key_wrong"),
    (r"not authorized to perform:? bedrock:InvokeModel", "invoke_denied"),
    (r"not authorized to perform", "key_forbidden"),
    (r"doesn.t support system (message|prompt)", "system_unsupported"),
    (r"input is too long|too many input tokens", "context_error"),
    (r"support (response )?streaming|unsupported for streaming", "stream_refused"),
    (
        r"model identifier is invalid|could not resolve the (foundation )?model|reached the end of its life",
        "model_not_served",
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), code) for pattern, code in _WORDS)
_KINDS = {
    "AccessDeniedException": "key_forbidden",
    "ExpiredTokenException": "key_expired",
    "IncompleteSignatureException": "key_wrong",
    "InternalServerException": "server_error",
    "InvalidSignatureException": "key_wrong",
    "MissingAuthenticationTokenException": "key_missing",
    "ModelErrorException": "server_error",
    "ModelNotReadyException": "loading",
    "ModelStreamErrorException": "server_error",
    "ModelTimeoutException": "busy",
    "ResourceNotFoundException": "model_not_served",
    "ServiceQuotaExceededException": "rate_limited",
    "ServiceUnavailableException": "busy",
    "ThrottlingException": "rate_limited",
    "UnknownOperationException": "wrong_path",
    "UnrecognizedClientException": "key_wrong",
}
# A wrong signature is answered with what should have been signed, a session token among it.
_ECHO = re.compile(r"\s*The Canonical String for this request", re.IGNORECASE)


def trouble_of(answer: Answer, *, has_key: bool) -> Trouble | None:
    """What is wrong with an answer, or None."""
    found = complaints.trouble_of(answer, has_key=has_key)
    if found is None or answer.status < 400:
        return found
    body = _body(answer)
    words = without_echo(_words(body))
    code = code_of(_kind(answer, body), words) or found.code
    return Trouble(code, words or without_echo(found.words), answer.status, found.location)


def code_of(kind: str, words: str) -> str | None:
    """The code for an exception's kind, in any case of its first letter, and its words; None for neither known."""
    by_words = next((code for pattern, code in _COMPILED if pattern.search(words)), None)
    return by_words or _KINDS.get(kind[:1].upper() + kind[1:])


def without_echo(words: str) -> str:
    """The start of the words, without the request that they repeat."""
    return _ECHO.split(words[: complaints.WORDS_READ], maxsplit=1)[0]


def _body(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(body: dict[str, Any]) -> str:
    found = (body.get(name) for name in ("message", "Message"))
    return next((words for words in found if isinstance(words, str)), "")


def _kind(answer: Answer, body: dict[str, Any]) -> str:
    """`AccessDeniedException` out of "AccessDeniedException:http://..." and out of "com.amazon.coral#Access..."."""
    inner = body.get("Output")
    stated = body.get("__type") or (inner.get("__type") if isinstance(inner, dict) else None)
    kind = answer.headers.get("x-amzn-errortype") or stated
    return str(kind or "").partition(":")[0].rpartition("#")[2]
