"""Log lines for people and for collectors."""

import json
import logging
from collections.abc import Iterator

import pytest

from app.lib import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def fail() -> None:
    try:
        raise ValueError("api_key=HUSHhush123")
    except ValueError:
        logging.getLogger("portal").exception("call with %s failed", "Bearer HUSHhush123")


def test_a_json_line_holds_the_traceback_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "json")
    logs.request_id.set("r1")
    fail()
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["logger"], entry["request_id"]) == ("ERROR", "portal", "r1")
    assert "ValueError" in entry["traceback"]
    assert "HUSH" not in json.dumps(entry)


def test_a_text_line_does_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "text")
    fail()
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "HUSH" not in written


def test_the_http_library_does_not_log_its_headers(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG", "text")
    logging.getLogger("httpcore").debug("send_request_headers")
    logging.getLogger("httpcore.http11").debug("send_request_headers")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("style", ["text", "json"])
def test_hostile_words_stay_on_one_line(capsys: pytest.CaptureFixture[str], style: str) -> None:
    logs.configure("INFO", style)
    name = "a\r\nERROR portal forged\u2028x\x85\u202ethgir\x1b[2J\U000e0041 " + "y" * 10_000
    logging.getLogger("portal").warning("%s was added by %s", "Größe", name)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 1
    assert written[:-1].isprintable()
    assert "Größe was added by a\\r\\nERROR" in written
    if style == "json":
        assert json.loads(written)["message"].endswith(name)
