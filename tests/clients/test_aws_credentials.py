"""Live AWS credentials through botocore itself, from a stand-in that checks who asks."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clients import aws_credentials
from app.clients.aws_credentials import obtain
from app.clients.granting import CACHED_MAX, Cache, CredentialsRefused, Outlet
from app.clients.target import AwsKeys, Cloud
from app.domain.credentials import Auth
from tests.fakes.bedrock_server import EXTERNAL_ID, KEYS, REGION, ROLE, ROLE_KEYS, BedrockServer, Reply

ASSUMING = Cloud(
    region=REGION, auth=Auth.ROLE, access_key_id=KEYS.access_key_id, role_arn=ROLE, external_id=EXTERNAL_ID
)
AMBIENT = Cloud(region=REGION, auth=Auth.AMBIENT)
SECRET = KEYS.secret_access_key
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_ambient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The machine that runs the tests may have credentials of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def server() -> Iterator[BedrockServer]:
    with BedrockServer() as running:
        yield running


def taken(server: BedrockServer, cloud: Cloud = ASSUMING, secret: str | None = SECRET, **more: Any) -> Any:
    return obtain(cloud, secret, Outlet(address=server.origin), **{"cache": Cache(), **more})


def code_of(server: BedrockServer, cloud: Cloud, secret: str | None = SECRET) -> tuple[str, str]:
    with pytest.raises(CredentialsRefused) as caught:
        taken(server, cloud, secret)
    return caught.value.code, caught.value.words


def test_a_pair_of_keys_assumes_the_role(server: BedrockServer) -> None:
    keys, expiry = taken(server)
    assert keys == ROLE_KEYS
    assert expiry > datetime.now(UTC) + timedelta(minutes=50)
    assert f"ExternalId={EXTERNAL_ID}".encode() in server.requests[0].body


def test_the_process_assumes_the_role_where_no_pair_is_given(
    server: BedrockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert taken(server, replace(ASSUMING, access_key_id=""), None)[0] == ROLE_KEYS


@pytest.mark.parametrize(
    ("change", "secret", "words"),
    [
        ({"external_id": "another"}, SECRET, "not authorized to perform: sts:AssumeRole"),
        ({"role_arn": f"{ROLE}-of-others"}, SECRET, "not authorized to perform: sts:AssumeRole"),
        ({"role_arn": "short"}, SECRET, "RoleArn"),
        ({"access_key_id": "AKIAANOTHER"}, SECRET, "security token"),
        ({}, "another", "does not match"),
    ],
)
def test_a_refusal_has_the_providers_words(
    server: BedrockServer, change: dict[str, str], secret: str, words: str
) -> None:
    code, told = code_of(server, replace(ASSUMING, **change), secret)
    assert code == "role_refused"
    assert words in told


@pytest.mark.parametrize("cloud", [AMBIENT, replace(ASSUMING, access_key_id="")])
def test_a_process_without_credentials_says_so(server: BedrockServer, cloud: Cloud) -> None:
    assert code_of(server, cloud, None)[0] == "credentials_missing"


def test_half_a_pair_is_told_as_missing(server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key_id)
    code, words = code_of(server, AMBIENT)
    assert code == "credentials_missing"
    assert "AWS_SECRET_ACCESS_KEY" in words


def test_a_service_that_is_not_there_is_told_without_words() -> None:
    with BedrockServer() as server:
        pass
    assert code_of(server, ASSUMING) == ("credentials_unreachable", "")


def test_a_service_that_fails_is_asked_once_and_says_nothing_about_the_role() -> None:
    with BedrockServer(sts=Reply(503, b"")) as server:
        assert code_of(server, ASSUMING)[0] == "credentials_unreachable"
    assert len(server.requests) == 1


def test_the_way_out_is_the_proxy_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    with BedrockServer() as server:
        pass
    with pytest.raises(CredentialsRefused) as caught:
        obtain(ASSUMING, SECRET, Outlet(proxy=server.origin), Cache())
    assert caught.value.code == "credentials_unreachable"


def test_proxies_of_the_environment_are_not_taken(server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert taken(server)[0] == ROLE_KEYS


def test_nothing_loads_botocore_before_it_is_needed() -> None:
    code = "import sys, app.clients.registry, app.clients.aws_credentials; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("region", ["", "evil.example/", "eu-central-1.evil", "EU-CENTRAL-1", "a@b", "eu-central-1#"])
def test_a_region_never_leads_to_another_host(region: str) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        obtain(replace(ASSUMING, region=region), SECRET, cache=Cache())
    assert caught.value.code == "credentials_unreachable"


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("eu-central-1", "https://sts.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_region_has_its_own_token_service(region: str, address: str) -> None:
    assert aws_credentials._sts(region) == address


def test_the_environment_is_taken_as_it_is(server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert taken(server, AMBIENT, None) == (AwsKeys("AKIAENV", "secret", "token"), None)


def test_a_web_identity_as_on_kubernetes_is_exchanged(
    server: BedrockServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("of-the-pod", encoding="utf-8")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.origin)
    keys, expiry = taken(server, AMBIENT, None)
    assert (keys, bool(expiry)) == (ROLE_KEYS, True)
    monkeypatch.setenv("AWS_ROLE_ARN", f"{ROLE}-of-others")
    assert code_of(server, AMBIENT)[0] == "role_refused"
    token.unlink()
    assert code_of(server, AMBIENT)[0] == "credentials_missing"


def test_what_lasts_is_asked_for_once_and_only_for_the_same_secret(server: BedrockServer) -> None:
    cache = Cache()
    assert taken(server, cache=cache) == taken(server, cache=cache)
    assert len(server.requests) == 1
    assert taken(server, replace(ASSUMING, external_id=""), cache=cache)[0] == ROLE_KEYS
    assert len(server.requests) == 2
    with pytest.raises(CredentialsRefused):
        taken(server, secret="another", cache=cache)


@pytest.mark.parametrize(("minutes", "held"), [(60, True), (6, True), (5, False), (-1, False)])
def test_what_is_about_to_expire_is_not_kept(minutes: int, held: bool) -> None:
    cache = Cache(now=lambda: NOW)
    cache.put(b"a", (KEYS, NOW + timedelta(minutes=minutes)))
    assert bool(cache.get(b"a")) is held


def test_what_has_no_end_is_asked_for_each_time() -> None:
    cache = Cache(now=lambda: NOW)
    cache.put(b"a", (KEYS, None))
    assert cache.get(b"a") is None


def test_the_oldest_gives_way() -> None:
    cache = Cache(now=lambda: NOW)
    for number in range(CACHED_MAX + 1):
        cache.put(str(number).encode(), (KEYS, NOW + timedelta(hours=1)))
    assert cache.get(b"0") is None
    assert cache.get(str(CACHED_MAX).encode())


def test_other_kinds_have_nothing_to_obtain() -> None:
    with pytest.raises(ValueError, match="access_key"):
        obtain(replace(ASSUMING, auth=Auth.ACCESS_KEY), SECRET)
