"""Who is let in at /v1, to what, and in which words others are turned away."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.domain import tokens
from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.models.token import Token
from app.services import api_tokens, assignments
from app.services.assignments import Change, State
from app.services.ports import Ports
from tests.fakes.upstream import Upstream
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import fall_back
from tests.fixtures.together import together
from tests.gateway.conftest import Caller, CallerOf, endpoint_at

pytestmark = pytest.mark.usefixtures("endpoint")
CHAT = "/chat/completions"
KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}


def turned_away(answer: TestResponse, status: int) -> tuple[str, str | None]:
    """The code and the parameter of an envelope with this status."""
    assert answer.status_code == status
    error = answer.json["error"]
    assert error["type"] == KINDS[status]
    assert error["message"].endswith(".")
    return error["code"], error["param"]


@pytest.mark.every_database
def test_a_revoked_token_is_refused_by_the_next_call(
    caller: Caller, ports: Ports, ada: Actor, upstream: Upstream
) -> None:
    assert caller.chat().status_code == 200
    with ports.store.read() as session:
        (token_id,) = session.scalars(select(Token.id))
    api_tokens.revoke(ports, ada, token_id)
    assert turned_away(caller.chat(), 401) == ("token_refused", None)
    assert len(upstream.bodies) == 1


@pytest.mark.every_database
def test_a_token_that_has_expired_is_turned_away(caller: Caller, ports: Ports) -> None:
    with ports.store.write() as session:
        session.execute(update(Token).values(expires_at=ports.clock() - timedelta(seconds=1)))
    assert turned_away(caller.chat(), 401) == ("token_refused", None)


UNKNOWN = tokens.Parts("A" * tokens.ID_LENGTH, "a" * tokens.SECRET_LENGTH).text


@together("token", ["nonsense", "mp_", "mp_é_ü", "x" * 9000, UNKNOWN, UNKNOWN[:-1] + "!"])
def test_what_is_no_token_is_refused_and_named_as_such(app: Flask, token: str) -> None:
    answer = Caller(app, token).chat()
    assert turned_away(answer, 401) == ("token_refused", None)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="modelport", error="invalid_token"'


def test_another_tokens_secret_proves_nothing(caller_of: CallerOf, app: Flask) -> None:
    one, other = (tokens.read(caller_of("editor").token) for _ in range(2))
    assert one is not None
    assert other is not None
    assert turned_away(Caller(app, tokens.Parts(one.public_id, other.secret).text).chat(), 401)


@together("headers", [{}, {"Authorization": "Basic bXA6eA=="}, {"Authorization": "Bearer"}])
def test_without_a_token_it_is_said_how_to_send_one(app: Flask, headers: dict[str, str]) -> None:
    answer = Caller(app, "")("/models", headers=headers, method="GET")
    assert turned_away(answer, 401) == ("token_refused", None)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="modelport"'
    assert "Authorization: Bearer" in answer.json["error"]["message"]


def test_a_sign_in_is_no_token(window_of: OpenWindow, ada: Actor) -> None:
    answer = window_of(ada).get("/v1/models")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_answers_are_kept_by_nobody_and_set_no_cookie(caller: Caller) -> None:
    for answer in (caller.chat(), caller("/models"), caller("/nowhere")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


def test_a_token_for_features_calls_those_and_nothing_else(caller_of: CallerOf, upstream: Upstream) -> None:
    caller = caller_of("", "duo_chat")
    assert caller.chat().status_code == 200
    assert caller.chat("duo_chat:raw").status_code == 200
    assert turned_away(caller.chat("generate_commit_message"), 403) == ("feature_not_allowed", "model")
    assert len(upstream.bodies) == 2


def test_who_may_not_call_endpoints_learns_no_names(caller_of: CallerOf) -> None:
    for caller in (caller_of("", "duo_chat"), caller_of("viewer")):
        answers = [caller.chat(f"endpoint:{slug}") for slug in ("here", "nowhere")]
        assert {turned_away(each, 403) for each in answers} == {("endpoint_not_allowed", "model")}
        assert answers[0].json["error"]["message"] == answers[1].json["error"]["message"]


def test_a_viewers_token_calls_nothing_and_is_told_so(caller_of: CallerOf) -> None:
    caller = caller_of("viewer")
    answer = caller.chat()
    assert turned_away(answer, 403) == ("feature_not_allowed", "model")
    assert answer.json["error"]["message"].startswith("A token with the role viewer calls no features")
    assert caller("/models").json == {"object": "list", "data": []}


@pytest.mark.parametrize("role", ["editor", "admin"])
def test_a_role_calls_every_feature_and_endpoint(caller_of: CallerOf, role: str) -> None:
    caller = caller_of(role)
    assert caller.chat("generate_commit_message").status_code == 200
    assert caller.chat("endpoint:here").status_code == 200


def test_the_list_holds_what_the_token_may_call(caller_of: CallerOf) -> None:
    listed = {role: [each["id"] for each in caller_of(role)("/models").json["data"]] for role in ("editor",)}
    few = [each["id"] for each in caller_of("", "duo_chat")("/models").json["data"]]
    assert few == ["duo_chat", "duo_chat:raw"]
    assert {*few, "code_completions", "endpoint:here"} < set(listed["editor"])
    assert "review_merge_request" not in listed["editor"]


def test_one_model_is_told_alone(caller_of: CallerOf) -> None:
    caller = caller_of("", "duo_chat")
    found = caller("/models/custom_openai/duo_chat").json
    assert (found["id"], found["object"], found["endpoint"]) == ("duo_chat", "model", "here")
    assert turned_away(caller("/models/endpoint:here"), 404) == ("model_not_found", "model")


def test_what_is_switched_off_is_not_listed_and_a_fallback_takes_its_place(
    caller: Caller, ports: Ports, ada: Actor, upstream: Upstream
) -> None:
    fall_back(ports, "duo_chat", endpoint_at(ports, ada, upstream.url, "Second"))
    switch(ports, "here", on=False)
    listed = {each["id"]: each["endpoint"] for each in caller("/models").json["data"]}
    assert listed["duo_chat"] == listed["duo_chat:raw"] == "second"
    assert "code_completions" not in listed
    assert "endpoint:here" not in listed
    assert caller.chat().headers["X-Modelport-Endpoint"] == "second"
    answer = caller("/completions", {"model": "code_completions", "prompt": "a"})
    assert answer.json["error"]["code"] == "endpoint_disabled"


def switch(ports: Ports, slug: str, *, on: bool) -> None:
    """As an admin may where a fallback stands behind each use; here the last one goes too."""
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.slug == slug).values(enabled=on))


STATES = [
    (State.DISABLED, 403, "feature_disabled"),
    (State.MANAGED, 404, "feature_managed"),
    (State.UNASSIGNED, 404, "feature_unassigned"),
]


@pytest.mark.every_database
@pytest.mark.parametrize(("state", "status", "code"), STATES)
def test_a_feature_without_an_endpoint_says_so(
    caller: Caller, ports: Ports, ada: Actor, upstream: Upstream, state: State, status: int, code: str
) -> None:
    assignments.change(ports, ada, Change("duo_chat", 1, state, None, acknowledged=True))
    assert turned_away(caller.chat(), status) == (code, "model")
    assert turned_away(caller.chat("duo_chat:raw"), status) == (code, "model")
    assert not upstream.bodies


@together("model", ["nothing", "endpoint:nowhere", "duo_chat:bare", "x" * 255, "endpoint:", ":raw"])
def test_an_unknown_model_is_told_with_the_names_there_are(caller: Caller, model: str) -> None:
    answer = caller.chat(model)
    assert turned_away(answer, 404) == ("model_not_found", "model")
    assert "GET /v1/models lists them" in answer.json["error"]["message"]


@together("path", ["", "/", "/nowhere", "/chat/completions/", "/models/"])
def test_unknown_addresses_say_which_there_are(caller: Caller, path: str) -> None:
    assert turned_away(caller(path, {"model": "duo_chat"}), 404) == ("not_found", None)


@together("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_another_method_is_turned_away(caller: Caller, method: str) -> None:
    answer = caller(CHAT, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_no_header_is_made_from_what_a_caller_says(caller: Caller) -> None:
    answer = caller.chat("duo_chat\r\nX-Injected: yes", headers={"X-Request-Id": "mine\tX-Injected: yes"})
    assert answer.status_code == 400
    assert "X-Injected" not in answer.headers
    assert "mine" not in answer.headers["X-Request-Id"]
