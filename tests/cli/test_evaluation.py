"""The evaluation's provider is canaille: a real one, with people whose groups stand for the three roles."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli import evaluation
from app.cli.evaluation import Evaluation
from app.domain.roles import Role
from tests.fixtures.servers import free_port
from tests.peers.visitor import Visitor

VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


@pytest.fixture
def visitor(portal_origin: str) -> Any:
    with Visitor(portal_origin) as visitor:
        yield visitor


def authorize(provider: Evaluation, origin: str) -> str:
    query = {
        "response_type": "code",
        "client_id": "modelport",
        "redirect_uri": f"{origin}/auth/callback",
        "scope": "openid profile email groups",
        "state": "a-state",
        "nonce": f"nonce-{free_port()}",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(f"{provider.issuer}/oauth/authorize", params=query))


def redeem(provider: Evaluation, callback: str) -> dict[str, Any]:
    origin, _, _ = callback.partition("/auth/")
    form = {
        "grant_type": "authorization_code",
        "code": httpx.URL(callback).params["code"],
        "redirect_uri": f"{origin}/auth/callback",
        "code_verifier": VERIFIER,
    }
    secret = provider.environment["MODELPORT_OIDC_CLIENT_SECRET"]
    answer = httpx.post(f"{provider.issuer}/oauth/token", data=form, auth=("modelport", secret))
    token: dict[str, Any] = answer.raise_for_status().json()
    return token


def claims(token: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token["id_token"].split(".")[1] + "=="))
    return found


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_person_comes_back_with_the_group_of_their_role(
    canaille: Evaluation, visitor: Visitor, portal_origin: str, place: int
) -> None:
    person = canaille.people[place]
    token = redeem(canaille, visitor.to_callback(authorize(canaille, portal_origin), person.login, person.password))
    found = claims(token)
    assert (found["sub"], found["name"], found["groups"]) == (person.login, person.name, [person.group])
    assert canaille.environment[f"MODELPORT_ROLE_{person.role.upper()}"] == person.group


def test_nobody_is_asked_for_consent_and_a_second_visit_needs_no_password(
    canaille: Evaluation, visitor: Visitor, portal_origin: str
) -> None:
    ada = canaille.people[0]
    visitor.to_callback(authorize(canaille, portal_origin), ada.login, ada.password)
    again = visitor.http.get(authorize(canaille, portal_origin))
    assert again.headers["location"].startswith(f"{portal_origin}/auth/callback?code=")


def test_leads_back_after_signing_out(canaille: Evaluation, visitor: Visitor, portal_origin: str) -> None:
    ada = canaille.people[0]
    token = redeem(canaille, visitor.to_callback(authorize(canaille, portal_origin), ada.login, ada.password))
    query = {
        "id_token_hint": token["id_token"],
        "post_logout_redirect_uri": f"{portal_origin}/",
        "client_id": "modelport",
    }
    answer = visitor.http.get(f"{canaille.issuer}/oauth/end_session", params=query)
    assert answer.headers["location"] == f"{portal_origin}/"
    assert visitor.http.get(authorize(canaille, portal_origin)).headers["location"] == "/login"


def test_a_wrong_password_leads_nowhere(canaille: Evaluation, visitor: Visitor, portal_origin: str) -> None:
    with pytest.raises(AssertionError, match="did not lead back"):
        visitor.to_callback(authorize(canaille, portal_origin), "ada", "wrong")


def test_passwords_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = evaluation.start(tmp_path, "127.0.0.1", free_port(), "http://127.0.0.1:1")
    first.stop()
    second = evaluation.start(tmp_path, "127.0.0.1", free_port(), "http://127.0.0.1:1")
    second.stop()
    assert (first.fresh, second.fresh) == (True, False)
    assert [each.password for each in first.people] == [each.password for each in second.people]
    assert (tmp_path / "canaille" / "evaluation.json").stat().st_mode & 0o777 == 0o600


def test_what_prints_an_evaluation_prints_no_secret(canaille: Evaluation) -> None:
    shown = repr(canaille)
    assert all(each.password not in shown for each in canaille.people)
    assert canaille.environment["MODELPORT_OIDC_CLIENT_SECRET"] not in shown


def test_starting_does_not_wait_and_each_role_is_there(tmp_path: Path) -> None:
    provider = evaluation.start(tmp_path, "127.0.0.1", free_port(), "http://127.0.0.1:1")
    assert [each.role for each in provider.people] == [Role.ADMIN, Role.EDITOR, Role.VIEWER]
    with pytest.raises(httpx.ConnectError):
        httpx.get(provider.issuer)
    provider.stop()
