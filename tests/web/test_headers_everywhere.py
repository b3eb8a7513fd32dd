"""The browser's orders on every answer that the portal gives, by whichever door and with whatever status."""

import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from app.api.context import PREFIX as API
from app.api.metrics import PREFIX as METRICS
from app.config import Settings
from app.domain.roles import Actor, Role
from app.factory import api_of
from app.gateway.context import PREFIX as CALLS
from app.services.ports import Ports
from tests.fixtures.api import ProgramOf
from tests.fixtures.every_page import every_look, filled, routes, stock
from tests.fixtures.portal import OpenWindow, Window

GITLAB = "https://gitlab.acme.example"
COMPANIONS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
CLOSED = "default-src 'none'; frame-ancestors 'none'"
# Observatory's modifiers (mdn/mdn-http-observatory, src/grader/charts.js), those that an answer of ours can meet.
BASE = 100


@pytest.fixture
def settings(settings: Settings, portal_origin: str) -> Settings:
    """On https, with one place that may frame the pages."""
    https = portal_origin.replace("http:", "https:")
    return settings.model_copy(update={"public_url": https, "embed_origins": (GITLAB,)})


@pytest.fixture
def window_of(window_of: OpenWindow, settings: Settings) -> OpenWindow:
    """Windows at that address."""

    def open_window(actor: Actor | None) -> Window:
        window = window_of(actor)
        window.origin = settings.origin
        return window

    return open_window


def looked_at(app: Flask, window_of: OpenWindow, ada: Actor, known: dict[str, str]) -> Iterator[TestResponse]:
    """Answers of the pages' door: to an admin, to a stranger, to what is wrong."""
    window, stranger = window_of(ada), window_of(None)
    for address in every_look(app, known):
        yield window.get(address, buffered=True)
    for rule in routes(app):
        yield window.post(filled(rule, known), headers={"Sec-Fetch-Site": "cross-site"})
    for address in (
        "/nowhere",
        "/static/app.css",
        "/static/gone.css",
        "/static/vendor/icons.svg",
        "/%00",
        "/auth/login",
    ):
        yield stranger.get(address, buffered=True)
    yield from (stranger.get("/endpoints"), stranger.get("/endpoints", fragment=True), stranger.post("/endpoints"))
    yield window.get("/endpoints", fragment=True)
    yield window.post("/endpoints", data=b"x" * (2 << 20), content_type="application/x-www-form-urlencoded")
    yield window.get("/", base_url="https://other.example")
    yield window.post("/endpoints", base_url="https://other.example")
    yield window.open("/livez", method="TRACE")


def answered(app: Flask, program_of: ProgramOf) -> Iterator[TestResponse]:
    """Answers of the doors for programs."""
    client = Client(app, use_cookies=False)
    shown = {"Authorization": f"Bearer {program_of(Role.ADMIN).token}"}
    addresses = [API + filled(rule, {}) for rule in api_of(app).url_map.iter_rules()]
    addresses += [API, API + "/nowhere", CALLS, CALLS + "/models", CALLS + "/chat/completions", METRICS, METRICS + "/x"]
    for address in addresses:
        for method in ("GET", "POST", "OPTIONS"):
            yield client.open(address, method=method, headers=shown)
        yield client.get(address)


def check(answer: TestResponse) -> None:
    headers = answer.headers
    told = f"{answer.request.method} {answer.request.path}: {answer.status} {headers}"
    assert {name: headers.getlist(name) for name in COMPANIONS} == {
        name: [value] for name, value in COMPANIONS.items()
    }, told
    assert "clipboard-read=()" in headers["Permissions-Policy"], told
    assert "Cache-Control" in headers, told
    assert not {"Server", "X-Powered-By"} & set(headers.keys()), told
    (policy,) = headers.getlist("Content-Security-Policy")
    framed = f"frame-ancestors {GITLAB}" in policy
    assert framed or "frame-ancestors 'none'" in policy, told
    assert (headers.get("X-Frame-Options") == "DENY") is not framed, told
    assert "unsafe" not in policy, told
    assert policy == CLOSED or (answer.mimetype == "text/html" and "require-trusted-types-for 'script'" in policy), told


def test_every_answer_of_the_pages_carries_them(app: Flask, window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    statuses = set()
    for answer in looked_at(app, window_of, ada, stock(ports, ada)):
        check(answer)
        statuses.add(answer.status_code)
    assert statuses >= {200, 302, 303, 401, 403, 404, 405, 413, 421}


def test_every_answer_to_a_program_carries_them(app: Flask, program_of: ProgramOf) -> None:
    statuses = set()
    for answer in answered(app, program_of):
        check(answer)
        assert answer.headers["X-Frame-Options"] == "DENY"
        statuses.add(answer.status_code)
    assert statuses >= {200, 401, 404, 405, 415}


def test_a_failure_of_our_own_carries_them_by_every_door(
    app: Flask, window_of: OpenWindow, program_of: ProgramOf, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("of the tests")

    monkeypatch.setattr("app.queries.endpoints.endpoint", fail)
    window, program = window_of(ada), program_of(Role.ADMIN)
    app.testing = False
    for answer in (window.get("/endpoints/x"), program.get("/endpoints/x")):
        assert answer.status_code == 500
        check(answer)


@pytest.mark.parametrize("path", ["/settings/tokens", "/settings/tokens/new", "/settings"])
def test_a_page_of_secrets_stands_in_no_frame(window_of: OpenWindow, ada: Actor, vi: Actor, path: str) -> None:
    for answer in (window_of(ada).get(path), window_of(vi).get(path), window_of(None).get(path)):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_what_shows_a_new_token_stands_in_no_frame(window_of: OpenWindow, ada: Actor) -> None:
    window = window_of(ada)
    referer = {"Referer": f"{window.origin}/settings/tokens/new"}
    draft = {"name": "Of a script", "role": "viewer", "days": "30"}
    made = window.post("/settings/tokens", data=draft, headers=referer)
    assert made.status_code == 201
    assert made.headers["X-Frame-Options"] == "DENY"


def test_a_page_for_the_frame_names_who_may_frame_it(window_of: OpenWindow, ada: Actor) -> None:
    headers = window_of(ada).get("/endpoints").headers
    assert f"frame-ancestors {GITLAB};" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


def observatory(headers: Mapping[str, str], cookies: list[str]) -> int:
    """The score of an answer by Observatory's modifiers; what we cannot meet (external scripts, CORS) is left out."""
    policy = headers.get("Content-Security-Policy", "")
    score = BASE + _policy(policy)
    for cookie in cookies:
        score += 5 if all(part in cookie for part in ("Secure", "HttpOnly", "SameSite")) else -40
    age = re.match(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    score += -20 if age is None else (0 if int(age[1]) >= 15_768_000 else -10)
    score += 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5
    score += 5 if "frame-ancestors" in policy else (0 if headers.get("X-Frame-Options") else -20)
    score += 5 if headers.get("Referrer-Policy") in ("no-referrer", "same-origin", "strict-origin") else 0
    return score + (10 if headers.get("Cross-Origin-Resource-Policy") == "same-origin" else 0)


def _policy(policy: str) -> int:
    if not policy:
        return -25
    if "unsafe-inline" in policy:
        return -20
    if "unsafe-eval" in policy:
        return -10
    return 10 if "default-src 'none'" in policy else 5


def test_the_observatory_would_give_at_least_120(window_of: OpenWindow, ada: Actor) -> None:
    sign_in = window_of(None).get("/auth/login")
    scores = [observatory(sign_in.headers, []), observatory(window_of(ada).get("/").headers, [])]
    assert min(scores) >= 120, scores
