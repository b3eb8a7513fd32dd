"""From a server's complaint to our code: status first, then words that servers are known to use.

Sources of the wording: vLLM, SGLang, TGI, llama.cpp, Ollama, LiteLLM, Azure OpenAI and OpenAI error bodies.
"""

import json
import re
from typing import Any

from app.clients.dialect import Trouble
from app.lib.http import Answer

# Checked in order; the first pattern found in the complaint decides.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"max_tokens.{0,80}(not supported|unsupported)|use .?max_completion_tokens", "max_tokens_unsupported"),
    (
        r"temperature.{0,80}(not support|unsupported|only the default)|unsupported.{0,40}temperature",
        "temperature_unsupported",
    ),
    (
        r"system (role|message).{0,60}(not supported|unsupported|not allowed)|role.{0,10}system.{0,40}(invalid|not)|"
        r"conversation roles must alternate|only user and assistant roles",
        "system_unsupported",
    ),
    (r"chat template|chat_template|does not support chat", "no_chat_template"),
    (r"deploymentnotfound|deployment for this resource does not exist", "deployment_missing"),
    (
        r"api[- ]version.{0,60}(not supported|invalid|missing|required)|unsupported api version|"
        r"missing.{0,20}api-version",
        "api_version_wrong",
    ),
    (r"maximum context length|context (size|length|window)|exceeds? .{0,30}context", "context_error"),
    (r"stream.{0,40}(not supported|unsupported|not allowed|disabled)", "stream_refused"),
    (
        r"(model|does).{0,80}(not found|not exist|no such|unknown|not available|not loaded|invalid)|unknown model|"
        r"invalid model name|no healthy deployments",
        "model_not_served",
    ),
    (r"loading model|model is (currently )?loading|warming up|starting up", "loading"),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), code) for pattern, code in _WORDS)
_KEY_WORDS = re.compile(r"no api key|missing.{0,20}(key|token|authori)|not provided|provide an api key", re.IGNORECASE)
_FORBIDDEN_WORDS = re.compile(
    r"not allowed|permission|access to (the )?model|not authorized to|insufficient", re.IGNORECASE
)


def complaint_of(answer: Answer) -> str | None:
    """The server's own words where the body has one of the known error shapes, else None."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None
    return _words_in(body)


def _words_in(body: Any) -> str | None:
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict):
        parts = [str(error[key]) for key in ("code", "message") if isinstance(error.get(key), str) and error[key]]
        return " ".join(parts) or str(error)
    if isinstance(error, str):
        return error
    for key in ("detail", "message"):
        if isinstance(body.get(key), str) and ("choices" not in body and "data" not in body):
            return str(body[key])
    if isinstance(body.get("detail"), list):
        return "; ".join(str(item.get("msg")) for item in body["detail"] if isinstance(item, dict))
    return None


def trouble_of(answer: Answer, has_key: bool = True) -> Trouble | None:
    """What is wrong with an answer, or None: an error status, or an error object inside a 200."""
    words = complaint_of(answer)
    if answer.status < 300:
        failed = words is not None and b'"error"' in answer.body
        return Trouble("error_in_200", words or "") if failed else None
    return Trouble(_code(answer, words or "", has_key), words or "")


def _code(answer: Answer, words: str, has_key: bool) -> str:
    status = answer.status
    if status in (301, 302, 303, 307, 308):
        return "redirect"
    if status == 401:
        return "key_wrong" if has_key and not _KEY_WORDS.search(words) else "key_missing"
    if status == 403:
        return "key_forbidden" if has_key or _FORBIDDEN_WORDS.search(words) else "key_missing"
    if status == 429:
        return "rate_limited"
    for pattern, code in _COMPILED:
        if pattern.search(words):
            return code
    if status == 503:
        return "busy"
    if status >= 500:
        return "server_error"
    if is_html(answer):
        return "html_answer"
    return "wrong_path" if status in (404, 405) else "bad_request"


def is_html(answer: Answer) -> bool:
    """Whether a web page came where JSON was asked for."""
    kind = answer.headers.get("content-type", "")
    return "html" in kind or answer.body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
