"""The peers themselves: that they are who they claim to be, and that nothing else can be reached."""

import base64
import json
import socket

import httpx
import pytest
from sqlalchemy import text

from app.models.store import Store
from tests.fixtures.network import NetworkClosedError
from tests.fixtures.servers import StrictProvider
from tests.peers.visitor import Visitor

VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


def authorize(provider: StrictProvider, origin: str, **extra: str) -> str:
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": f"{origin}/auth/callback",
        "scope": "openid profile groups",
        "state": "a-state",
        "nonce": "a-nonce",
        **extra,
    }
    return str(httpx.URL(f"{provider.issuer}/auth", params=query))


def test_the_strict_provider_puts_groups_into_the_id_token(oidc_provider: StrictProvider, portal_origin: str) -> None:
    with Visitor(portal_origin) as visitor:
        start = authorize(oidc_provider, portal_origin, code_challenge=CHALLENGE, code_challenge_method="S256")
        callback = httpx.URL(visitor.to_callback(start, "nox", "correct horse"))
    form = {"grant_type": "authorization_code", "code": callback.params["code"], "code_verifier": VERIFIER}
    form["redirect_uri"] = f"{portal_origin}/auth/callback"
    key = (oidc_provider.client_id, oidc_provider.client_secret.replace(" ", "+"))
    token = httpx.post(f"{oidc_provider.issuer}/token", data=form, auth=key).raise_for_status().json()
    claims = json.loads(base64.urlsafe_b64decode(token["id_token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["groups"]) == ("nox", ["everyone"])


def test_the_strict_provider_refuses_a_start_without_pkce(oidc_provider: StrictProvider, portal_origin: str) -> None:
    answer = httpx.get(authorize(oidc_provider, portal_origin))
    assert "error=invalid_request" in answer.headers["location"]


@pytest.mark.every_database
def test_each_database_starts_with_tables_and_without_rows(store: Store, database_kind: str) -> None:
    assert store.engine.dialect.name == database_kind
    with store.write() as session:
        assert session.execute(text("SELECT count(*) FROM endpoint")).scalar() == 0


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as sock, pytest.raises(NetworkClosedError):
        sock.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkClosedError):
        socket.getaddrinfo("gitlab.com", 443)


def test_reserved_names_do_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("model.example", 443)
