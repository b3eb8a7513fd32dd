"""From a server's complaint to our code: status first, then words that servers are known to use.

Sources of the wording: vLLM, SGLang, TGI, llama.cpp, Ollama, LiteLLM, Portkey, Azure OpenAI, OpenAI, xAI, DeepSeek and
Anthropic error bodies.
"""

import re
from typing import Any

from app.clients.dialect import Trouble
from app.lib.http import Answer

# As much of a complaint as is looked at: the patterns below are not for megabytes.
WORDS_READ = 8000

# Checked in order; the first pattern found in the complaint decides.
_WORDS: tuple[tuple[str, str], ...] = (
    # What a model is told that reasons where nobody sees it.
    (r"could not finish the message because max_tokens", "reasoning_only"),
    (r"max_tokens.{0,80}(not supported|unsupported)|use .?max_completion_tokens", "max_tokens_unsupported"),
    (
        r"temperature.{0,80}(not support|unsupported|only the default|deprecated|strictly positive)|"
        r"unsupported.{0,40}temperature|(not|n.t) support temperature",
        "temperature_unsupported",
    ),
    (
        # Not what is said of one picture: its format, its size.
        r"\bimages?( inputs?)?( modality)? (is|are) not (supported|enabled)|image_url is only supported|"
        r"(not|n.t) support.{0,40}\b(vision|multi-?modal|images?\b(?! (format|type|url|of|over|larger|with)))|"
        r"not (a|supported for) (vision|multi-?modal)|support image input|required for image input|"
        r"at most 0 image|unknown variant .{0,3}image_url",
        "image_unsupported",
    ),
    (
        r"tool_choice.{0,80}(not support|unsupported|invalid|only|must be)|this tool_choice|"
        r"only named tools are supported|tool_choice.{0,40}extra inputs|forces? tool use|support.{0,20}tool_choice",
        "forced_tools_refused",
    ),
    (
        r"tool choice requires|tool-call-parser|tools? param requires|not support (tools?\b|functions?\b)|"
        r"support tool (use|call)|(tool (use|call)|function call).{0,40}(not supported|unsupported|not enabled)|"
        r"\btools\b.{0,40}(not supported|unsupported|extra inputs|not allowed)|parameters?: \['tools'",
        "tools_refused",
    ),
    (
        r"(response_?format|json_schema|output_config|guided_json|structured outputs?).{0,80}"
        r"(not support|unsupported|unavailable|extra inputs|must be|not allowed|invalid)|"
        r"(unsupported|unknown|invalid).{0,40}response_?format",
        "json_schema_refused",
    ),
    (
        r"\bstop(_sequences| words?)?\b.{0,40}(not support|unsupported|extra inputs|not allowed|not permitted)|"
        r"(not support|unsupported).{0,40}\bstop(_sequences)?\b",
        "stop_refused",
    ),
    (
        r"assistant message prefill|must end with a user message|(last|final) message.{0,40}\buser\b|"
        r"assistant (role|message|turn)s?.{0,40}(not supported|unsupported|not allowed)|"
        r"after the optional system message, conversation roles must alternate",
        "turns_refused",
    ),
    (
        r"system (role|message).{0,60}(not supported|unsupported|not allowed)|role.{0,10}system.{0,40}(invalid|not)|"
        r"conversation roles must alternate|only user and assistant roles",
        "system_unsupported",
    ),
    (r"chat template|chat_template|does not support chat", "no_chat_template"),
    (r"deploymentnotfound|deployment for this resource does not exist", "deployment_missing"),
    (
        r"api[- ]version.{0,60}(not supported|invalid|missing|required)|unsupported ?api ?version|"
        r"missing.{0,20}api-version",
        "api_version_wrong",
    ),
    (
        r"maximum context length|context (size|length|window)|exceeds? .{0,30}context|prompt is too long",
        "context_error",
    ),
    (
        r"credit balance|(lack of|insufficient|out of) (credits?|funds|balance)|usage limits|spend(ing)? limit",
        "no_credit",
    ),
    (r"stream.{0,40}(not supported|unsupported|not allowed|disabled)", "stream_refused"),
    (
        r"(model|does).{0,80}(not found|not exist|no such|unknown|not available|not loaded|invalid)|unknown model|"
        r"invalid model name|no healthy deployments|\Amodel: \S+\Z|\"message\": ?\"model: ",
        "model_not_served",
    ),
    (r"loading model|model is (currently )?loading|warming up|starting up", "loading"),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), code) for pattern, code in _WORDS)
