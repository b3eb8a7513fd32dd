"""Complaints of known servers, in the words that their users have pasted, and the code each gets."""

import json
import time
from typing import Any

import pytest

from app.clients.complaints import WORDS_READ, complaint_of, trouble_of
from app.lib.http import Answer


def answer(status: int, body: Any, kind: str = "application/json", **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"content-type": kind, **headers}, text.encode(), 1, 1)


def code(status: int, body: Any, *, has_key: bool = True) -> str | None:
    trouble = trouble_of(answer(status, body), has_key=has_key)
    return trouble.code if trouble else None


def said(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "x", "code": 400}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, said("Unsupported parameter: 'max_tokens' is not supported with this model."), "max_tokens_unsupported"),
        (400, said("this model is not supported MaxTokens, please use MaxCompletionTokens"), "bad_request"),
        (400, said("Use 'max_completion_tokens' instead."), "max_tokens_unsupported"),
        (400, said("Unsupported value: 'temperature' does not support 0 with this model."), "temperature_unsupported"),
        (400, said("Unsupported parameter: 'temperature'"), "temperature_unsupported"),
        (422, said("Input validation error: `temperature` must be strictly positive"), "temperature_unsupported"),
        (400, said("o3-of-a-long-deployment doesn't support temperature=0.0"), "temperature_unsupported"),
        (400, said("System role not supported"), "system_unsupported"),
        (400, said("Conversation roles must alternate user/assistant/user/assistant/..."), "system_unsupported"),
        (400, said("Only user and assistant roles are supported!"), "system_unsupported"),
        (
            400,
            said('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
            "tools_refused",
        ),
        (500, said("tools param requires --jinja flag"), "tools_refused"),
        (400, said("registry.ollama.ai/library/llama2:13b does not support tools"), "tools_refused"),
        (404, said("No endpoints found that support tool use."), "tools_refused"),
        (400, said("`tool calling` is not supported with this model"), "tools_refused"),
        (400, said("This model doesn't support tool use in streaming mode."), "tools_refused"),
        (400, said("UnsupportedParamsError: a does not support parameters: ['tools']"), "tools_refused"),
        (400, said('tool_choice = "required" is not supported!'), "forced_tools_refused"),
        (400, said("Value error, Currently only named tools are supported in tools."), "forced_tools_refused"),
        (400, said("deepseek-reasoner does not support this tool_choice"), "forced_tools_refused"),
        (400, said("Thinking may not be enabled when tool_choice forces tool use."), "forced_tools_refused"),
        (500, said("image input is not supported - hint: you may need to provide the mmproj"), "image_unsupported"),
        (400, said("At most 0 image(s) may be provided in one request."), "image_unsupported"),
        (400, said("alpha is not a multimodal model"), "image_unsupported"),
        (400, said("Invalid content type. image_url is only supported by certain models."), "image_unsupported"),
        (404, said("No endpoints found that support image input"), "image_unsupported"),
        (422, said("messages[0]: unknown variant `image_url`, expected `text` at line 1"), "image_unsupported"),
        (400, said("Model does not support images. Please use a model that does."), "image_unsupported"),
        (500, said("this model is missing data required for image input"), "image_unsupported"),
        (400, said("The provided model is not a vision model."), "image_unsupported"),
        (400, {"message": "This model doesn't support the image field for user messages."}, "image_unsupported"),
        (400, said("Image input modality is not enabled for models/a"), "image_unsupported"),
        (400, said("You uploaded an unsupported image. Please make sure your image is valid."), "bad_request"),
        (400, said("messages.0.content.1.image.source: this API does not support the image type tiff"), "bad_request"),
        (400, said("The model does not support images larger than 8000 pixels"), "bad_request"),
        (400, said("This response_format type is unavailable now"), "json_schema_refused"),
        (
            400,
            said("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."),
            "json_schema_refused",
        ),
        (400, said("output_config: Extra inputs are not permitted"), "json_schema_refused"),
        (400, said("Unsupported parameter: 'stop' is not supported with this model."), "stop_refused"),
        (400, said("Argument not supported on this model: stop"), "stop_refused"),
        (400, said("This model does not support assistant message prefill."), "turns_refused"),
        (400, said("The conversation must end with a user message."), "turns_refused"),
        (
            400,
            said("After the optional system message, conversation roles must alternate user/assistant"),
            "turns_refused",
        ),
        (
            400,
            said("Could not finish the message because max_tokens or model output limit was reached."),
            "reasoning_only",
        ),
        (400, said("default chat template is no longer allowed"), "no_chat_template"),
        (400, said('"gemma:2b" does not support chat'), "no_chat_template"),
        (404, {"error": {"code": "DeploymentNotFound", "message": "No such thing"}}, "deployment_missing"),
        (400, {"error": {"code": "BadRequest", "message": "API version not supported"}}, "api_version_wrong"),
        (404, {"error": {"code": "UnsupportedApiVersion", "message": "x"}}, "api_version_wrong"),
        (400, said("This model's maximum context length is 8192 tokens."), "context_error"),
        (400, said("the request exceeds the available context size, try increasing it"), "context_error"),
        (400, said("Streaming is not supported for this model"), "stream_refused"),
        (404, said("The model `a` does not exist."), "model_not_served"),
        (404, said('model "a" not found, try pulling it first'), "model_not_served"),
        (400, said("/chat/completions: Invalid model name passed in model=a. Call /v1/models"), "model_not_served"),
        (400, said("Model 'a' is not available"), "model_not_served"),
        (400, {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}, "key_wrong"),
        (503, said("Loading model"), "loading"),
        (503, said("Service Unavailable"), "busy"),
        (503, "upstream connect error", "busy"),
        (429, said("Rate limit reached"), "rate_limited"),
        (429, said("No deployments available for selected model, Try again in 5 seconds."), "busy"),
        (500, said("Internal server error"), "server_error"),
        (502, "<html><h1>502 Bad Gateway</h1></html>", "server_error"),
        (404, {"detail": "Not Found"}, "wrong_path"),
        (404, "404 page not found", "wrong_path"),
        (405, {"detail": "Method Not Allowed"}, "wrong_path"),
        (404, "<!DOCTYPE html><title>Not here</title>", "html_answer"),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "bad_request"),
        (400, "", "bad_request"),
        (302, "", "redirect"),
        (200, "<html><body>Sign in</body></html>", "html_answer"),
        (200, said("upstream connect error"), "error_in_200"),
        (200, {"choices": [], "detail": "kept out of it"}, None),
        (200, {"error": None, "choices": []}, None),
        (200, {"error": {}, "data": []}, None),
    ],
)
def test_a_complaint_has_its_code(status: int, body: Any, expected: str | None) -> None:
    assert code(status, body) == expected


