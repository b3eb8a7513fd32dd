"""What is read from Bedrock's answers: text, streams, lists, and complaints."""

import json
from typing import Any

import pytest

from app.clients.bedrock import Bedrock
from app.clients.dialect import Piece, ToolCall, ToolPiece, Trouble, WireError
from app.clients.target import Target
from app.lib import urls
from app.lib.http import Answer
from tests.fakes import bedrock_server as aws
from tests.fakes.bedrock_server import ARN, NAME, PROFILE, TITAN, Reply, error, said
from tests.fakes.eventstream import delta, event, exception, message, streamed

WIRE = Bedrock()
HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"


def target(name: str = NAME) -> Target:
    return Target("bedrock", "", urls.parse(HOST), name, api_key="key-of-a-test")


def received(reply: Reply) -> Answer:
    headers = {"content-type": reply.content_type} | ({"x-amzn-errortype": reply.kind} if reply.kind else {})
    return Answer(reply.status, headers, reply.body, 1, 1)


def answer(status: int, body: Any) -> Answer:
    return received(Reply(status, json.dumps(body).encode()))


def trouble_in(reply: Reply) -> tuple[str, str]:
    found = WIRE.trouble(target(), received(reply))
    assert found
    assert found.status == reply.status
    return found.code, found.words


def test_text_reasoning_and_tools_are_told_apart() -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "Well.", "signature": "x"}}}
    hidden = {"reasoningContent": {"redactedContent": "eA=="}}
    tool = {"toolUse": {"toolUseId": "1", "name": "look", "input": {"at": "it"}}}
    found = WIRE.read_chat(target(), received(said(thought, hidden, {"text": "It "}, {"text": "works."}, tool)))
    assert (found.text, found.reasoning, found.finish, found.model) == ("It works.", "Well.", "stop", "")
    assert (found.prompt_tokens, found.completion_tokens) == (12, 5)
    assert found.tool_calls == (ToolCall("look", '{"at": "it"}', "1"),)


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("of_tomorrow", "of_tomorrow"),
    ],
)
def test_the_end_is_told_in_the_words_the_test_knows(stop: str, finish: str) -> None:
    assert WIRE.read_chat(target(), received(said(stop=stop))).finish == finish
    assert list(WIRE.stream_reader().feed(event("messageStop", stopReason=stop))) == [Piece(finish=finish)]


@pytest.mark.parametrize("body", [None, [], 7, {}, {"output": 7}, {"output": {"message": {"content": "x"}}}])
def test_another_shape_is_no_answer(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_chat(target(), answer(200, body))
    assert caught.value.trouble.code == "bad_json"


@pytest.mark.parametrize("block", [None, 7, {}, {"text": None}, {"reasoningContent": 7}, {"toolUse": "x"}])
def test_a_block_of_another_shape_says_nothing(block: Any) -> None:
    found = WIRE.read_chat(target(), answer(200, {"output": {"message": {"content": [block]}}}))
    assert (found.text, found.reasoning, found.tool_calls) == ("", "", ())
    assert list(WIRE.stream_reader().feed(event("contentBlockDelta", delta=block))) == [Piece()]


def test_a_stream_is_read_event_by_event_and_nothing_after_its_end() -> None:
    reader = WIRE.stream_reader()
    found = list(reader.feed(b"".join(streamed("It ", "works."))))
    empty = Piece()
    end = Piece(done=True, prompt_tokens=12, completion_tokens=5)
    assert found == [empty, Piece("It "), Piece("works."), empty, Piece(finish="stop"), end]
    assert list(reader.feed(delta(text="more"))) == []


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (delta(reasoningContent={"text": "Well."}), Piece(reasoning="Well.")),
        (delta(reasoningContent={"signature": "x"}), Piece()),
        (delta(toolUse={"input": "{"}), Piece(tools=(ToolPiece(0, "{"),))),
        (delta(toolUse={"input": ""}), Piece()),
        (
            event("contentBlockStart", contentBlockIndex=2, start={"toolUse": {"toolUseId": "t1", "name": "look"}}),
            Piece(tools=(ToolPiece(2, "", "look", "t1"),)),
        ),
        (event("ofTomorrow"), Piece()),
        (exception("throttlingException", "Slow"), Piece(failed=Trouble("rate_limited", "Slow"))),
        (exception("serviceUnavailableException", "Oh"), Piece(failed=Trouble("busy", "Oh"))),
        (exception("modelStreamErrorException", "Oh"), Piece(failed=Trouble("server_error", "Oh"))),
        (exception("internalServerException", "Oh"), Piece(failed=Trouble("server_error", "Oh"))),
        (
            exception("validationException", "Input is too long."),
            Piece(failed=Trouble("context_error", "Input is too long.")),
        ),
        (exception("validationException", "Oh"), Piece(failed=Trouble("error_in_200", "Oh"))),
        (
            message({":message-type": "exception", ":exception-type": "a"}, b"\xff"),
            Piece(failed=Trouble("error_in_200", "\ufffd")),
        ),
        (
            message({":message-type": "error", ":error-code": "ThrottlingException", ":error-message": "Slow"}),
            Piece(failed=Trouble("rate_limited", "Slow")),
        ),
    ],
)
def test_an_event_is_text_reasoning_a_failure_or_nothing(frame: bytes, expected: Piece) -> None:
    assert list(WIRE.stream_reader().feed(frame)) == [expected]


