"""Signing in for a frame, as the server sees it: what is refused, what is framed, and what each page says."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.config import Settings
from app.domain.sessions import digest
from app.models.sign_in import SignInHandoff, SignInTransaction
from tests.fakes.front_door import Browser, browser, ports_of
from tests.fakes.mock_op import Lies, MockOp
from tests.fixtures.portal import Build
from tests.web.test_auth_sessions import cookie_attributes

HOST = "https://gitlab.acme.example"
IN_FRAME = {"Sec-Fetch-Dest": "iframe"}
VERIFIER = "the-verifier-that-the-frame-alone-knows-abc"
CHALLENGE = digest(VERIFIER)


@pytest.fixture
def framed(build: Build, signing_in: Settings) -> Flask:
    """A portal in a frame of another site."""
    values = {"public_url": "https://portal.example", "embed_origins": (HOST,), "cookie_mode": "cross-site"}
    return build(signing_in.model_copy(update=values))


def window(app: Flask, op: MockOp, query: str = f"h={CHALLENGE}&in={HOST}") -> TestResponse:
    """What the sign-in window ends with."""
    popup = browser(app)
    return popup.come_back(op, popup.get(f"/auth/embed/start?{query}").headers["Location"])


def code_in(page: TestResponse) -> str:
    found = re.search(r'data-code="([\w-]{43})"', page.text)
    assert found
    return found[1]


def hand_over(frame: Browser, code: str, verifier: str = VERIFIER, **options: Any) -> TestResponse:
    return frame.post("/auth/embed/handoff", data={"code": code, "verifier": verifier}, **options)


def test_a_window_hands_its_sign_in_to_the_frame_and_keeps_none_itself(framed: Flask, op: MockOp) -> None:
    frame, popup = browser(framed), browser(framed)
    page = popup.come_back(op, popup.get(f"/auth/embed/start?h={CHALLENGE}").headers["Location"])
    assert "Ada Admin" in page.text
    assert HOST in page.text
    assert popup.cookie("__Host-modelport") is None
    answer = hand_over(frame, code_in(page))
    assert answer.status_code == 204
    assert cookie_attributes(answer, "__Host-modelport") == {
        "secure", "httponly", "path=/", "samesite=none", "partitioned",
    }  # fmt: skip
    state = frame.get("/auth/embed/state").json
    assert state is not None
    assert (state["signed_in"], state["name"]) == (True, "Ada Admin")
    written = {"X-CSRFToken": state["token"], "Referer": f"{frame.origin}/"}
    assert frame.post("/theme", headers=written, data={"theme": "dark"}).status_code == 303
    assert popup.get("/auth/embed/state").json == {"signed_in": False}


def test_a_code_works_once_for_its_own_frame_and_for_a_minute(framed: Flask, op: MockOp) -> None:
    code = code_in(window(framed, op))
    assert hand_over(browser(framed), code).status_code == 204
    wrong = code_in(window(framed, op))
    late = code_in(window(framed, op))
    with ports_of(framed).store.write() as session:
        past = ports_of(framed).clock() - timedelta(seconds=61)
        session.execute(update(SignInHandoff).where(SignInHandoff.id == digest(late)).values(created_at=past))
    for case, sent in {
        "replayed": (code, VERIFIER),
        "wrong verifier": (wrong, "x" * 43),
        "late": (late, VERIFIER),
    }.items():
        frame = browser(framed)
        answer = hand_over(frame, *sent)
        assert (answer.status_code, frame.cookie("__Host-modelport")) == (400, None), case
    for form in ({}, {"code": "", "verifier": ""}, {"code": wrong, "verifier": VERIFIER}):
        assert browser(framed).post("/auth/embed/handoff", data=form).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": HOST},
        {"Origin": "null"},
        {},
    ],
)
def test_only_a_page_of_ours_may_redeem(framed: Flask, op: MockOp, headers: Mapping[str, str]) -> None:
    code, frame = code_in(window(framed, op)), browser(framed)
    assert hand_over(frame, code, own=False, headers=dict(headers)).status_code == 403
    assert hand_over(frame, code).status_code == 204


@pytest.mark.parametrize("path", ["/endpoints", "/auth/login?next=/endpoints", "/auth/login?go=1&next=/endpoints"])
def test_a_frame_is_never_sent_to_the_provider(framed: Flask, path: str) -> None:
    frame, steps = browser(framed), 0
    answer = frame.get(path, headers=IN_FRAME)
    while answer.status_code == 302:
        steps += 1
        assert answer.headers["Location"].startswith("/auth/")
        answer = frame.get(answer.headers["Location"], headers=IN_FRAME)
    assert (answer.status_code, steps <= 2) == (200, True)
    assert 'data-going="/endpoints"' in answer.text
    assert 'href="/endpoints"' in answer.text
    assert f"frame-ancestors {HOST};" in answer.headers["Content-Security-Policy"]
    assert frame.get(f"/auth/embed/start?h={CHALLENGE}", headers=IN_FRAME).headers["Location"] == "/auth/embed"


def test_the_windows_pages_stay_out_of_frames_and_in_touch_with_their_opener(framed: Flask, op: MockOp) -> None:
    popup = browser(framed)
    start = popup.get(f"/auth/embed/start?h={CHALLENGE}")
    done = popup.come_back(op, start.headers["Location"])
    op.lies = Lies(answer={"error": "access_denied"})
    failed = popup.come_back(op, popup.get(f"/auth/embed/start?h={CHALLENGE}").headers["Location"])
    for answer in (start, done, failed):
        assert answer.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert f"/auth/embed/start?h={CHALLENGE}" in failed.text
    # Every other page and every other return keeps to itself.
    op.lies = Lies()
    usual = browser(framed)
    for answer in (usual.sign_in(op), usual.get("/auth/embed"), usual.get("/settings/identity")):
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in usual.get("/auth/callback").headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", ["h=short", f"h={CHALLENGE.upper()}", f"h={CHALLENGE}0", "h=%00"])
def test_a_challenge_that_is_none_opens_nothing(framed: Flask, query: str) -> None:
    assert browser(framed).get(f"/auth/embed/start?{query}").status_code == 400


@pytest.mark.parametrize("named", ["https://evil.example", "javascript:1", "", f"{HOST}.evil.example"])
def test_the_last_page_names_no_site_that_may_not_frame_us(
    build: Build, signing_in: Settings, op: MockOp, named: str
) -> None:
    origins = (HOST, "https://git.acme.example")
    app = build(signing_in.model_copy(update={"public_url": "https://portal.example", "embed_origins": origins}))
    page = window(app, op, f"h={CHALLENGE}&in={named}").text
    assert "inside the page that opened this window" in page
    assert "evil" not in page
    assert HOST in window(app, op, f"h={CHALLENGE}&in={HOST}").text


def test_proving_it_again_asks_the_provider_to_ask_and_takes_nobody_else(framed: Flask, op: MockOp) -> None:
    frame = browser(framed)
    hand_over(frame, code_in(window(framed, op)))
    before = frame.cookie("__Host-modelport")
    popup = browser(framed)
    address = popup.get(f"/auth/embed/start?h={CHALLENGE}&for=step_up").headers["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    again = frame.get("/auth/login?step_up=1&go=1&next=/tokens", headers=IN_FRAME).headers["Location"]
    assert 'data-start="/auth/embed/start?for=step_up"' in frame.get(again, headers=IN_FRAME).text
    op.person |= {"sub": "eve", "name": "Eve"}
    answer = hand_over(frame, code_in(popup.come_back(op, address)))
    assert (answer.status_code, frame.cookie("__Host-modelport")) == (403, before)
    op.person |= {"sub": "ada", "name": "Ada Admin"}
    popup = browser(framed)
    address = popup.get(f"/auth/embed/start?h={CHALLENGE}&for=step_up").headers["Location"]
    assert hand_over(frame, code_in(popup.come_back(op, address))).status_code == 204
    assert frame.cookie("__Host-modelport") != before


def test_a_full_page_that_proves_it_again_says_who_has_to_come_back(framed: Flask, op: MockOp) -> None:
    ada = browser(framed)
    back = ada.come_back(op, ada.get("/auth/embed/start").headers["Location"])
    assert back.headers["Location"] == f"/auth/embed/done?in={HOST}"
    assert "go back to the page" in ada.get("/auth/embed/done").text
    ada.get("/auth/embed/start?for=step_up")
    with ports_of(framed).store.read() as session:
        kept = session.execute(select(SignInTransaction.purpose, SignInTransaction.person, SignInTransaction.challenge))
        assert kept.one() == ("step_up", f"{op.issuer} ada", "")


def test_a_framed_page_has_a_menu_in_place_of_the_bar_and_a_way_out(framed: Flask, op: MockOp) -> None:
    frame = browser(framed)
    hand_over(frame, code_in(window(framed, op)))
    page = frame.get("/endpoints?page=1", headers=IN_FRAME).text
    assert '<body class="mp-embed">' in page
    assert "mp-top" not in page
    assert f'<meta name="modelport-frame" content="{HOST}">' in page
    assert re.search(r'href="/endpoints\?page=1"[^>]*target="_blank"[^>]*>.*Open in Modelport', page)
    assert all(f'href="{path}"' in page for path in ("/features", "/audit", "/help"))
    whole = frame.get("/endpoints", headers={"Sec-Fetch-Dest": "document"}).text
    assert "mp-top" in whole
    assert "modelport-frame" not in whole
    # What htmx fetches says it by a header of ours, a step back in history included.
    back = {"HX-History-Restore-Request": "true", "Sec-Fetch-Dest": "empty", "Modelport-Frame": "1"}
    assert "mp-embed" in frame.get("/endpoints", headers=back).text


def test_in_the_place_of_a_page_that_stands_in_no_frame_there_is_a_way_to_it(framed: Flask, op: MockOp) -> None:
    frame = browser(framed)
    hand_over(frame, code_in(window(framed, op)))
    for path in ("/settings", "/settings/tokens", "/settings/egress"):
        answer = frame.get(path, headers=IN_FRAME)
        assert answer.status_code == 200
        assert f"frame-ancestors {HOST}" in answer.headers["Content-Security-Policy"]
        assert f'href="{path}"' in answer.text
        assert "This page opens in a tab of its own" in answer.text
        alone = frame.get(path, headers={"Sec-Fetch-Dest": "document"})
        assert "frame-ancestors 'none'" in alone.headers["Content-Security-Policy"]


def test_signing_out_in_a_frame_offers_the_providers_page_in_a_window(framed: Flask, op: MockOp) -> None:
    frame = browser(framed)
    hand_over(frame, code_in(window(framed, op)))
    state = frame.get("/auth/embed/state").json
    assert state
    answer = frame.post(
        "/auth/logout", headers={**IN_FRAME, "Referer": frame.origin}, data={"csrf_token": state["token"]}
    )
    assert (answer.status_code, frame.is_signed_in) == (200, False)
    assert "http-equiv" not in answer.text
    assert re.search(rf'href="{op.issuer}/leave\?[^"]*"[^>]*target="_blank"', answer.text)


def test_an_ended_session_asks_in_place_and_tells_the_window_what_for(framed: Flask) -> None:
    part = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Current-URL": "https://portal.example/endpoints/new",
    }
    page = browser(framed).post("/endpoints/new", headers={**part, "Modelport-Frame": "1"})
    assert (page.status_code, page.headers["HX-Retarget"]) == (401, "#session")
    assert 'data-start="/auth/embed/start"' in page.text
    assert "data-going" not in page.text
    assert re.search(r'href="/endpoints/new"[^>]*target="_blank"[^>]*>.*Open in a full page', page.text)


@pytest.mark.parametrize(("allowed", "top"), [(False, True), (True, False)])
def test_storage_access_needs_a_cookie_of_full_pages_that_is_not_partitioned(
    build: Build, signing_in: Settings, op: MockOp, allowed: bool, top: bool
) -> None:
    values = {"public_url": "https://portal.example", "embed_origins": (HOST,), "cookie_mode": "cross-site"}
    app = build(signing_in.model_copy(update={**values, "storage_access": allowed}))
    assert ("partitioned" in cookie_attributes(browser(app).sign_in(op), "__Host-modelport")) is top
    frame = browser(app)
    assert "partitioned" in cookie_attributes(hand_over(frame, code_in(window(app, op))), "__Host-modelport")
    assert ("data-storage" in browser(app).get("/auth/embed", headers=IN_FRAME).text) is allowed
