"""Who reaches the API: a good token with a role that covers the route, and nobody by a cookie."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import Client

from app.domain.roles import Actor, Role
from app.models.token import Token
from app.services import api_tokens
from app.services.ports import Ports
from tests.fixtures.api import PREFIX, Program, ProgramOf
from tests.fixtures.portal import OpenWindow


def test_a_call_without_a_token_is_told_how_to_send_one(program_of: ProgramOf) -> None:
    answer = program_of().get("/endpoints")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="modelport"'
    assert "Authorization: Bearer" in answer.json["detail"]


@pytest.mark.parametrize("token", ["nonsense", "mp_x_y", "mp_" + "0" * 22 + "_" + "0" * 38, "ünïcode", "a b c"])
def test_a_token_that_is_none_is_refused_as_one(app: Flask, token: str) -> None:
    answer = Program(app, token).get("/endpoints")
    assert (answer.status_code, answer.json["code"]) == (401, "token_refused")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_goes_in_the_header_alone(app: Flask, admin: Program) -> None:
    assert Client(app).get(f"{PREFIX}/endpoints?access_token={admin.token}").status_code == 401
    basic = {"Authorization": f"Basic {admin.token}"}
    assert Client(app).get(f"{PREFIX}/endpoints", headers=basic).status_code == 401


def test_a_signed_in_browser_has_no_way_in(window_of: OpenWindow, ada: Actor) -> None:
    window = window_of(ada)
    assert window.get("/endpoints").status_code == 200
    assert window.get(f"{PREFIX}/endpoints").status_code == 401
    assert window.post(f"{PREFIX}/endpoints", json={"name": "x"}).status_code == 401


def test_an_answer_sets_no_cookie_and_is_not_kept(admin: Program) -> None:
    answer = admin.get("/endpoints")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_role_that_is_too_weak_is_named(viewer: Program, editor: Program) -> None:
    refused = viewer.post("/endpoints", {"name": "x"})
    assert (refused.status_code, refused.json["code"]) == (403, "role_missing")
    assert refused.json["detail"] == "This needs the role editor; the token has viewer."
    assert editor.get("/audit").status_code == 403


def test_a_token_for_features_administers_nothing(program_of: ProgramOf) -> None:
    assert program_of(None, "duo_chat").get("/endpoints").status_code == 403


@pytest.mark.parametrize("gone", ["revoked_at", "expires_at"])
def test_a_token_that_has_ended_is_refused_from_that_moment(ports: Ports, viewer: Program, gone: str) -> None:
    assert viewer.get("/endpoints").status_code == 200
    with ports.store.write() as session:
        session.execute(update(Token).values({gone: ports.clock()}))
    assert viewer.get("/endpoints").status_code == 401


def test_addresses_are_told_apart_for_those_with_a_token_alone(admin: Program, program_of: ProgramOf) -> None:
    assert program_of().get("/nowhere").status_code == 401
    assert program_of()("DELETE", "/features").status_code == 401
    assert admin.get("/nowhere").status_code == 404
    refused = admin("DELETE", "/features")
    assert (refused.status_code, refused.mimetype) == (405, "application/problem+json")
    assert "GET" in refused.headers["Allow"]


def test_the_audit_names_the_token_that_acted(ports: Ports, admin: Program) -> None:
    made = admin.post("/tokens", {"name": "second", "role": Role.VIEWER.value}).json
    (row, *_) = admin.get("/audit?action=token:create").json["items"]
    assert (row["object_id"], row["person_name"], row["role"]) == (made["id"], "of the admin tests", "admin")
    assert row["person"] == f"token {api_tokens.authenticate(ports, admin.token).token_id}"


def test_use_is_noted_once_a_minute(ports: Ports, admin: Program) -> None:
    def used() -> object:
        (token,) = admin.get("/tokens").json["items"]
        return token["last_used_at"]

    first = used()
    assert first == used()
    with ports.store.write() as session:
        session.execute(update(Token).values(last_used_at=ports.clock() - timedelta(minutes=2)))
    assert used() >= first
