"""Bedrock's shapes on the wire: where requests go, how they are authorised, and what is read from answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.clients.bedrock import Bedrock
from app.clients.dialect import Ask, Tool, ToolChoice, Turn, WireError
from app.clients.target import AwsKeys, Cloud, Target
from app.domain.credentials import Auth
from app.lib import urls
from app.lib.http import Answer
from tests.fakes.bedrock_server import ARN, COHERE, KEYS, NAME, PROFILE, SPREAD, TITAN

MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)
WIRE = Bedrock(now=lambda: MOMENT)
HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"
ASK = Ask("Say that the connection works.", "Be brief.", 16)
SIGNED = Cloud(region="eu-central-1", auth=Auth.ACCESS_KEY, access_key_id=KEYS.access_key_id)


def target(address: str = HOST, name: str = NAME, **more: Any) -> Target:
    known = {"api_key": "key-of-a-test", "cloud": Cloud(region="eu-central-1"), **more}
    return Target("bedrock", "", urls.parse(address), name, **known)


def answer(status: int, body: Any, **headers: str) -> Answer:
    return Answer(status, {"content-type": "application/json", **headers}, json.dumps(body).encode(), 1, 1)


def body_of(ask: Ask, **more: Any) -> dict[str, Any]:
    content = WIRE.chat_call(target(**more), ask).content
    assert content
    return dict(json.loads(content))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (NAME, "/model/mistral.mistral-large-2402-v1%3A0/converse"),
        (PROFILE, "/model/eu.anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        (ARN, f"/model/{ARN.replace(':', '%3A').replace('/', '%2F')}/converse"),
    ],
)
def test_the_name_is_one_part_of_the_path_whatever_its_form(name: str, path: str) -> None:
    assert WIRE.chat_call(target(name=name), ASK).address.path == path
    assert WIRE.chat_call(target(name=name), replace(ASK, stream=True)).address.path == f"{path}-stream"
    assert WIRE.key_check_call(target(name=name)).address.path == path


@pytest.mark.parametrize("plane", ["bedrock", "bedrock-runtime"])
@pytest.mark.parametrize("rest", [".eu-central-1.amazonaws.com", "-fips.us-gov-west-1.amazonaws.com", ".x-1.api.aws"])
def test_calls_and_lists_each_go_to_their_host_of_the_region(plane: str, rest: str) -> None:
    typed = target(f"https://{plane}{rest}")
    assert WIRE.chat_call(typed, ASK).address.host == f"bedrock-runtime{rest}"
    assert WIRE.list_call(typed).address.host == f"bedrock{rest}"


@pytest.mark.parametrize(
    "host", ["vpce-1.bedrock-runtime.eu-central-1.vpce.amazonaws.com", "127.0.0.1", "bedrock-runtime.corp.example"]
)
def test_a_host_of_another_kind_gets_everything(host: str) -> None:
    typed = target(f"https://{host}/stage")
    assert {WIRE.chat_call(typed, ASK).address.host, WIRE.list_call(typed).address.host} == {host}
    assert WIRE.list_call(typed).address.path == "/stage/foundation-models"


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        (NAME, "/foundation-models", ()),
        ("any", "/foundation-models", ()),
        (PROFILE, "/inference-profiles", (("maxResults", "1000"), ("type", "SYSTEM_DEFINED"))),
        (ARN, "/inference-profiles", (("maxResults", "1000"), ("type", "APPLICATION"))),
    ],
)
def test_the_list_is_the_one_that_would_hold_the_name(name: str, path: str, query: tuple[Any, ...]) -> None:
    call = WIRE.list_call(target(name=name))
    assert (call.method, call.address.path, call.query) == ("GET", path, query)


def test_a_bedrock_key_is_a_bearer_token() -> None:
    call = WIRE.chat_call(target(headers={"X-Tenant": "a"}), ASK)
    assert call.headers == {
        "content-type": "application/json",
        "authorization": "Bearer key-of-a-test",
        "X-Tenant": "a",
    }
    assert call.secret
    assert not WIRE.list_call(target(api_key=None)).secret


def test_a_pair_of_keys_signs_for_its_region() -> None:
    call = WIRE.chat_call(target(cloud=SIGNED, api_key=KEYS.secret_access_key), ASK)
    proof = call.headers["authorization"]
    assert f"Credential={KEYS.access_key_id}/20261125/eu-central-1/bedrock/aws4_request" in proof
    assert (call.headers["x-amz-date"], call.secret) == ("20261125T120000Z", True)
    assert KEYS.secret_access_key not in str(dict(call.headers))


@pytest.mark.parametrize("auth", [Auth.ACCESS_KEY, Auth.ROLE, Auth.AMBIENT])
def test_live_credentials_come_before_those_that_are_stored(auth: Auth) -> None:
    live = AwsKeys("ASIALIVE", "secret", "token")
    headers = WIRE.list_call(target(cloud=replace(SIGNED, auth=auth), granted=live)).headers
    assert "Credential=ASIALIVE/" in headers["authorization"]
    assert headers["x-amz-security-token"] == "token"


@pytest.mark.parametrize("auth", [Auth.ROLE, Auth.AMBIENT])
def test_without_live_credentials_nothing_is_signed_and_no_secret_goes_out(auth: Auth) -> None:
    call = WIRE.chat_call(target(cloud=replace(SIGNED, auth=auth)), ASK)
    assert (dict(call.headers), call.secret) == ({"content-type": "application/json"}, False)


def test_the_region_of_the_address_serves_where_none_is_set() -> None:
    proof = WIRE.list_call(target(cloud=replace(SIGNED, region=""))).headers["authorization"]
    assert "/eu-central-1/bedrock/" in proof


def test_a_request_has_system_text_as_a_field_of_its_own() -> None:
    assert body_of(ASK) == {
        "messages": [{"role": "user", "content": [{"text": "Say that the connection works."}]}],
        "inferenceConfig": {"maxTokens": 16, "temperature": 0.0},
        "system": [{"text": "Be brief."}],
    }


def test_quirks_leave_out_what_is_refused_but_never_max_tokens() -> None:
    quirks = frozenset({"no_system", "no_temperature", "no_stop", "max_completion_tokens"})
    assert body_of(replace(ASK, stop=("x",)), quirks=quirks) == {
        "messages": [{"role": "user", "content": [{"text": "Be brief.\n\nSay that the connection works."}]}],
        "inferenceConfig": {"maxTokens": 16},
    }


def test_earlier_turns_and_stops_are_sent() -> None:
    body = body_of(Ask("And now?", earlier=(Turn("Hello"), Turn("Hi", by_model=True)), stop=("END",)))
    assert [(each["role"], each["content"][0]["text"]) for each in body["messages"]] == [
        ("user", "Hello"),
        ("assistant", "Hi"),
        ("user", "And now?"),
    ]
    assert body["inferenceConfig"]["stopSequences"] == ["END"]


@pytest.mark.parametrize(("choice", "sent"), [(ToolChoice.AUTO, {"auto": {}}), (ToolChoice.FORCED, {"any": {}})])
def test_tools_are_offered_or_forced(choice: ToolChoice, sent: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {}}
    body = body_of(Ask("Go", tools=(Tool("look", "Looks.", schema),), tool_choice=choice))
    spec = {"name": "look", "description": "Looks.", "inputSchema": {"json": schema}}
    assert body["toolConfig"] == {"tools": [{"toolSpec": spec}], "toolChoice": sent}


def test_a_schema_goes_as_text() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    text = body_of(Ask("Go", schema=schema))["outputConfig"]["textFormat"]
    assert text["type"] == "json_schema"
    assert json.loads(text["structure"]["jsonSchema"]["schema"]) == schema


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (TITAN, {"inputText": "ü"}),
        (COHERE, {"texts": ["ü"], "input_type": "search_document"}),
        (f"eu.{COHERE}", {"texts": ["ü"], "input_type": "search_document"}),
        (ARN, {"inputText": "ü"}),
    ],
)
def test_an_embedding_is_asked_for_as_the_vendor_wants_it(name: str, body: dict[str, Any]) -> None:
    call = WIRE.embeddings_call(target(name=name), "ü")
    assert call
    assert call.address.path.endswith("/invoke")
    assert call.content == json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "body", [{"embedding": [1, 0.5]}, {"embeddings": [[1, 0.5]]}, {"embeddings": {"float": [[1.0, 0.5]]}}]
)
def test_a_vector_is_read_in_the_vendors_shapes(body: Any) -> None:
    assert WIRE.read_embeddings(target(), answer(200, body)) == (1.0, 0.5)


@pytest.mark.parametrize("body", [None, [], {}, {"embedding": "x"}, {"embeddings": []}, {"embedding": [None]}])
def test_anything_else_is_no_vector(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_embeddings(target(), answer(200, body))
    assert caught.value.trouble.code == "bad_json"


def test_gaps_have_no_address() -> None:
    assert WIRE.gap_call(target(), None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("", PROFILE, []),
        ("", ARN, []),
        ("", SPREAD, [f"needs_inference_profile {PROFILE}"]),
        ("/v1", PROFILE, [f"wrong_path {HOST}"]),
        ("/v1", SPREAD, [f"wrong_path {HOST}", f"needs_inference_profile {PROFILE}"]),
        ("/model/x/converse", PROFILE, [f"pasted_path {HOST}"]),
        ("/stage/foundation-models", PROFILE, [f"pasted_path {HOST}/stage"]),
    ],
)
def test_what_else_may_have_been_meant(typed: str, name: str, expected: list[str]) -> None:
    found = WIRE.alternatives(target(HOST + typed, name))
    assert [f"{each.code} {each.value}" for each in found] == expected


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("us-east-1", "us"), ("us-gov-west-1", "us-gov"), ("eu-west-1", "eu"), ("ap-south-1", "apac"), ("", "global")],
)
def test_a_region_has_its_profile(region: str, prefix: str) -> None:
    cloud = replace(SIGNED, region=region)
    assert WIRE.alternatives(target("https://aws.corp", SPREAD, cloud=cloud))[0].value == f"{prefix}.{SPREAD}"