@pytest.mark.parametrize(
    ("status", "message", "has_key", "expected"),
    [
        (401, "Incorrect API key provided", True, "key_wrong"),
        (401, "litellm.AuthenticationError: OpenAIException - Invalid API Key", True, "gateway_key_wrong"),
        (401, "litellm.AuthenticationError: OpenAIException - Invalid API Key", False, "gateway_key_wrong"),
        (401, "Authentication Error, Invalid proxy server token passed", True, "key_wrong"),
        (401, "Unauthorized", False, "key_missing"),
        (401, "You didn't provide an API key.", True, "key_missing"),
        (401, "Authentication Error, No api key passed in.", True, "key_missing"),
        (401, "The principal lacks the required data action", True, "key_forbidden"),
        (401, "You have insufficient permissions for this operation. Missing scopes", True, "key_forbidden"),
        (403, "key not allowed to access model", True, "key_forbidden"),
        (403, "Forbidden", True, "key_forbidden"),
        (403, "Forbidden", False, "key_missing"),
        (403, "Your country is not allowed", False, "key_forbidden"),
    ],
)
def test_a_wrong_a_missing_and_a_weak_key_are_told_apart(
    status: int, message: str, has_key: bool, expected: str
) -> None:
    assert code(status, said(message), has_key=has_key) == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "a", "code": "b"}}, "b a"),
        ({"error": {"message": "a", "code": 400}}, "a"),
        ({"error": {"type": "odd"}}, "{'type': 'odd'}"),
        ({"error": "a"}, "a"),
        ({"detail": "a"}, "a"),
        ({"message": "a"}, "a"),
        ({"status": "failure", "message": "Invalid custom host"}, "Invalid custom host"),
        ({"html-message": "Message: fetch failed"}, "Message: fetch failed"),
        ({"detail": [{"msg": "a"}, {"msg": "b"}, 7]}, "a; b"),
        ({"detail": {"error": "a"}}, None),
        ({}, None),
        ([], None),
        ("not JSON", None),
        ("[" * 100_000, None),
    ],
)
def test_the_servers_own_words_are_found(body: Any, words: str | None) -> None:
    assert complaint_of(answer(400, body)) == words


def test_where_a_redirect_leads_is_kept() -> None:
    trouble = trouble_of(answer(308, "", location="https://h/v1"), has_key=True)
    assert trouble
    assert (trouble.location, trouble.status) == ("https://h/v1", 308)


def test_a_complaint_of_a_megabyte_is_read_in_no_time() -> None:
    words = "model max_tokens temperature system role stream api version " * 20_000
    started = time.perf_counter()
    trouble = trouble_of(answer(400, said(words)), has_key=True)
    assert time.perf_counter() - started < 0.5
    assert trouble
    assert len(trouble.words) == WORDS_READ
