"""The page about one's own sign-in, and the admin's try with other claims."""

from typing import Any

import pytest
from flask import Flask

from tests.fakes.front_door import Browser, browser
from tests.fakes.mock_op import MockOp


@pytest.fixture
def ada(portal: Flask, op: MockOp) -> Browser:
    op.person |= {"email": "ada@example.com", "email_verified": True, "locale": "en"}
    person = browser(portal)
    person.client.environ_base["HTTP_USER_AGENT"] = "Test browser/1"
    person.sign_in(op)
    return person


def try_claims(person: Browser, claims: str, **options: Any) -> tuple[int, str]:
    answer = person.post("/settings/identity", data={"csrf_token": person.csrf(), "claims": claims}, **options)
    return answer.status_code, answer.text


def test_it_shows_claims_and_groups_and_the_setting_that_counted(ada: Browser, op: MockOp) -> None:
    page = ada.get("/settings/identity").text
    for shown in (
        "Ada Admin",
        op.issuer,
        "ada@example.com",
        "<code>modelport-admins</code> stands in MODELPORT_ROLE_ADMIN",
        "Test browser/1",
        "127.0.0.1",
        "in 29 min",
        "Ends in any case",
    ):
        assert shown in page


def test_it_shows_no_token_and_no_secret_of_the_protocol(ada: Browser, op: MockOp) -> None:
    page = ada.get("/settings/identity").text
    assert "eyJ" not in page
    assert "access-" not in page
    assert "at_hash" not in page
    assert op.token_requests[0]["code_verifier"] not in page


def test_claims_can_be_tried_before_they_are_used(ada: Browser) -> None:
    assert "Role: editor. It follows from modelport-editors." in try_claims(ada, '{"groups": ["modelport-editors"]}')[1]
    assert "No access. None of the groups" in try_claims(ada, '{"groups": "everyone"}')[1]
    assert "No access. The identity provider sent no groups" in try_claims(ada, "{}")[1]


def test_htmx_gets_the_form_with_its_outcome_alone(ada: Browser) -> None:
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    status, text = try_claims(ada, '{"groups": ["modelport-viewers"]}', headers=part)
    assert (status, text.strip().startswith('<form id="dry-run"')) == (200, True)
    assert "Role: viewer." in text


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ("", "Paste the claims."),
        ("groups", "This is not JSON."),
        ('["modelport-admins"]', "but not an object"),
        ("[" * 50_000, "This is not JSON."),
        ('{"a": "' + "x" * 100_000 + '"}', "more than a token holds"),
    ],
)
def test_what_cannot_be_claims_is_said_at_the_field(ada: Browser, claims: str, message: str) -> None:
    status, text = try_claims(ada, claims)
    assert (status, message in text) == (422, True)


def test_trying_changes_nothing(ada: Browser) -> None:
    try_claims(ada, '{"sub": "ada", "groups": ["modelport-viewers"]}')
    assert ", admin. Roles are decided" in ada.get("/settings/identity").text


def test_a_viewer_sees_the_page_and_not_the_try(portal: Flask, op: MockOp) -> None:
    op.person = {"sub": "vi", "name": "Vi Viewer", "groups": ["modelport-viewers"]}
    vi = browser(portal)
    vi.sign_in(op)
    assert "Try other claims" not in vi.get("/settings/identity").text
    assert try_claims(vi, '{"groups": ["modelport-admins"]}')[0] == 403


def test_markup_in_claims_is_shown_as_text(portal: Flask, op: MockOp) -> None:
    op.person |= {"nickname": '<b hx-get="/steal" hx-trigger="load">x</b>'}
    ada = browser(portal)
    ada.sign_in(op)
    assert "<b hx-get" not in ada.get("/settings/identity").text
