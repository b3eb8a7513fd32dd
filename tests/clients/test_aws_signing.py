"""Signatures are the same as botocore's, for whatever a request may hold."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.clients.aws_signing import signature_headers
from app.clients.target import AwsKeys
from app.lib import urls
from app.lib.http import Call
from app.lib.http_request import build

KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2026, 11, 25, 23, 59, 58, tzinfo=UTC)
HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"
ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3"


def theirs(call: Call, keys: AwsKeys, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What botocore adds to the request that the door would send, seen as the wire shows it."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: MOMENT)
    sent = build(call, "Modelport")
    headers = {name: value for name, value in sent.headers.items() if name in {*map(str.lower, call.headers), "host"}}
    request = AWSRequest(method=sent.method, url=str(sent.url), headers=headers, data=sent.content)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(credentials, "bedrock", "eu-central-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items() if name.lower() not in headers}


def agree(call: Call, monkeypatch: pytest.MonkeyPatch, keys: AwsKeys = KEYS) -> bool:
    return signature_headers(call, keys, "eu-central-1", "bedrock", MOMENT) == theirs(call, keys, monkeypatch)


@pytest.mark.parametrize(
    "name",
    ["plain", "eu.vendor.model-v1:0", ARN, "a b", "50%", "ü~*'()!", "a/b/c", "a+b", "$&,;=@"],
)
def test_a_name_in_the_path_is_encoded_twice(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/model/{quote(name, safe='')}/converse"
    assert agree(Call("POST", urls.parse(HOST + path), content=b"{}"), monkeypatch)


@pytest.mark.parametrize("path", ["", "/", "/a", "/stage/a-b_c.d~e", "/a:b;c=d", "/%7Euser"])
def test_any_path_is_signed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(Call("GET", urls.parse(HOST + path)), monkeypatch)


@pytest.mark.parametrize(
    "query",
    [
        (("type", "APPLICATION"), ("maxResults", "1000")),
        (("b", "2"), ("a", "z"), ("a", "1")),
        (("next", "a/b+c d=&ü~*"), ("Upper", "")),
    ],
)
def test_a_query_is_signed_in_order(query: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(Call("GET", urls.parse(HOST + "/inference-profiles"), query=query), monkeypatch)


@pytest.mark.parametrize("body", [None, b"", b"{}", '{"text":"Grüße, 你好 🚀"}'.encode(), bytes(range(256)) * 40])
def test_a_body_is_signed_byte_by_byte(body: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call("POST", urls.parse(HOST + "/model/a/converse"), {"content-type": "application/json"}, content=body)
    assert agree(call, monkeypatch)


@pytest.mark.parametrize("token", [None, "short", "IQoJb3JpZ2luX2VjE//" * 40 + "=="])
def test_a_session_token_is_sent_and_signed(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = AwsKeys(KEYS.access_key_id, KEYS.secret_access_key, token)
    call = Call("GET", urls.parse(HOST))
    assert agree(call, monkeypatch, keys)
    assert signature_headers(call, keys, "eu-central-1", "bedrock", MOMENT).get("x-amz-security-token") == token


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Tenant": "a", "Accept": "application/json"},
        {"x-spaced": "  a   b  ", "X-AMZ-Meta": "1"},
        {"User-Agent": "somebody", "X-Amzn-Trace-Id": "Root=1"},
    ],
)
def test_other_headers_are_signed_but_for_those_that_proxies_change(
    headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agree(Call("GET", urls.parse(HOST), headers), monkeypatch)


@pytest.mark.parametrize("host", ["http://127.0.0.1:8443", "https://[fd00::5]:9000", "https://aws.corp:443"])
def test_the_host_is_signed_as_the_door_sends_it(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(Call("GET", urls.parse(host + "/a")), monkeypatch)


def test_json_is_not_signed_since_only_the_door_knows_its_bytes() -> None:
    with pytest.raises(ValueError, match="as bytes"):
        signature_headers(Call("POST", urls.parse(HOST), json={}), KEYS, "eu-central-1", "bedrock", MOMENT)


def test_a_changed_secret_changes_the_signature() -> None:
    call = Call("GET", urls.parse(HOST))
    other = AwsKeys(KEYS.access_key_id, "another secret")
    found = {
        signature_headers(call, each, "eu-central-1", "bedrock", MOMENT)["authorization"] for each in (KEYS, other)
    }
    assert len(found) == 2
