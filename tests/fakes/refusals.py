"""How well-known servers word a refusal: statuses and bodies as their users have pasted them in public reports."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Style(StrEnum):
    """Whose habits the fake follows for keys, addresses and names that it does not know."""

    OPENAI = "openai"
    VLLM = "vllm"
    AZURE = "azure"
    LITELLM = "litellm"
    LLAMA_CPP = "llama_cpp"
    OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error answer; a string body is sent as plain text."""

    status: int
    body: dict[str, Any] | str


def _openai(status: int, message: str, code: str | None, kind: str = "invalid_request_error") -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def _vllm(status: int, message: str, kind: str) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": None, "code": status}})


def _azure(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message}})


def _litellm(status: int, message: str, kind: str, param: str) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": str(status)}})


def _llama_cpp(status: int, message: str, kind: str) -> Refusal:
    return Refusal(status, {"error": {"code": status, "message": message, "type": kind}})


def bad_key(style: Style, key: str) -> Refusal:
    """The answer to a wrong key; some servers repeat the end of the key they were given."""
    tail = f"sk-...{key[-4:]}"
    return {
        Style.OPENAI: _openai(401, f"Incorrect API key provided: {tail}.", "invalid_api_key"),
        Style.VLLM: Refusal(401, {"error": "Unauthorized"}),
        Style.AZURE: _azure(401, "401", "Access denied due to invalid subscription key or wrong API endpoint."),
        Style.LITELLM: _litellm(
            401,
            f"Authentication Error, Invalid proxy server token passed. Received API Key = {tail}",
            "token_not_found_in_db",
            "key",
        ),
        Style.LLAMA_CPP: _llama_cpp(401, "Invalid API Key", "authentication_error"),
        Style.OLLAMA: Refusal(401, {"error": "unauthorized"}),
    }[style]


def forbidden(style: Style, model: str) -> Refusal:
    """The answer to a good key that may not use this model."""
    return {
        Style.OPENAI: _openai(403, f"Project `proj_1` does not have access to model `{model}`", "model_not_found"),
        Style.VLLM: Refusal(403, {"detail": "Forbidden"}),
        Style.AZURE: _azure(403, "AccessDenied", "Access denied due to Virtual Network/Firewall rules."),
        Style.LITELLM: _litellm(
            403, f"key not allowed to access model. Tried to access {model}", "key_model_access_denied", "model"
        ),
        Style.LLAMA_CPP: Refusal(403, "<html><head><title>403 Forbidden</title></head></html>"),
        Style.OLLAMA: Refusal(403, {"error": "this model requires a subscription"}),
    }[style]


def no_model(style: Style, model: str) -> Refusal:
    """The answer to a name that is not served. The real llama.cpp would answer with the model it has."""
    return {
        Style.OPENAI: _openai(404, f"The model `{model}` does not exist or you may not use it.", "model_not_found"),
        Style.VLLM: _vllm(404, f"The model `{model}` does not exist.", "NotFoundError"),
        Style.AZURE: _azure(404, "DeploymentNotFound", "The API deployment for this resource does not exist."),
        Style.LITELLM: _litellm(
            400, f"/chat/completions: Invalid model name passed in model={model}.", "invalid_request_error", "None"
        ),
        Style.LLAMA_CPP: _llama_cpp(404, "model not found", "not_found_error"),
        Style.OLLAMA: _openai(404, f'model "{model}" not found, try pulling it first', None, "api_error"),
    }[style]


def no_path(style: Style, method: str, path: str) -> Refusal:
    """The answer to an address that does not exist."""
    return {
        Style.OPENAI: _openai(404, f"Invalid URL ({method} {path})", None),
        Style.VLLM: Refusal(404, {"detail": "Not Found"}),
        Style.AZURE: _azure(404, "404", "Resource not found"),
        Style.LITELLM: Refusal(404, {"detail": "Not Found"}),
        Style.LLAMA_CPP: _llama_cpp(404, "File Not Found", "not_found_error"),
        Style.OLLAMA: Refusal(404, "404 page not found"),
    }[style]


def parameter(style: Style, name: str, hint: str) -> Refusal:
    """A request parameter that this model does not take, as OpenAI and vLLM say it."""
    message = f"Unsupported parameter: '{name}' is not supported with this model. {hint}".strip()
    if style in (Style.OPENAI, Style.AZURE):
        body = {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter"}
        return Refusal(400, {"error": body})
    return _vllm(400, message, "BadRequestError")


def api_version_missing() -> Refusal:
    """Azure's dated addresses without or with a wrong api-version."""
    return _azure(404, "404", "Resource not found")


PLAIN: dict[str, Callable[[], Refusal]] = {
    "system": lambda: _vllm(400, "System role not supported", "BadRequestError"),
    "stream": lambda: _vllm(400, "Streaming is not supported for this model", "BadRequestError"),
    "rate": lambda: _openai(429, "Rate limit reached. Please try again in 7s.", "rate_limit_exceeded", "requests"),
    "loading": lambda: _llama_cpp(503, "Loading model", "unavailable_error"),
    "broken": lambda: _vllm(500, "Internal server error", "InternalServerError"),
    "context": lambda: _openai(
        400,
        "This model's maximum context length is 8192 tokens.",
        "context_length_exceeded",
    ),
}
