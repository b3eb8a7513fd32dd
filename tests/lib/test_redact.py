"""No secret reaches a log."""

import base64
import io
import json
import logging
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from app.lib import redact
from app.lib.redact import MASK, RedactingFilter, scrub

KEY = 'pa"ss/wört+9&x\\1'


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer HUSHhush123",
        "authorization: Basic HUSHhush123==",
        "headers={'Authorization': 'Bearer HUSHhush123', 'x': '1'}",
        "[(b'Authorization', b'Bearer HUSHhush123'), (b'x', b'1')]",
        "Proxy-Authorization: Basic HUSHhush123==",
        "api-key: HUSHhush123",
        "x-api-key=HUSHhush123 next",
        "(b'x-goog-api-key', b'HUSHhush123')",
        "PRIVATE-TOKEN: HUSHhush123",
        "Cookie: session=HUSHhush123; other=HUSHhush123",
        "set-cookie: s=HUSHhush123; Path=/",
        "GET /v1/models?key=HUSHhush123&x=1 HTTP/1.1",
        "GET /v1/models?x=1&api_key=HUSHhush123",
        "/cb?code=HUSHhush123&state=1",
        "?token=HUSHhush123",
        "?access_token=HUSHhush123#x",
        "postgresql://ada:HUSHhush123@db.test/x",
        "http://ada:HUSH%20hush123@proxy.test:3128",
        '{"api_key": "HUSHhush123", "a": 1}',
        '{"apiKey":"HUSHhush123"}',
        '{"client_secret": "HUSHhush123"}',
        '{"token": "HUSHhush123"}',
        r'"{\"api_key\": \"HUSHhush123\"}"',
        "Endpoint(name='a', api_key='HUSHhush123')",
        "password=HUSHhush123",
        "code_verifier=HUSHhush123",
        "the key sk-HUSHhush123 is wrong",
        "Incorrect API key provided: sk-proj-HUSHhush123_a-b.",
        "glpat-HUSHhush123HUSHhush12",
        "glrt-HUSHhush123HUSHhush12",
        "ghp_HUSHhush123HUSHhush12",
        "mp_0123456789abcdefghijkl_HUSHhush123HUSHhush12HUSHhush12",
        "hf_HUSHhush123HUSHhush12",
        "nvapi-HUSHhush123HUSHhush12",
        "eyJHUSHhush123.eyJHUSHhush123.HUSHhush123",
        "-----BEGIN PRIVATE KEY-----\nHUSHhush123\nHUSHhush123\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nHUSHhush123 cut off",
        "Bearer HUSHhush123 was refused",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "HUSH" not in scrub(text)
    assert MASK in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /features/duo_chat 200 in 12 ms",
        "Basic authentication is not offered, 3 tokens used",
        "the token was revoked; its key is unknown",
        "endpoint alpha: step tls failed with tls_unknown_ca",
        "http://models.test:8000/v1 answered",
        "max_tokens=100 temperature=0",
        "task-force-sk and ask-me-anything-now",
        "connect to [fd00::5]:8000 refused",
    ],
)
def test_ordinary_lines_stay_readable(text: str) -> None:
    assert scrub(text) == text


@pytest.fixture
def known() -> Iterator[None]:
    redact.register(KEY)
    yield
    redact.forget(KEY)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "form",
    [
        KEY,
        quote(KEY, safe=""),
        json.dumps(KEY)[1:-1],
        json.dumps(KEY, ensure_ascii=False)[1:-1],
        repr(KEY)[1:-1],
        base64.b64encode(KEY.encode()).decode(),
        base64.urlsafe_b64encode(KEY.encode()).decode(),
        base64.b64encode(f"a:{KEY}".encode()).decode(),
        base64.b64encode(f"ab:{KEY}:c".encode()).decode(),
        base64.b64encode(f"abc:{KEY}".encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_in_every_form(form: str) -> None:
    masked = scrub(f"before {form} after")
    assert form[7:13] not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_a_secret_is_known_until_each_registration_is_forgotten() -> None:
    redact.register("zanzibar")
    redact.register("zanzibar")
    redact.forget("zanzibar")
    assert scrub("zanzibar") == MASK
    redact.forget("zanzibar")
    assert scrub("zanzibar") == "zanzibar"


def test_forgetting_what_was_never_known_changes_nothing() -> None:
    redact.register("zanzibar")
    redact.forget("zanzibar-2")
    redact.forget("elsewhere")
    assert scrub("zanzibar") == MASK
    redact.forget("zanzibar")


def test_short_secrets_would_hit_ordinary_words() -> None:
    redact.register("the")
    assert scrub("the end") == "the end"


def test_a_thousand_secrets_do_not_slow_the_log() -> None:
    secrets = [f"q{number:05}{number * 7919:08x}" for number in range(1000)]
    for secret in secrets:
        redact.register(secret)
    started = time.perf_counter()
    for _ in range(100):
        scrub("INFO endpoint alpha answered 200 in 123 ms with 456 tokens " * 3)
    assert time.perf_counter() - started < 0.5
    for secret in secrets:
        redact.forget(secret)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    yield logger, out
    handler.close()


def test_message_and_arguments_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, out = log
    logger.info("headers %s of %d", {"Authorization": "Bearer HUSHhush123"}, 7)
    logger.info("key %(k)s", {"k": "sk-HUSHhush123"})
    assert "HUSH" not in out.getvalue()
    assert "of 7" in out.getvalue()


def test_exceptions_are_masked_with_their_causes(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, out = log
    try:
        try:
            raise ValueError("api_key=HUSHhush123")
        except ValueError as error:
            raise RuntimeError("Bearer HUSHhush123") from error
    except RuntimeError:
        logger.exception("failed", stack_info=True)
    assert "HUSH" not in out.getvalue()
    assert "RuntimeError" in out.getvalue()
    assert "ValueError" in out.getvalue()
    assert "test_redact.py" in out.getvalue()


def test_a_line_whose_arguments_do_not_fit_is_still_written(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, out = log
    logger.info("%d keys: sk-HUSHhush123", "many")
    assert "HUSH" not in out.getvalue()
    assert "keys" in out.getvalue()
