"""Failures as people see them: a page to a browser, a fragment to htmx, never a trace and never a secret."""

import re

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.domain.errors import Busy, Conflict, InUse, ModelportError, NotFound, RoleMissing, Unavailable
from app.domain.roles import Actor
from app.lib import logs
from app.models.store import Store
from app.web.access import public, signed_in
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

KNOWN = [
    (NotFound("It is gone."), 404),
    (RoleMissing("It needs more."), 403),
    (Conflict("It was changed.", None), 409),
    (InUse("It serves something.", ()), 409),
    (Busy("It is busy.", 7), 429),
    (Unavailable("It is away."), 503),
]


@pytest.fixture
def window(app: Flask, window_of: OpenWindow, vi: Actor) -> Window:
    """A viewer's, on a portal with a page that fails as it is told."""

    @signed_in
    def fail() -> str:
        raise app.config["FAILURE"]

    app.add_url_rule("/fail", "fail", fail)
    return window_of(vi)


@pytest.mark.parametrize(("failure", "status"), KNOWN, ids=lambda value: type(value).__name__)
def test_a_known_failure_says_what_it_says(app: Flask, window: Window, failure: ModelportError, status: int) -> None:
    app.config["FAILURE"] = failure
    page, part = window.get("/fail"), window.get("/fail", fragment=True)
    assert (page.status_code, part.status_code) == (status, status)
    assert failure.message in page.text
    assert failure.message in part.text
    assert (part.headers["HX-Retarget"], part.headers["HX-Reswap"]) == ("#alerts", "innerHTML")
    assert part.headers["HX-Push-Url"] == "false"
    assert "<html" not in part.text


def test_busy_says_when_to_come_back(app: Flask, window: Window) -> None:
    app.config["FAILURE"] = Busy("Slowly.", 7)
    assert window.get("/fail").headers["Retry-After"] == "7"


def test_a_fault_of_ours_shows_a_number_and_nothing_else(
    app: Flask, window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["FAILURE"] = RuntimeError("secret inside")
    for fragment in (False, True):
        caplog.clear()
        answer = window.get("/fail", fragment=fragment)
        assert answer.status_code == 500
        assert "secret inside" not in answer.text
        assert "Traceback" not in answer.text
        number = re.search(r"umber ([\w-]{8,})", answer.text)
        assert number
        assert "unhandled RuntimeError" in caplog.text


def test_the_number_on_the_page_is_the_one_in_the_log(app: Flask, window: Window) -> None:
    seen: list[str] = []

    @public
    def note() -> str:
        seen.append(logs.request_id.get())
        raise RuntimeError

    app.add_url_rule("/note", "note", note)
    answer = window.get("/note")
    assert f"umber {seen[0]}" in answer.text


def test_an_error_page_keeps_the_way_around_unless_the_session_may_be_what_failed(app: Flask, window: Window) -> None:
    app.config["FAILURE"] = NotFound("It is gone.")
    assert 'id="nav"' in window.get("/fail").text
    app.config["FAILURE"] = RuntimeError()
    assert 'id="nav"' not in window.get("/fail").text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("POST", "/livez", 405),
        ("DELETE", "/endpoints", 405),
        ("GET", "/endpoints/draft/test", 405),
    ],
)
def test_wrong_addresses_and_methods_have_pages_too(window: Window, method: str, path: str, status: int) -> None:
    for fragment in (False, True):
        answer = window.open(path, method=method, fragment=fragment)
        assert answer.status_code == status
        assert Page(answer).text.strip()
        assert "Werkzeug" not in answer.text


def test_with_the_database_away_there_is_still_a_page(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_store: Store) -> None:
        raise OperationalError("SELECT", {}, Exception("the disk is gone"))

    monkeypatch.setattr(Store, "read", away)
    for path in ("/endpoints", "/no/such/page"):
        for fragment in (False, True):
            answer = window.get(path, fragment=fragment)
            assert answer.status_code == 500
            assert "Something broke here" in answer.text
            assert "disk" not in answer.text


def test_every_error_carries_the_policy(app: Flask, window: Window) -> None:
    app.config["FAILURE"] = RuntimeError()
    for path in ("/fail", "/no/such/page"):
        headers = window.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
