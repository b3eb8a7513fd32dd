"""Signing in at providers that others wrote: canaille, and node's oidc-provider."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app.cli.evaluation import Evaluation
from app.config import Settings
from tests.fakes.front_door import Browser, browser, ports_of
from tests.fixtures.portal import Build
from tests.fixtures.served import serving
from tests.fixtures.servers import StrictProvider
from tests.fixtures.stock import audit_rows
from tests.peers.visitor import Visitor
from tests.peers.visitor import _filled as filled

PASSWORD = "correct horse"


@pytest.fixture
def at_canaille(build: Build, settings: Settings, canaille: Evaluation) -> Flask:
    values: dict[str, Any] = {
        name.removeprefix("MODELPORT_").lower(): value for name, value in canaille.environment.items()
    }
    values["oidc_client_secret"] = SecretStr(values["oidc_client_secret"])
    roles = {name: (values[name],) for name in ("role_admin", "role_editor", "role_viewer")}
    return build(settings.model_copy(update={**values, **roles}))


@pytest.fixture
def strict(build: Build, settings: Settings, oidc_provider: StrictProvider) -> Flask:
    return build(
        settings.model_copy(
            update={
                "oidc_issuer": oidc_provider.issuer,
                "oidc_client_id": oidc_provider.client_id,
                "oidc_client_secret": SecretStr(oidc_provider.client_secret),
            }
        )
    )


@pytest.fixture
def visitor(portal_origin: str) -> Iterator[Visitor]:
    with Visitor(portal_origin) as person:
        yield person


def walk(portal: Flask, visitor: Visitor, login: str, password: str = PASSWORD) -> tuple[Browser, TestResponse]:
    """Through the provider's own pages and back; the portal's answer to the way back."""
    person = browser(portal)
    callback = visitor.to_callback(person.leave("/settings/identity"), login, password)
    return person, person.get(callback.removeprefix(person.origin))


def password_of(provider: Evaluation, login: str) -> str:
    return next(person.password for person in provider.people if person.login == login)


def test_sign_ins_left_half_way_do_not_disturb_the_next(
    at_canaille: Flask, canaille: Evaluation, visitor: Visitor
) -> None:
    for _ in range(5):
        visitor.to_callback(browser(at_canaille).leave(), "ada", password_of(canaille, "ada"))
    _, answer = walk(at_canaille, visitor, "ada", password_of(canaille, "ada"))
    assert answer.status_code == 302


@pytest.mark.parametrize(("login", "role"), [("ada", "admin"), ("ed", "editor"), ("vi", "viewer")])
def test_the_evaluations_people_sign_in(
    at_canaille: Flask, canaille: Evaluation, visitor: Visitor, login: str, role: str
) -> None:
    person, answer = walk(at_canaille, visitor, login, password_of(canaille, login))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/identity")
    page = person.get("/settings/identity").text
    assert f", {role}. Roles are decided" in page
    assert f"MODELPORT_ROLE_{role.upper()}" in page


def test_signing_out_ends_the_session_at_the_evaluations_provider(
    at_canaille: Flask, canaille: Evaluation, visitor: Visitor
) -> None:
    person, _ = walk(at_canaille, visitor, "ada", password_of(canaille, "ada"))
    assert came_home(visitor, person)
    assert not person.is_signed_in
    assert asks_for_a_name(visitor, person)


@pytest.mark.parametrize(("login", "role"), [("ada", "admin"), ("ed", "editor"), ("vi", "viewer")])
def test_people_sign_in_at_the_strict_provider(strict: Flask, visitor: Visitor, login: str, role: str) -> None:
    person, answer = walk(strict, visitor, login)
    assert answer.headers["Location"] == "/settings/identity"
    assert f", {role}. Roles are decided" in person.get("/settings/identity").text


@pytest.mark.parametrize(
    ("login", "groups", "reason"),
    [("nox", "<code>everyone</code>", "None of the groups"), ("nil", "none", "sent no groups in that claim")],
)
def test_people_without_a_group_of_ours_get_no_session(
    strict: Flask, visitor: Visitor, login: str, groups: str, reason: str
) -> None:
    person, answer = walk(strict, visitor, login)
    assert answer.status_code == 403
    assert groups in answer.text
    assert reason in answer.text
    assert not person.is_signed_in


def test_a_wrong_password_comes_back_as_a_refusal(strict: Flask, visitor: Visitor) -> None:
    person, answer = walk(strict, visitor, "ada", "wrong horse")
    assert (answer.status_code, "did not let you in" in answer.text) == (400, True)
    assert not person.is_signed_in


def test_an_open_session_at_the_provider_needs_no_password_again(strict: Flask, visitor: Visitor) -> None:
    walk(strict, visitor, "ed")
    person, _ = walk(strict, visitor, "nobody", "at all")
    assert ", editor. Roles are decided" in person.get("/settings/identity").text


def test_signing_in_as_somebody_else_asks_for_a_password_again(strict: Flask, visitor: Visitor) -> None:
    person, _ = walk(strict, visitor, "ed")
    other = person.get("/auth/login?go=1&switch=1&next=/help").headers["Location"]
    answer = person.get(through_forms(visitor, other, "vi", PASSWORD).removeprefix(person.origin))
    assert answer.headers["Location"] == "/help"
    assert ", viewer. Roles are decided" in person.get("/settings/identity").text


def test_signing_out_ends_the_session_at_the_strict_provider(strict: Flask, visitor: Visitor) -> None:
    person, _ = walk(strict, visitor, "ada")
    assert came_home(visitor, person)
    assert not person.is_signed_in
    assert asks_for_a_name(visitor, person)


def test_signing_out_in_one_browser_ends_the_providers_session_in_the_other_at_once(
    strict: Flask, visitor: Visitor, portal_origin: str
) -> None:
    one, _ = walk(strict, visitor, "ada")
    other, _ = walk(strict, visitor, "nobody", "at all")
    assert other.is_signed_in
    with serving(make_server("127.0.0.1", httpx.URL(portal_origin).port or 0, strict, threaded=True)):
        assert came_home(visitor, one)
        until = time.monotonic() + 5
        while other.is_signed_in and time.monotonic() < until:
            time.sleep(0.05)
    assert not other.is_signed_in
    assert audit_rows(ports_of(strict).store, "session:end_by_provider")


def test_proving_it_again_asks_for_the_password_at_the_strict_provider(strict: Flask, visitor: Visitor) -> None:
    prove_again(strict, visitor, PASSWORD)


def test_proving_it_again_asks_for_the_password_at_the_evaluations_provider(
    at_canaille: Flask, canaille: Evaluation, visitor: Visitor
) -> None:
    prove_again(at_canaille, visitor, password_of(canaille, "ada"))


def prove_again(portal: Flask, visitor: Visitor, password: str) -> None:
    person, _ = walk(portal, visitor, "ada", password)
    before = person.cookie()
    answer = visitor.http.get(person.get("/auth/login?step_up=1&go=1&next=/help").headers["Location"])
    while answer.is_redirect and not answer.headers["location"].startswith(visitor.portal_origin):
        answer = visitor.http.get(httpx.URL(str(answer.url)).join(answer.headers["location"]))
    assert 'name="login"' in answer.text or 'type="password"' in answer.text
    back = person.get(through_forms(visitor, str(answer.url), "ada", password).removeprefix(person.origin))
    assert (back.status_code, back.headers.get("Location")) == (302, "/help"), back.text
    assert person.cookie() not in (None, before)


def came_home(visitor: Visitor, person: Browser) -> bool:
    """Sign out; the provider leads back to the portal's own address."""
    page = person.post("/auth/logout", data={"csrf_token": person.csrf()}).text
    address = unescape(page.partition('content="0; url=')[2].partition('"')[0])
    return httpx.URL(through_forms(visitor, address)).path == "/"


def asks_for_a_name(visitor: Visitor, person: Browser) -> bool:
    """Whether the provider knows nobody here any more."""
    answer = visitor.http.get(person.leave())
    while answer.is_redirect:
        answer = visitor.http.get(str(httpx.URL(str(answer.url)).join(answer.headers["location"])))
    return 'name="login"' in answer.text


def through_forms(visitor: Visitor, url: str, login: str = "", password: str = "") -> str:
    """As `to_callback`, through forms that lead to another address than their page's, too."""
    answer = visitor.http.get(url)
    for _ in range(12):
        target = str(httpx.URL(str(answer.url)).join(answer.headers.get("location", "")))
        if answer.is_redirect and target.startswith(visitor.portal_origin):
            return target
        if answer.is_redirect:
            answer = visitor.http.get(target)
        else:
            action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            fields = filled(answer.text, login, password)
            answer = visitor.http.post(unescape(action[1]) if action else str(answer.url), data=fields)
    raise AssertionError(f"{answer.url} did not lead back")