def test_what_the_cache_took_counts_among_the_prompt() -> None:
    usage = {"inputTokens": 3, "cacheReadInputTokens": 500, "cacheWriteInputTokens": 40, "outputTokens": 5}
    body = {"output": {"message": {"content": []}}, "usage": usage}
    assert WIRE.read_chat(target(), answer(200, body)).prompt_tokens == 543
    (piece,) = WIRE.stream_reader().feed(event("metadata", usage=usage))
    assert piece == Piece(done=True, prompt_tokens=543, completion_tokens=5)


@pytest.mark.parametrize(
    "chunk",
    [
        b"data: {}\n\n" * 3,
        message({":message-type": "of_tomorrow"}),
        message({":message-type": "event", ":event-type": "contentBlockDelta"}, b"{"),
        message({":message-type": "event", ":event-type": "messageStop"}, b"[]"),
    ],
)
def test_what_is_no_event_of_this_protocol_is_refused(chunk: bytes) -> None:
    with pytest.raises(WireError) as caught:
        list(WIRE.stream_reader().feed(chunk))
    assert caught.value.trouble.code == "stream_not_sse"


def listed(path: Reply, name: str = NAME) -> list[str]:
    return [each.name for each in WIRE.read_list(target(name), received(path))]


def test_a_model_that_needs_a_profile_is_listed_as_one_and_what_is_no_text_is_left_out() -> None:
    assert listed(aws.models_listed({})) == [NAME, PROFILE, TITAN]


def test_profiles_are_listed_as_they_were_asked_for() -> None:
    assert listed(aws.profiles_listed({}), PROFILE) == [PROFILE]
    assert listed(aws.profiles_listed({"type": ["APPLICATION"]}), ARN) == [ARN]


@pytest.mark.parametrize(
    "row", [None, 7, {}, {"modelId": 7}, {"modelId": ""}, {"modelId": "a\nb"}, {"modelId": "x" * 256}]
)
def test_rows_that_nobody_could_call_are_left_out(row: Any) -> None:
    assert WIRE.read_list(target(), answer(200, {"modelSummaries": [row]})) == ()


def test_a_row_that_says_little_is_taken_for_a_model_on_demand() -> None:
    assert [each.name for each in WIRE.read_list(target(), answer(200, {"modelSummaries": [{"modelId": "a"}]}))] == [
        "a"
    ]


