"""From Google's error model to our code: the reason in its details first, then known words, then its status.

Source: AIP-193 "Errors", Vertex AI "API errors", and the messages that Vertex AI is known to send.
"""

import json
import re
from dataclasses import replace
from typing import Any

from app.clients import complaints
from app.clients.dialect import Trouble
from app.lib.http import Answer

# google.rpc.ErrorInfo, checked before the words: it does not change with them.
_REASONS = {
    "SERVICE_DISABLED": "api_disabled",
    "BILLING_DISABLED": "billing_disabled",
    "CONSUMER_INVALID": "project_wrong",
    "CREDENTIALS_MISSING": "key_missing",
}
_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), code)
    for pattern, code in (
        (r"has not been used in project|(api|service) (is|has been) disabled|it is disabled", "api_disabled"),
        (r"requires? billing|billing (is|has been|to be) (disabled|enabled)", "billing_disabled"),
        (
            r"not (servable|available|supported) in (the )?(region|location)|unsupported (region|location)",
            "model_not_in_region",
        ),
        (r"not allowed to use publisher model|accept(ed)? the .{0,80}(terms|agreement)|\beula\b", "terms_not_accepted"),
        (r"denied on resource project", "project_wrong"),
        (r"organization policy|\bconstraints/", "key_forbidden"),
        (r"(system|developer) instruction.{0,60}(not (supported|enabled)|unsupported)", "system_unsupported"),
        (r"token count.{0,40}exceeds the maximum", "context_error"),
        (r"publisher model.{0,300}not found", "model_not_served"),
        (r"unregistered callers|missing.{0,20}authentication credential", "key_missing"),
    )
)
_STATUSES = {
    "UNAUTHENTICATED": "key_wrong",
    "PERMISSION_DENIED": "key_forbidden",
    "RESOURCE_EXHAUSTED": "rate_limited",
    "UNAVAILABLE": "busy",
}


def trouble_of(answer: Answer, *, has_token: bool) -> Trouble | None:
    """What is wrong with an answer, or None. Errors of a partner's model come in the partner's own form."""
    error = _error_in(answer)
    if error is None:
        return complaints.trouble_of(answer, has_key=has_token)
    code = _code(error)
    if code == "key_wrong" and not has_token:
        code = "key_missing"
    if code:
        return Trouble(code, _words(error), answer.status)
    unwrapped = replace(answer, body=json.dumps({"error": error}).encode())
    return complaints.trouble_of(unwrapped, has_key=has_token)


def failure(error: Any) -> Trouble:
    """What an error event within a stream says."""
    if not isinstance(error, dict):
        return Trouble("error_in_200", str(error)[: complaints.WORDS_READ])
    return Trouble(_code(error) or "error_in_200", _words(error))


def _error_in(answer: Answer) -> dict[str, Any] | None:
    """The error where the body is one in Google's form; a streaming method wraps it into a list."""
    try:
        body = answer.json()
    except ValueError:
        return None
    holder = body[0] if isinstance(body, list) and body else body
    error = holder.get("error") if isinstance(holder, dict) else None
    return error if isinstance(error, dict) and isinstance(error.get("status"), str) else None


def _code(error: dict[str, Any]) -> str | None:
    for reason in _reasons(error):
        if reason in _REASONS:
            return _REASONS[reason]
    words = _words(error)
    found = next((code for pattern, code in _WORDS if pattern.search(words)), None)
    return found or _STATUSES.get(str(error.get("status")))


def _reasons(error: dict[str, Any]) -> list[str]:
    details = error.get("details")
    return [str(each.get("reason")) for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _words(error: dict[str, Any]) -> str:
    return str(error.get("message") or error.get("status") or "")[: complaints.WORDS_READ]
