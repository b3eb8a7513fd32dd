"""Signing out really ends the session, here and at the provider."""

from html import unescape
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.models.sign_in import SignInSession
from tests.fakes.front_door import Browser, browser, ports_of
from tests.fakes.mock_op import GONE, Lies, MockOp


def signed_in(portal: Flask, op: MockOp) -> Browser:
    ada = browser(portal)
    ada.sign_in(op)
    return ada


def sign_out(person: Browser, **headers: str) -> TestResponse:
    return person.post("/auth/logout", data={"csrf_token": person.csrf()}, headers=headers)


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(portal: Flask, op: MockOp) -> None:
    ada = signed_in(portal, op)
    copy = ada.cookie() or ""
    answer = sign_out(ada)
    assert answer.status_code == 200
    assert ada.cookie() is None
    assert not ada.is_signed_in
    ada.client.set_cookie("modelport", copy, domain="127.0.0.1")
    assert not ada.is_signed_in


def test_signing_out_leads_on_to_the_provider(portal: Flask, op: MockOp) -> None:
    ada = signed_in(portal, op)
    page = sign_out(ada).text
    address = unescape(page.partition('content="0; url=')[2].partition('"')[0])
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{op.issuer}/leave?")
    assert asked["post_logout_redirect_uri"] == [f"{ada.origin}/"]
    assert asked["client_id"] == ["modelport"]
    assert asked["id_token_hint"][0].count(".") == 2


def test_htmx_is_told_to_leave_with_the_whole_page(portal: Flask, op: MockOp) -> None:
    answer = sign_out(signed_in(portal, op), **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"].partition("?")[0]) == (204, f"{op.issuer}/leave")


def test_a_provider_without_sign_out_leads_to_our_own_page(portal: Flask, op: MockOp) -> None:
    op.lies = Lies(metadata={"end_session_endpoint": GONE})
    ada = signed_in(portal, op)
    answer = sign_out(ada)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/signed-out")
    assert "may still have you signed in" in ada.get("/auth/signed-out").text


def test_after_signing_out_nobody_is_signed_in_without_a_click(portal: Flask, op: MockOp) -> None:
    ada = signed_in(portal, op)
    sign_out(ada)
    assert ada.get("/").headers["Location"] == "/auth/login?next=/"
    # The provider may hand back the state that it was given, another one, or none: nothing is done at the way back.
    assert ada.get("/?state=another").headers["Location"].startswith("/auth/login?next=/")
    page = ada.get("/auth/login?next=/")
    assert page.status_code == 200
    assert "http-equiv" not in page.text


def test_an_id_token_too_long_for_an_address_is_left_out(portal: Flask, op: MockOp) -> None:
    op.person["groups"] = ["modelport-admins", *(f"group-{number}" for number in range(500))]
    page = sign_out(signed_in(portal, op)).text
    assert "id_token_hint" not in page
    assert "client_id=modelport" in page


def test_a_session_sealed_with_a_lost_key_still_ends(portal: Flask, op: MockOp) -> None:
    ada = signed_in(portal, op)
    with ports_of(portal).store.write() as session:
        session.execute(update(SignInSession).values(id_token="v1:00000000:AAAA"))
    assert sign_out(ada).headers["Location"] == "/auth/signed-out"
    assert not ada.is_signed_in


def test_nobody_else_can_sign_a_person_out(portal: Flask, op: MockOp) -> None:
    ada = signed_in(portal, op)
    assert ada.get("/auth/logout").status_code == 405
    for site in ("cross-site", "same-site", "none"):
        answer = ada.post("/auth/logout", own=False, headers={"Sec-Fetch-Site": site}, data={"csrf_token": ada.csrf()})
        assert answer.status_code == 403
    assert ada.post("/auth/logout").status_code == 403
    assert ada.is_signed_in


def test_storage_is_cleared_and_other_cookies_of_the_domain_are_not(portal: Flask, op: MockOp) -> None:
    assert sign_out(signed_in(portal, op)).headers["Clear-Site-Data"] == '"storage"'