# 529 is Anthropic's own for an overload that is nobody's fault.
_BUSY = frozenset({503, 529})
# LiteLLM without a database of keys knows its own alone; about any other it complains of the database, with status 400.
_ONLY_KEY = re.compile(r"\A(400 )?No connected db", re.IGNORECASE)
# So LiteLLM passes on that its own key was refused; what it says about a caller's key begins otherwise.
_GATEWAYS_KEY = re.compile(r"\A(401 )?litellm\.AuthenticationError", re.IGNORECASE)
# LiteLLM gives the servers behind it a rest after a failure and meanwhile answers with status 429.
_RESTING = re.compile(r"no deployments available", re.IGNORECASE)
_KEY_WORDS = re.compile(
    r"no api key|missing.{0,20}(key|token|authori)|not provided|provide an api key|(header|key) is required",
    re.IGNORECASE,
)
_FORBIDDEN_WORDS = re.compile(
    r"not allowed|permission|access to (the )?model|not authorized to|insufficient|lacks the required", re.IGNORECASE
)


def trouble_of(answer: Answer, *, has_key: bool) -> Trouble | None:
    """What is wrong with an answer, or None: an error status, or an error or a web page inside a 200."""
    words = complaint_of(answer) or ""
    location = answer.headers.get("location", "")
    if answer.status >= 300:
        return Trouble(_code(answer, words, has_key), words, answer.status, location)
    if is_html(answer):
        return Trouble("html_answer", "", answer.status)
    return Trouble("error_in_200", words, answer.status) if words else None


def complaint_of(answer: Answer) -> str | None:
    """The start of the server's own words where the body has one of the known error shapes, else None."""
    try:
        words = _words_in(answer.json())
    except ValueError:
        return None
    return words[:WORDS_READ] if words else None


def _words_in(body: Any) -> str | None:
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if error and isinstance(error, dict):
        parts = [error[key] for key in ("code", "message") if isinstance(error.get(key), str)]
        return " ".join(filter(None, parts)) or str(error)
    if error and isinstance(error, str):
        return error
    if "choices" in body or "data" in body:
        return None
    detail = body.get("detail")
    if isinstance(detail, list):
        return "; ".join(str(item.get("msg")) for item in detail if isinstance(item, dict))
    # Portkey puts what was no JSON upstream under "html-message".
    found = (detail, body.get("message"), body.get("html-message"))
    return next((text for text in found if isinstance(text, str)), None)


def _code(answer: Answer, words: str, has_key: bool) -> str:
    status = answer.status
    if status < 400:
        return "redirect"
    if status == 401 and _GATEWAYS_KEY.search(words):
        return "gateway_key_wrong"
    if status == 401 or (status == 400 and _ONLY_KEY.search(words)):
        if has_key and _FORBIDDEN_WORDS.search(words):
            return "key_forbidden"
        return "key_wrong" if has_key and not _KEY_WORDS.search(words) else "key_missing"
    if status == 403:
        return "key_forbidden" if has_key or _FORBIDDEN_WORDS.search(words) else "key_missing"
    if status == 429:
        return "busy" if _RESTING.search(words) else "rate_limited"
    return _code_by_words(words) or _code_by_status(answer)


def _code_by_words(words: str) -> str | None:
    return next((code for pattern, code in _COMPILED if pattern.search(words)), None)


def _code_by_status(answer: Answer) -> str:
    if answer.status in _BUSY:
        return "busy"
    if answer.status >= 500:
        return "server_error"
    if answer.status == 402:
        return "no_credit"
    if is_html(answer):
        return "html_answer"
    return "wrong_path" if answer.status in (404, 405) else "bad_request"


def is_html(answer: Answer) -> bool:
    """Whether a web page came where JSON was asked for."""
    kind = answer.headers.get("content-type", "")
    return "html" in kind or answer.body[:500].lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
