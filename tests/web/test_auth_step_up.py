"""A fresh sign-in before what an open browser alone must not do."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from app.domain.roles import Actor
from app.models.sign_in import SignInSession
from app.services.ports import Ports
from app.web.auth.stepping_up import wants_proof
from tests.fakes.front_door import Browser, browser, ports_of
from tests.fakes.mock_op import GONE, Lies, MockOp
from tests.fixtures.pages import row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint, audit_rows

NEW_TOKEN = {"name": "nightly", "role": "editor", "days": "30"}
MARKED = {"tokens.create", "keys.replace", "endpoints.delete", "replacements.apply", "feature_batches.apply"}


def age(ports: Ports, **columns: timedelta | None) -> None:
    """Move times of every session into the past; None empties one."""
    now = ports.clock()
    values = {name: now - gap if gap else None for name, gap in columns.items()}
    with ports.store.write() as session:
        session.execute(update(SignInSession).values(values))


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    """Ada's, who signed in eleven minutes ago and is still at work."""
    window = window_of(ada)
    age(ports, created_at=timedelta(minutes=11))
    return window


def test_what_wants_a_fresh_sign_in(app: Flask) -> None:
    assert {name for name, view in app.view_functions.items() if wants_proof(view)} == MARKED


def test_an_old_sign_in_changes_nothing(window: Window, ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    before = row_counts(ports)
    for path in ("key", "delete", "replace"):
        answer = window.post(f"/endpoints/{endpoint_id}/{path}", data={"confirm": "x", "version": "1"})
        assert (answer.status_code, "Sign in again for this" in answer.text) == (403, True), path
    for path in ("/settings/tokens", "/features/batch"):
        assert window.post(path, data=NEW_TOKEN).status_code == 403
    assert row_counts(ports) == before


def test_a_stored_key_is_not_replaced_by_the_endpoints_form_either(window: Window, ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    path = f"/endpoints/{endpoint_id}/edit"
    form = {
        "name": "Renamed",
        "server": "vllm",
        "base_url": "http://192.0.2.1:8000/v1",
        "identifier": "m",
        "version": "1",
    }
    assert "Sign in again for this" in window.post(path, data={**form, "api_key": "sk-another"}).text
    assert "Sign in again for this" not in window.post(path, data=form).text


def test_a_plain_form_gets_a_page_that_leads_back_to_it(window: Window) -> None:
    referer = {"Referer": f"{window.origin}/settings/tokens/new"}
    page = window.post("/settings/tokens", data=NEW_TOKEN, headers=referer).text
    assert 'href="/auth/login?step_up=1&amp;go=1&amp;next=/settings/tokens/new"' in page


def test_htmx_gets_a_panel_in_place_and_keeps_what_was_typed(window: Window, ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    here = {"HX-Current-URL": f"{window.origin}/endpoints/{endpoint_id}"}
    answer = window.post(f"/endpoints/{endpoint_id}/delete", fragment=True, headers=here, data={"confirm": "x"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#session")
    assert 'data-start="/auth/embed/start?for=step_up"' in answer.text


def at_work(portal: Flask, op: MockOp, minutes: float | None) -> Browser:
    """Ada, whose provider says that she proved who she is so long ago, or does not say."""
    op.person["auth_time"] = int(time.time() - minutes * 60) if minutes is not None else GONE
    op.person = {name: value for name, value in op.person.items() if value is not GONE}
    person = browser(portal)
    person.sign_in(op)
    return person


def create(person: Browser, csrf: str) -> int:
    return person.post("/settings/tokens", data={**NEW_TOKEN, "csrf_token": csrf}).status_code


def leave(person: Browser) -> str:
    return person.get("/auth/login?step_up=1&go=1&next=/settings/tokens/new").headers["Location"]


@pytest.mark.parametrize("says", [True, False])
def test_proving_it_again_begins_a_new_session_and_open_forms_work_on(portal: Flask, op: MockOp, says: bool) -> None:
    ada = at_work(portal, op, 60 if says else None)
    if not says:
        age(ports_of(portal), created_at=timedelta(minutes=11))
    csrf, before = ada.csrf(), ada.cookie()
    assert create(ada, csrf) == 403
    address = leave(ada)
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    if says:
        op.person["auth_time"] = int(time.time())
    assert ada.come_back(op, address).headers["Location"] == "/settings/tokens/new"
    assert ada.cookie() not in (before, None)
    assert create(ada, csrf) == 201
    assert [row.person_name for row in audit_rows(ports_of(portal).store, "session:prove")] == ["Ada Admin"]
    ada.client.set_cookie("modelport", before or "", domain="127.0.0.1")
    assert not ada.is_signed_in


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        ({"sub": "ed", "name": "Ed"}, {}),
        ({"sub": "nox", "groups": []}, {}),
        ({}, {"auth_time": -660}),
        ({}, {"auth_time": 600}),
        ({}, {"auth_time": GONE, "iat": -120}),
        ({}, {"auth_time": "now", "iat": -120}),
    ],
    ids=["somebody else", "somebody without a role", "old proof", "future proof", "old token", "words"],
)
def test_another_person_or_an_old_proof_does_not_do(
    portal: Flask, op: MockOp, change: dict[str, object], claims: dict[str, object]
) -> None:
    """A number among the claims is seconds from now."""
    ada = at_work(portal, op, 60)
    csrf, address, now = ada.csrf(), leave(ada), int(time.time())
    op.person = {**op.person, "auth_time": now, **change}
    op.lies = Lies(claims={name: now + told if isinstance(told, int) else told for name, told in claims.items()})
    assert ada.come_back(op, address).status_code == 400
    assert (ada.is_signed_in, create(ada, csrf)) == (True, 403)


def test_a_token_from_the_shelf_is_no_proof_where_the_provider_says_nothing(portal: Flask, op: MockOp) -> None:
    op.lies = Lies(claims={"iat": int(time.time()) - 120})
    ada = at_work(portal, op, None)
    assert create(ada, ada.csrf()) == 403


def test_a_stranger_who_asks_to_step_up_simply_signs_in(portal: Flask) -> None:
    stranger = browser(portal)
    assert "prompt" not in parse_qs(urlsplit(leave(stranger)).query)
