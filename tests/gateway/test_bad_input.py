"""What is wrong with a request is told in OpenAI's envelope before any endpoint is asked."""

import json
import time
from typing import Any

import pytest

from app.gateway.app import MOST_BYTES
from tests.fakes.upstream import Upstream
from tests.fixtures.together import together
from tests.gateway.conftest import MESSAGES, Caller, refused

CHAT, FILL, EMBED = "/chat/completions", "/completions", "/embeddings"
TOOL = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


pytestmark = pytest.mark.usefixtures("endpoint")

NESTED = "[" * 100_000
BODIES = [
    (b"", "not JSON"),
    (b"no JSON", "line 1, column 1"),
    (b'{"model": "duo_chat",}', "not JSON"),
    (b'{"model": "duo_chat"', "not JSON"),
    (b"[]", "object"),
    (b"null", "object"),
    (b'"duo_chat"', "object"),
    (b'{"temperature": NaN}', "NaN is no number"),
    (b'{"temperature": -Infinity}', "-Infinity is no number"),
    (b'{"its_own": 1e999}', "1e999"),
    (b'{"seed": ' + b"9" * 5000 + b"}", "digits"),
    (NESTED.encode(), "nested"),
    (('{"a":' * 100_000).encode(), "nested"),
    (('{"its_own":' + "[" * 900 + "]" * 900 + "}").encode(), "nested"),
    (('{"its_own":' + '{"a":' * 300 + "1" + "}" * 300 + "}").encode(), "nested"),
    (b'{"model": "duo_chat\xff"}', "UTF-8"),
    (b'{"model": "duo_chat", "user": "\xed\xa0\x80"}', "UTF-8"),
    ('{"model": "duo_chat"}'.encode("utf-16"), "UTF-8"),
    (b'{"user": "\\ud83d"}', "surrogate"),
    (b'{"\\udc00": 1}', "surrogate"),
]


@together("path", [CHAT, FILL, EMBED])
@together(("body", "words"), BODIES)
def test_a_body_that_is_no_json_object(caller: Caller, upstream: Upstream, path: str, body: bytes, words: str) -> None:
    answer = caller(path, data=body, content_type="application/json")
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_json", None)
    assert words in error["message"]


@together("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_content_type(caller: Caller, upstream: Upstream, kind: str) -> None:
    answer = caller(CHAT, data=json.dumps({"model": "duo_chat", "messages": MESSAGES}), content_type=kind)
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"]) == (415, "not_json")
    assert "Content-Type: application/json" in error["message"]


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_ten_mebibytes_are_the_most(caller: Caller, upstream: Upstream, more: int, status: int) -> None:
    frame = len(json.dumps({"model": "duo_chat:raw", "messages": [{"role": "user", "content": ""}]}))
    said = [{"role": "user", "content": "x" * (MOST_BYTES - frame + more)}]
    answer = caller(CHAT, data=json.dumps({"model": "duo_chat:raw", "messages": said}), content_type="application/json")
    assert answer.status_code == status
    if status == 413:
        error = refused(answer, upstream)
        assert (error["code"], error["message"]) == ("request_too_large", "The body is larger than 10 MiB.")


@pytest.mark.parametrize("count", [4097, 100_000])
def test_too_many_messages_are_refused_quickly(caller: Caller, upstream: Upstream, count: int) -> None:
    started = time.monotonic()
    error = refused(caller.chat(messages=MESSAGES * count), upstream)
    assert (error["param"], f"{count:,}" in error["message"]) == ("messages", True)
    assert time.monotonic() - started < 5


def test_four_thousand_messages_are_answered(caller: Caller, upstream: Upstream) -> None:
    assert caller.chat(messages=MESSAGES * 4096).status_code == 200
    assert len(upstream.bodies[0]["messages"]) == 4097


def test_the_last_of_two_fields_of_one_name_holds(caller: Caller, upstream: Upstream) -> None:
    said = b'"messages": [{"role": "user", "content": "Hi"}]'
    body = b'{"model": "nobody", "model": "duo_chat:raw", "seed": 1, "seed": 2, %b}' % said
    assert caller(CHAT, data=body, content_type="application/json").status_code == 200
    assert upstream.bodies[0]["seed"] == 2


def test_a_mark_of_utf_8_and_escaped_pairs_are_read(caller: Caller, upstream: Upstream) -> None:
    said = b'\xef\xbb\xbf{"model": "duo_chat:raw", "messages": [{"role": "user", "content": "\\ud83d\\ude00"}]}'
    assert caller(CHAT, data=said, content_type="application/json").status_code == 200
    assert upstream.bodies[0]["messages"][0]["content"] == "\N{GRINNING FACE}"


@together(
    ("model", "status", "code"),
    [
        (None, 400, "model_missing"),
        ("", 400, "model_missing"),
        (["duo_chat"], 400, "model_missing"),
        ("duo_chat\r\nX-Evil: 1", 400, "invalid_value"),
        ("duo_chat\0", 400, "invalid_value"),
        ("d" * 256, 400, "invalid_value"),
    ],
)
@together("path", [CHAT, FILL, EMBED])
def test_a_model_that_cannot_be_one(
    caller: Caller, upstream: Upstream, path: str, model: Any, status: int, code: str
) -> None:
    answer = caller(path, {"model": model, "messages": MESSAGES, "prompt": "a", "input": "a"})
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (status, code, "model")
    assert "X-Evil" not in answer.headers
