"""The API's routes: each declares whom it takes, each is documented, and none is open to a stranger or a cookie."""

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.api.operations import declared
from app.domain.roles import Actor, Role
from app.factory import api_of
from app.services.ports import Ports
from tests.fixtures.api import PREFIX, Program, ProgramOf
from tests.fixtures.pages import row_counts
from tests.fixtures.portal import OpenWindow

LOOKS = {"GET"}
# What everybody may say in the catalogue, and put right where they said it themselves.
OWN_AFFAIRS = {
    "votes.cast", "votes.take_back", "comments.create", "comments.edit", "comments.remove", "proposals.create",
    "proposals.answer",
}  # fmt: skip


@pytest.fixture
def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Each method with its rule."""
    rules = api_of(app).url_map.iter_rules()
    return [(method, rule) for rule in rules for method in sorted(rule.methods or ()) if method != "HEAD"]


def address(rule: Rule) -> str:
    return PREFIX + re.sub(r"<\w+>", "x", rule.rule)


def test_every_route_declares_its_role(app: Flask, routes: list[tuple[str, Rule]]) -> None:
    api = api_of(app)
    assert [rule.rule for _, rule in routes if declared(api, rule.endpoint) is None] == []
    assert len(routes) > 20


def test_a_route_that_declares_nothing_is_refused(app: Flask, admin: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    assert admin.get("/features").status_code == 200
    monkeypatch.setitem(api_of(app).view_functions, "features.index", lambda: "open")
    assert admin.get("/features").status_code == 403


def test_what_changes_something_is_no_viewers(app: Flask, routes: list[tuple[str, Rule]]) -> None:
    for method, rule in routes:
        operation = declared(api_of(app), rule.endpoint)
        assert operation is not None
        if method not in LOOKS and rule.endpoint not in OWN_AFFAIRS:
            assert operation.role is not Role.VIEWER, rule


@pytest.fixture
def _uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many refusals in a row would be told to wait."""
    monkeypatch.setattr("app.services.rates.failed_authentication", lambda *_: None)


@pytest.mark.usefixtures("_uncounted")
def test_no_route_answers_a_call_without_a_token(
    routes: list[tuple[str, Rule]], program_of: ProgramOf, ports: Ports
) -> None:
    stranger, before = program_of(), row_counts(ports)
    for method, rule in routes:
        answer = stranger(method, address(rule), {} if method not in LOOKS else None)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), rule
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), rule
    assert row_counts(ports) == before


@pytest.mark.usefixtures("_uncounted")
def test_no_route_answers_a_cookie(
    routes: list[tuple[str, Rule]], window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    window = window_of(ada)
    before = row_counts(ports)
    for method, rule in routes:
        assert window.open(address(rule), method=method).status_code == 401, rule
    assert row_counts(ports) == before


def test_no_route_answers_a_token_for_features(routes: list[tuple[str, Rule]], program_of: ProgramOf) -> None:
    program = program_of(None, "duo_chat")
    for method, rule in routes:
        assert program(method, address(rule)).status_code == 403, rule


def test_every_route_is_documented_and_every_documented_one_exists(
    routes: list[tuple[str, Rule]], viewer: Program
) -> None:
    document = viewer.get("/openapi.json").json
    documented = {(method, path) for path, methods in document["paths"].items() for method in methods}
    existing = {(method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule)) for method, rule in routes}
    assert documented == existing
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))


def test_the_document_hides_no_reference(viewer: Program) -> None:
    answer = viewer.get("/openapi.json")
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert used <= answer.json["components"]["schemas"].keys()
    assert answer.json["servers"][0]["url"].endswith(PREFIX)
