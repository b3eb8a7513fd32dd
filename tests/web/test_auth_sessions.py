"""Sessions in practice: what the cookie says, what each request costs, and when it is over."""

import re
from datetime import timedelta

import pytest
from flask import Flask, Response, session
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.config import Settings
from app.models.sign_in import SignInSession
from app.web.access import public
from tests.fakes.front_door import Browser, Statements, browser, ports_of
from tests.fakes.mock_op import MockOp
from tests.fixtures.portal import Build


def age(app: Flask, **columns: timedelta) -> None:
    """Move times of every session into the past."""
    now = ports_of(app).clock()
    with ports_of(app).store.write() as session:
        session.execute(update(SignInSession).values({name: now - gap for name, gap in columns.items()}))


def sessions(app: Flask) -> int:
    with ports_of(app).store.read() as session:
        return session.execute(select(func.count()).select_from(SignInSession)).scalar_one()


@pytest.fixture
def ada_signed_in(portal: Flask, op: MockOp) -> Browser:
    ada = browser(portal)
    ada.sign_in(op)
    return ada


def test_an_idle_session_is_over(portal: Flask, ada_signed_in: Browser) -> None:
    age(portal, last_seen_at=timedelta(minutes=29))
    assert ada_signed_in.is_signed_in
    age(portal, last_seen_at=timedelta(minutes=31))
    assert not ada_signed_in.is_signed_in


def test_a_session_is_over_after_twelve_hours_whatever_happens(portal: Flask, ada_signed_in: Browser) -> None:
    age(portal, created_at=timedelta(hours=11, minutes=59))
    assert ada_signed_in.is_signed_in
    age(portal, created_at=timedelta(hours=12))
    assert not ada_signed_in.is_signed_in


def test_the_settings_set_both_limits(build: Build, signing_in: Settings, op: MockOp) -> None:
    strict = build(signing_in.model_copy(update={"session_idle_minutes": 5, "session_max_hours": 1}))
    for aged in ({"last_seen_at": timedelta(minutes=6)}, {"created_at": timedelta(minutes=61)}):
        ada = browser(strict)
        ada.sign_in(op)
        age(strict, **aged)
        assert not ada.is_signed_in


def test_sessions_that_ended_are_removed_at_the_next_sign_in(portal: Flask, op: MockOp) -> None:
    for _ in range(3):
        browser(portal).sign_in(op)
    age(portal, last_seen_at=timedelta(minutes=31))
    browser(portal).sign_in(op)
    assert sessions(portal) == 1


def test_a_request_reads_the_session_once_and_writes_nothing(portal: Flask, ada_signed_in: Browser) -> None:
    with Statements(portal) as statements:
        ada_signed_in.get("/settings/identity?x")
        ada_signed_in.get("/help")
    assert statements.about("sign_in_session").count("UPDATE") == 0
    assert statements.about("sign_in_session").count("SELECT") == 4  # one each, and two of the page about sessions


def test_static_files_and_health_ask_for_no_session(portal: Flask, ada_signed_in: Browser) -> None:
    with Statements(portal) as statements:
        ada_signed_in.get("/static/app.css").close()
        ada_signed_in.get("/livez")
    assert statements.seen == []


def test_the_last_use_is_written_once_a_minute(portal: Flask, ada_signed_in: Browser) -> None:
    age(portal, last_seen_at=timedelta(seconds=61))
    with Statements(portal) as statements:
        for _ in range(3):
            ada_signed_in.get("/help")
    assert statements.about("sign_in_session").count("SELECT") == 3
    assert sum(each.startswith("UPDATE") for each in statements.seen) == 1


@pytest.mark.parametrize("value", ["", "x", "a" * 42, "a" * 44, "a" * 42 + "!", "../" * 15])
def test_a_cookie_that_is_none_of_ours_costs_no_statement(portal: Flask, value: str) -> None:
    stranger = browser(portal)
    stranger.client.set_cookie("modelport", value, domain="127.0.0.1")
    with Statements(portal) as statements:
        assert stranger.get("/help").status_code == 302
    assert statements.about("sign_in_session") == []


def test_strangers_leave_no_rows(portal: Flask) -> None:
    stranger = browser(portal)
    for path in ("/", "/auth/login", "/nowhere", "/auth/signed-out"):
        stranger.get(path)
    assert sessions(portal) == 0
    assert stranger.cookie() is None


def test_what_is_stored_for_a_stranger_stays_apart_from_who_signs_in(portal: Flask, op: MockOp) -> None:
    @portal.get("/keep")
    @public
    def keep() -> Response:
        session["kept"] = "yes"
        return Response(status=204)

    @portal.get("/show")
    @public
    def show() -> str:
        return str(session.get("kept"))

    ada = browser(portal)
    ada.get("/keep")
    anonymous = ada.cookie()
    assert (ada.get("/show").text, sessions(portal), ada.is_signed_in) == ("yes", 1, False)
    ada.sign_in(op)
    assert (ada.get("/show").text, sessions(portal)) == ("None", 1)
    assert ada.cookie() != anonymous


def test_the_database_cannot_be_turned_into_a_cookie(portal: Flask, ada_signed_in: Browser) -> None:
    with ports_of(portal).store.read() as session:
        row = session.execute(select(SignInSession)).scalar_one()
    values = [str(value) for value in vars(row).values()]
    cookie = ada_signed_in.cookie()
    assert cookie
    assert not any(cookie in value for value in values)
    # Three letters alone come up by chance in what is sealed.
    assert not any(re.search(r"eyJ[\w-]+\.eyJ", value) for value in values)
    thief = browser(portal)
    thief.client.set_cookie("modelport", row.id[:43], domain="127.0.0.1")
    assert not thief.is_signed_in


def test_answers_to_a_signed_in_person_are_not_for_caches(ada_signed_in: Browser) -> None:
    answer = ada_signed_in.get("/settings/identity")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("public_url", "mode", "session_cookie", "attributes"),
    [
        ("", "same-site", "modelport", {"httponly", "path=/", "samesite=lax"}),
        ("", "cross-site", "modelport", {"httponly", "path=/", "samesite=lax"}),
        (
            "https://modelport.example",
            "same-site",
            "__Host-modelport",
            {"secure", "httponly", "path=/", "samesite=lax"},
        ),
        (
            "https://modelport.example",
            "cross-site",
            "__Host-modelport",
            {"secure", "httponly", "path=/", "samesite=none", "partitioned"},
        ),
    ],
)
def test_the_cookies_attributes(
    build: Build,
    signing_in: Settings,
    op: MockOp,
    public_url: str,
    mode: str,
    session_cookie: str,
    attributes: set[str],
) -> None:
    ada = browser(build(signing_in.model_copy(update={"public_url": public_url, "cookie_mode": mode})))
    leaving = ada.get("/auth/login?go=1")
    arriving = ada.come_back(op, leaving.headers["Location"])
    assert cookie_attributes(arriving, session_cookie) == attributes
    first_party = (attributes - {"samesite=none", "partitioned"}) | {"samesite=lax", "max-age=600"}
    assert cookie_attributes(leaving, f"{session_cookie}-login") == first_party


def cookie_attributes(answer: TestResponse, name: str) -> set[str]:
    """The attributes of one cookie in lower case, without its date."""
    line = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{name}="))
    parts = {part.strip().lower() for part in line.split(";")[1:]}
    return {part for part in parts if not part.startswith("expires=")}