@pytest.mark.parametrize("body", [None, [], {}, {"data": []}, {"modelSummaries": 7}])
def test_another_shape_is_no_list(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_list(target(), answer(200, body))
    assert caught.value.trouble.code == "model_list_malformed"


@pytest.mark.parametrize(
    ("status", "kind", "words", "code"),
    [
        (400, "ValidationException", "A conversation must start with a user message.", "bad_request"),
        (400, "ValidationException", "The provided model identifier is invalid.", "model_not_served"),
        (400, "ValidationException", "With on-demand throughput isn\u2019t supported.", "needs_inference_profile"),
        (400, "ValidationException", "With on-demand throughput isn't supported.", "needs_inference_profile"),
        (400, "ValidationException", "This model doesn't support system messages.", "system_unsupported"),
        (400, "ValidationException", "`temperature` is deprecated for this model.", "temperature_unsupported"),
        (400, "ValidationException", "Input is too long for requested model.", "context_error"),
        (400, "ValidationException", "The model is unsupported for streaming.", "stream_refused"),
        (400, "ServiceQuotaExceededException", "Too many.", "rate_limited"),
        (403, "AccessDeniedException", "You don't have access to the model.", "model_access_missing"),
        (403, "AccessDeniedException", "User: a is not authorized to perform: bedrock:InvokeModel", "invoke_denied"),
        (403, "AccessDeniedException", "a is not authorized to perform: bedrock:CallWithBearerToken", "key_forbidden"),
        (403, "AccessDeniedException", "No.", "key_forbidden"),
        (403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.", "key_wrong"),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid.", "key_wrong"),
        (403, "InvalidSignatureException", "The request signature we calculated does not match.", "key_wrong"),
        (403, "InvalidSignatureException", "Credential should be scoped to a valid region. ", "region_wrong"),
        (403, "InvalidSignatureException", "Signature expired: 1 is now earlier than 2", "clock_skew"),
        (403, "InvalidSignatureException", "Signature not yet current: 2 is still later than 1", "clock_skew"),
        (403, "ExpiredTokenException", "The security token included in the request is expired", "key_expired"),
        (403, "MissingAuthenticationTokenException", "Missing Authentication Token", "key_missing"),
        (404, "ResourceNotFoundException", "Model use case details have not been submitted.", "use_case_missing"),
        (404, "ResourceNotFoundException", "Not found.", "model_not_served"),
        (408, "ModelTimeoutException", "Processing took too long.", "busy"),
        (424, "ModelErrorException", "The model failed.", "server_error"),
        (429, "ThrottlingException", "Too many tokens, please wait.", "rate_limited"),
        (429, "ModelNotReadyException", "Not ready to serve.", "loading"),
        (500, "InternalServerException", "Oh.", "server_error"),
        (503, "ServiceUnavailableException", "Oh.", "busy"),
    ],
)  # fmt: skip
def test_an_error_has_its_code(status: int, kind: str, words: str, code: str) -> None:
    assert trouble_in(error(status, kind, words)) == (code, words)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"__type": "com.amazon.coral.service#ThrottlingException", "message": "Slow"}, "rate_limited"),
        ({"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}, "wrong_path"),
        ({"Message": "Authentication failed: Please make sure your API Key is valid."}, "key_wrong"),
        ({"message": "Forbidden"}, "key_forbidden"),
        ([], "key_forbidden"),
        ({"__type": 7, "message": 7}, "key_forbidden"),
    ],
)
def test_an_error_without_the_header_is_known_too(body: Any, code: str) -> None:
    assert trouble_in(Reply(403, json.dumps(body).encode()))[0] == code


def test_a_wrong_signature_is_told_without_the_request_that_aws_repeats() -> None:
    words = "It does not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:IQo'"
    assert trouble_in(error(403, "InvalidSignatureException", words)) == ("key_wrong", "It does not match.")


def test_a_web_page_is_no_answer() -> None:
    assert trouble_in(Reply(200, b"<html></html>", content_type="text/html"))[0] == "html_answer"
