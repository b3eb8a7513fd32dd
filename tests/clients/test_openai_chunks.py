"""Answers as callers of the gateway get them, read again: texts, calls, and what is none of these."""

import json

import pytest

from app.clients.dialect import ToolCall
from app.clients.openai_chunks import ChunkReader, ReadAnswer, read_whole


def event(**delta: object) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


def read(*chunks: bytes) -> ReadAnswer:
    reader = ChunkReader()
    for each in chunks:
        reader.feed(each)
    return reader.answer


def test_a_text_is_put_together_however_the_stream_was_cut() -> None:
    stream = event(role="assistant") + event(content="Hé") + event(content="llo") + b"data: [DONE]\n\n"
    assert read(stream).text == read(*(stream[at : at + 1] for at in range(len(stream)))).text == "Héllo"


def test_calls_are_put_together_by_their_numbers() -> None:
    parts = [
        event(tool_calls=[{"index": 0, "function": {"name": "read_file", "arguments": '{"a"'}}]),
        event(tool_calls=[{"index": 1, "function": {"name": "list", "arguments": "{}"}}]),
        event(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}]),
    ]
    assert read(*parts).tool_calls == (ToolCall("read_file", '{"a": 1}'), ToolCall("list", "{}"))


def test_the_first_token_may_be_one_of_reasoning() -> None:
    answer = read(event(role="assistant", content=""))
    assert not answer.began
    assert read(event(reasoning_content="Hm")).began


def test_an_error_event_is_kept() -> None:
    assert read(event(content="It"), b'data: {"error": {"message": "gone"}}\n\n').failed == "gone"


@pytest.mark.parametrize(
    "data",
    [b"data: no json\n\n", b"data: []\n\n", b'data: {"choices": [7]}\n\n', b": tick\n\n", b'data: {"choices": []}\n\n'],
)
def test_an_event_of_another_shape_says_nothing(data: bytes) -> None:
    assert read(data) == ReadAnswer()


def test_an_event_without_an_end_is_not_kept_for_ever() -> None:
    assert read(b"data: " + b"x" * (2 << 20)).failed


def test_a_whole_answer_is_read_alike() -> None:
    message = {"content": "Yes", "tool_calls": [{"function": {"name": "list", "arguments": {"a": 1}}}]}
    answer = read_whole(json.dumps({"choices": [{"message": message}]}).encode())
    assert (answer.text, answer.tool_calls) == ("Yes", (ToolCall("list", '{"a": 1}'),))
    assert read_whole(b"<html>") == read_whole(b'{"choices": null}') == ReadAnswer()
