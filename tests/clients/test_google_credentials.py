"""Tokens from Google: signed for with a service account's key, asked for at one address, and kept while they last."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.clients import google_credentials
from app.clients.google_credentials import obtain
from app.clients.granting import DIRECT, CredentialsRefused, Outlet
from app.clients.target import AccessToken, Cloud
from app.domain.credentials import Auth
from tests.fakes.google_tokens import TOKEN, key_file, pem, private_key
from tests.fakes.vertex_server import VertexServer

SERVICE_ACCOUNT = Cloud(region="global", project="test-project", auth=Auth.SERVICE_ACCOUNT)
AMBIENT = Cloud(region="global", project="test-project", auth=Auth.AMBIENT)


@pytest.fixture
def server() -> Iterator[VertexServer]:
    with VertexServer() as server:
        yield server


def refused(cloud: Cloud, key: str | None, token_url: str) -> CredentialsRefused:
    with pytest.raises(CredentialsRefused) as caught:
        obtain(cloud, key, Outlet(address=token_url))
    return caught.value


def test_a_service_account_gets_a_token_and_its_end(server: VertexServer) -> None:
    token, ends = obtain(SERVICE_ACCOUNT, key_file(), Outlet(address=server.token_url))
    assert token == AccessToken(TOKEN)
    assert ends
    assert timedelta(minutes=55) < ends - datetime.now(UTC) <= timedelta(hours=1)
    assert TOKEN not in repr(token)


def test_the_address_in_the_file_is_never_called(server: VertexServer) -> None:
    with VertexServer() as attacker:
        evil = key_file(
            token_uri=attacker.token_url, auth_uri=attacker.origin, universe_domain=attacker.origin.partition("//")[2]
        )
        assert obtain(SERVICE_ACCOUNT, evil, Outlet(address=server.token_url))[0] == AccessToken(TOKEN)
        assert (attacker.forms, attacker.requests) == ([], [])
    assert len(server.forms) == 1


def test_the_address_is_googles_unless_a_test_says_otherwise() -> None:
    assert google_credentials.TOKEN_URL == "https://oauth2.googleapis.com/token"
    assert obtain.__defaults__ is not None
    assert obtain.__defaults__[0] == DIRECT == Outlet()


def test_a_token_is_kept_until_five_minutes_before_its_end(server: VertexServer) -> None:
    for _ in range(3):
        obtain(SERVICE_ACCOUNT, key_file(), Outlet(address=server.token_url))
    obtain(SERVICE_ACCOUNT, key_file(project_id="another"), Outlet(address=server.token_url))
    assert len(server.forms) == 2


def test_a_token_that_ends_soon_is_not_kept() -> None:
    with VertexServer(lifetime=299) as server:
        for _ in range(2):
            obtain(SERVICE_ACCOUNT, key_file(), Outlet(address=server.token_url))
        assert len(server.forms) == 2


def test_an_account_that_google_does_not_take_is_told_in_its_words(server: VertexServer) -> None:
    foreign = key_file(private_key=pem(private_key("somebody else")))
    error = refused(SERVICE_ACCOUNT, foreign, server.token_url)
    assert (error.code, error.words) == ("service_account_refused", "invalid_grant: Invalid JWT Signature.")
    gone = key_file(client_email="gone@test-project.iam.gserviceaccount.com")
    assert "account not found" in refused(SERVICE_ACCOUNT, gone, server.token_url).words


@pytest.mark.parametrize("text", ["{", key_file(type="authorized_user"), key_file(private_key="x")])
def test_a_file_that_is_none_is_refused_without_a_call(server: VertexServer, text: str) -> None:
    error = refused(SERVICE_ACCOUNT, text, server.token_url)
    assert error.code == "service_account_refused"
    assert error.words.endswith(".")
    assert server.forms == []


def test_a_key_that_cannot_sign_is_refused_without_a_call(server: VertexServer) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    other = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    head, *_, tail = pem(private_key()).splitlines(keepends=True)
    for key in (other, f"{head}{'A' * 64}\n{tail}"):
        error = refused(SERVICE_ACCOUNT, key_file(private_key=key), server.token_url)
        assert (error.code, error.words) == ("service_account_refused", "The private key is not a readable RSA key.")
    assert server.forms == []


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_file_credentials_are_missing(server: VertexServer, key: str | None) -> None:
    assert refused(SERVICE_ACCOUNT, key, server.token_url).code == "credentials_missing"


@pytest.mark.parametrize(
    "answer",
    [
        (302, "elsewhere"),
        (403, "<html>No way out</html>"),
        (200, "<html>Sign in</html>"),
        (200, {"access_token": "a\nb"}),
    ],
)
def test_what_stands_in_the_way_is_no_refusal_of_googles(answer: Any) -> None:
    with VertexServer(token=answer) as server:
        assert refused(SERVICE_ACCOUNT, key_file(), server.token_url).code == "credentials_unreachable"
        assert len(server.forms) == 1


def test_an_endpoint_that_nobody_listens_on_is_out_of_reach() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = refused(SERVICE_ACCOUNT, key_file(), f"http://127.0.0.1:{bound.getsockname()[1]}/token")
    assert error.code == "credentials_unreachable"


def test_proxies_of_the_environment_are_passed_by(server: VertexServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert obtain(SERVICE_ACCOUNT, key_file(), Outlet(address=server.token_url))[0] == AccessToken(TOKEN)


@pytest.fixture
def bare_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No credentials anywhere that the process would find them."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    return monkeypatch


def test_a_process_without_an_identity_has_no_credentials(bare_process: pytest.MonkeyPatch) -> None:
    assert bare_process
    error = refused(AMBIENT, None, "")
    assert error.code == "credentials_missing"
    assert "default credentials" in error.words


def test_what_the_process_has_is_used_as_whoever_runs_it_set_it_up(
    bare_process: pytest.MonkeyPatch, server: VertexServer, tmp_path: Path
) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps({**json.loads(key_file()), "token_uri": server.token_url}), encoding="utf-8")
    bare_process.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    assert obtain(AMBIENT, None, Outlet(address="a key of this test's own"))[0] == AccessToken(TOKEN)
    assert len(server.forms) == 1


def test_a_file_of_the_process_that_cannot_be_read_counts_as_missing(bare_process: pytest.MonkeyPatch) -> None:
    bare_process.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    assert refused(AMBIENT, None, "").code == "credentials_missing"
