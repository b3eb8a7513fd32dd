"""Signing in: the page, the way out, the way back, and what the browser is given."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.models.sign_in import Person, SignInSession, SignInTransaction
from app.web.auth.desk import desk, open_desk
from tests.fakes.front_door import browser, ports_of
from tests.fakes.mock_op import MockOp


def rows(app: Flask, table: type) -> int:
    with ports_of(app).store.read() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_page_leads_to_sign_in_and_sign_in_leads_back_to_the_page(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    first = ada.get("/endpoints?page=2")
    assert first.headers["Location"] == "/auth/login?next=/endpoints?page%3D2"
    back = ada.sign_in(op, going="/settings/identity?from=here")
    assert (back.status_code, back.headers["Location"]) == (302, "/settings/identity?from=here")
    assert "Ada Admin" in ada.get("/settings/identity").text


def test_the_sign_in_page_has_one_button_and_works_without_script(portal: Flask) -> None:
    page = browser(portal).get("/auth/login?next=/endpoints")
    assert page.status_code == 200
    panel = page.text.partition("<main")[2].partition("</main>")[0]
    assert panel.count("gl-button-text") == 1
    assert 'href="/auth/login?go=1&amp;next=/endpoints"' in panel


@pytest.mark.parametrize("evaluation", [True, False])
def test_an_evaluation_says_so(portal: Flask, evaluation: bool) -> None:
    with portal.app_context():
        open_desk(portal, replace(desk(), evaluation=evaluation))
    assert ("This is an evaluation." in browser(portal).get("/auth/login").text) is evaluation


def test_the_way_out_asks_for_a_code_with_pkce_state_and_nonce(portal: Flask) -> None:
    asked = parse_qs(urlsplit(browser(portal).leave()).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{browser(portal).origin}/auth/callback"]
    assert asked["scope"] == ["openid profile email groups"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_each_way_out_has_secrets_of_its_own(portal: Flask) -> None:
    ada = browser(portal)
    one, other = (parse_qs(urlsplit(ada.leave()).query) for _ in range(2))
    assert all(one[name] != other[name] for name in ("state", "nonce", "code_challenge"))


def test_two_tabs_sign_in_side_by_side(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    first, second = ada.leave("/?tab=1"), ada.leave("/?tab=2")
    for address, going in ((first, "/?tab=1"), (second, "/?tab=2")):
        assert ada.come_back(op, address).headers["Location"] == going


def test_signing_in_gives_a_new_session_and_ends_the_one_before(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    ada.sign_in(op)
    before = ada.cookie()
    answer = ada.get("/auth/login?go=1&switch=1")
    ada.come_back(op, answer.headers["Location"])
    assert ada.cookie() != before
    assert rows(portal, SignInSession) == 1
    ada.client.set_cookie("modelport", before or "", domain="127.0.0.1")
    assert not ada.is_signed_in


def test_a_session_fixed_beforehand_does_not_become_a_signed_in_one(portal: Flask, op: MockOp) -> None:
    victim, planted = browser(portal), "A" * 43
    victim.client.set_cookie("modelport", planted, domain="127.0.0.1")
    victim.sign_in(op)
    assert victim.cookie() not in (None, planted)


def test_signing_in_as_somebody_else_asks_the_provider_to_ask(portal: Flask) -> None:
    answer = browser(portal).get("/auth/login?go=1&switch=1")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["prompt"] == ["login"]


def test_who_is_signed_in_is_not_asked_again(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    ada.sign_in(op)
    for path in ("/auth/login?next=/endpoints", "/auth/login?go=1&next=/endpoints"):
        assert ada.get(path).headers["Location"] == "/endpoints"


def test_a_person_is_issuer_and_subject_whatever_they_are_called(portal: Flask, op: MockOp) -> None:
    browser(portal).sign_in(op)
    op.person |= {"name": "Ada Married", "email": "ada@example.com", "email_verified": "true"}
    browser(portal).sign_in(op)
    with ports_of(portal).store.read() as session:
        people = session.execute(select(Person)).scalars().all()
    assert [(each.subject, each.name, each.email, each.role) for each in people] == [
        ("ada", "Ada Married", "", "admin")
    ]


@pytest.mark.parametrize(
    ("group", "role"), [("modelport-admins", "admin"), ("modelport-editors", "editor"), ("modelport-viewers", "viewer")]
)
def test_the_role_follows_from_the_group(portal: Flask, op: MockOp, group: str, role: str) -> None:
    op.person["groups"] = ["everyone", group]
    person = browser(portal)
    person.sign_in(op)
    assert f", {role}. Roles are decided" in person.get("/settings/identity").text


def test_without_a_role_there_is_a_page_that_says_what_came_and_whom_to_ask(portal: Flask, op: MockOp) -> None:
    op.person |= {"sub": "nox-4711", "name": "Nox", "groups": ["everyone", "staff"]}
    nox = browser(portal)
    page = nox.sign_in(op)
    assert page.status_code == 403
    for shown in (
        op.issuer,
        "nox-4711",
        "<code>groups</code>",
        "<code>everyone</code> <code>staff</code>",
        "data-copy",
    ):
        assert shown in page.text
    assert rows(portal, SignInSession) == 0
    assert not nox.is_signed_in


def test_losing_the_groups_ends_the_session_at_the_next_sign_in(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    ada.sign_in(op)
    op.person["groups"] = []
    answer = ada.get("/auth/login?go=1&switch=1")
    assert ada.come_back(op, answer.headers["Location"]).status_code == 403
    assert not ada.is_signed_in


def test_what_a_person_wrote_into_their_profile_is_shown_as_text(portal: Flask, op: MockOp) -> None:
    op.person |= {"name": "<img src=x onerror=alert(1)>", "groups": ["<script>alert(1)</script>"]}
    page = browser(portal).sign_in(op).text
    assert "<img src=x" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "going",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example\t",
        "///evil.example",
        "/auth/login",
    ],
)
def test_sign_in_never_leads_to_another_site_or_in_a_circle(portal: Flask, op: MockOp, going: str) -> None:
    ada = browser(portal)
    assert ada.sign_in(op, going).headers["Location"] == "/"
    assert ada.get("/auth/login", query_string={"next": going}).headers["Location"] == "/"


def test_an_answer_works_once(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    answer = op.authorize(ada.leave()).removeprefix(ada.origin)
    assert ada.get(answer).status_code == 302
    again = ada.get(answer)
    assert (again.status_code, "This sign-in is over" in again.text) == (400, True)


def test_an_answer_works_only_in_the_browser_that_asked(portal: Flask, op: MockOp) -> None:
    attackers = browser(portal).leave()
    victim = browser(portal)
    victim.leave()
    assert victim.come_back(op, attackers).status_code == 400
    assert not victim.is_signed_in


def test_an_answer_works_for_ten_minutes(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    answer = op.authorize(ada.leave()).removeprefix(ada.origin)
    age_transactions(portal, minutes=10)
    assert ada.get(answer).status_code == 400
    assert not op.token_requests


def test_the_code_goes_to_the_provider_with_its_verifier_and_never_into_a_page(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    answer = ada.sign_in(op)
    assert len(op.token_requests[0]["code_verifier"]) >= 43
    assert op.token_requests[0]["_authorization"].startswith("Basic ")
    assert "code" not in answer.headers["Location"]


def test_sign_ins_and_stray_answers_are_counted_per_network(portal: Flask) -> None:
    ada = browser(portal)
    for _ in range(60):
        ada.leave()
    refused = ada.get("/auth/login?go=1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert ada.get("/auth/callback?state=x&code=y").status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert ada.get("/auth/login?go=1", environ_base=elsewhere).status_code == 302


def test_stray_answers_alone_reach_the_limit_and_cost_no_request_to_the_provider(portal: Flask, op: MockOp) -> None:
    stranger = browser(portal)
    statuses = [stranger.get(f"/auth/callback?state=s{n}&code=c").status_code for n in range(61)]
    assert statuses == [400] * 60 + [429]
    assert op.requests == []


def test_completed_sign_ins_do_not_count(portal: Flask, op: MockOp) -> None:
    for _ in range(3):
        browser(portal).sign_in(op)
    assert rows(portal, SignInTransaction) == 0


def age_transactions(app: Flask, minutes: int) -> None:
    past = ports_of(app).clock() - timedelta(minutes=minutes)
    with ports_of(app).store.write() as session:
        session.execute(update(SignInTransaction).values(created_at=past))
