"""The connection test and Find models over Amazon Bedrock: every way to sign in, and every refusal with its code.

The stand-in computes signatures anew with botocore and is proven with botocore's clients.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.clients.granting import Outlet
from app.clients.target import AwsKeys, Cloud, Target
from app.domain.credentials import Auth
from app.domain.steps import Outcome
from app.services import discovery
from app.services.ports import Ports
from tests.fakes.bedrock_server import (
    ARN,
    EXTERNAL_ID,
    KEYS,
    NAME,
    PROFILE,
    REGION,
    ROLE_KEYS,
    SPREAD,
    TITAN,
    BedrockServer,
    Reply,
    error,
    events,
    said,
)
from tests.fakes.bedrock_server import ROLE as ROLE_ARN
from tests.fakes.eventstream import delta, exception, streamed
from tests.fakes.probe import KEY, probe, step, target_at, told

PAIR = Cloud(region=REGION, auth=Auth.ACCESS_KEY, access_key_id=KEYS.access_key_id)
ROLE = Cloud(region=REGION, auth=Auth.ROLE)
AMBIENT = Cloud(region=REGION, auth=Auth.AMBIENT)
BUSY = error(503, "ServiceUnavailableException", "Bedrock is unable to process your request.")
NO_ACCESS = error(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.")
NO_USE_CASE = error(
    404, "ResourceNotFoundException", "Model use case details have not been submitted for this account."
)
NO_LIST = error(403, "AccessDeniedException", "User: ada is not authorized to perform: bedrock:ListFoundationModels")

DENIED = error(
    403, "AccessDeniedException", "User: ada is not authorized to perform: bedrock:InvokeModel on resource: a"
)
NO_STREAM = error(400, "ValidationException", "The model is unsupported for streaming.")
FAILED = exception("modelStreamErrorException", "Oh.")


def keyed(url: str, name: str = NAME, **more: Any) -> Target:
    return target_at(url, name, "bedrock", **{"cloud": Cloud(region=REGION), **more})


def signing(url: str, name: str = NAME, **more: Any) -> Target:
    return keyed(url, name, **{"cloud": PAIR, "api_key": KEYS.secret_access_key, **more})


@pytest.mark.parametrize(
    ("more", "scheme"),
    [
        ({}, "bearer"),
        ({"cloud": PAIR, "api_key": KEYS.secret_access_key}, "signature"),
        ({"cloud": PAIR, "api_key": None, "granted": KEYS}, "signature"),
        ({"cloud": AMBIENT, "api_key": None, "granted": KEYS}, "signature"),
    ],
)
@pytest.mark.parametrize("name", [NAME, PROFILE, ARN])
def test_every_way_to_sign_in_passes_with_every_form_of_name(
    engine: Ports, more: dict[str, Any], scheme: str, name: str
) -> None:
    with BedrockServer(api_key=KEY) as server:
        results = probe(engine, keyed(server.origin, name, **more))
    assert told(results) == "passed: "
    assert set(server.gate.seen) == {scheme}
    assert step(results, "chat").figures["tokens"] == 5
    assert step(results, "stream").figures["pieces"] == 2


@pytest.mark.parametrize("cloud", [ROLE, AMBIENT])
def test_the_token_of_a_role_is_signed_with_the_rest(engine: Ports, cloud: Cloud) -> None:
    with BedrockServer(ROLE_KEYS) as server:
        assert told(probe(engine, keyed(server.origin, cloud=cloud, granted=ROLE_KEYS))) == "passed: "


@pytest.mark.parametrize("cloud", [replace(ROLE, role_arn="arn:aws:iam::123456789012:role/x"), AMBIENT])
def test_a_process_without_an_identity_is_told_so_before_anything_is_asked(
    engine: Ports, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with BedrockServer(ROLE_KEYS) as server:
        results = probe(engine, keyed(server.origin, cloud=cloud, api_key=None))
        assert (told(results), server.gate.seen) == ("failed: auth credentials_missing", [])
        found = discovery.find(engine, keyed(server.origin, cloud=cloud, api_key=None))
    assert found.problem is not None
    assert found.problem.code == "credentials_missing"


def test_a_role_is_assumed_before_the_model_is_asked(engine: Ports) -> None:
    cloud = replace(PAIR, auth=Auth.ROLE, role_arn=ROLE_ARN, external_id=EXTERNAL_ID)
    with BedrockServer() as tokens, BedrockServer(ROLE_KEYS) as server:
        ports = replace(engine, outlet=Outlet(address=tokens.origin))
        results = probe(ports, keyed(server.origin, cloud=cloud, api_key=KEYS.secret_access_key))
    assert told(results) == "passed: "


def test_a_token_that_somebody_pasted_is_signed_too(engine: Ports) -> None:
    cloud = replace(PAIR, access_key_id=ROLE_KEYS.access_key_id, session_token=ROLE_KEYS.session_token)
    with BedrockServer(ROLE_KEYS) as server:
        found = probe(engine, keyed(server.origin, cloud=cloud, api_key=ROLE_KEYS.secret_access_key))
    assert told(found) == "passed: "


def test_extra_headers_are_part_of_the_signature(engine: Ports) -> None:
    with BedrockServer() as server:
        assert told(probe(engine, signing(server.origin, headers={"X-Amz-Tenant": "a  b"}))) == "passed: "


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"api_key": "of-somebody-else"}, "key_wrong"),
        ({"api_key": None}, "key_missing"),
        ({"cloud": PAIR, "api_key": "of-somebody-else"}, "key_wrong"),
        ({"cloud": replace(PAIR, access_key_id="AKIAANOTHER")}, "key_wrong"),
        ({"cloud": replace(PAIR, region="us-east-1"), "api_key": KEYS.secret_access_key}, "region_wrong"),
        ({"cloud": PAIR, "granted": AwsKeys(KEYS.access_key_id, KEYS.secret_access_key, "old")}, "key_expired"),
    ],
)
def test_credentials_that_are_wrong_are_told_apart(engine: Ports, more: dict[str, Any], code: str) -> None:
    with BedrockServer(api_key=KEY) as server:
        results = probe(engine, keyed(server.origin, **more))
    assert told(results) == f"failed: auth {code}"
    assert step(results, "auth").remedy


@pytest.mark.parametrize("ahead", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_a_clock_that_is_off_is_no_wrong_key(engine: Ports, ahead: timedelta) -> None:
    with BedrockServer(ahead=ahead) as server:
        assert told(probe(engine, signing(server.origin))) == "failed: auth clock_skew"


@pytest.mark.parametrize("script", [{}, {"list": NO_LIST}])
def test_a_model_that_wants_a_profile_comes_with_it(engine: Ports, script: dict[str, Reply]) -> None:
    with BedrockServer(**script) as server:
        results = probe(engine, signing(server.origin, SPREAD))
        odd = next(each for each in results if each.outcome is Outcome.FAILED)
        assert odd.code == "needs_inference_profile"
        assert odd.fix
        assert (odd.fix.field, odd.fix.value) == ("identifier", PROFILE)
        assert step(probe(engine, signing(server.origin, odd.fix.value)), "chat").outcome is Outcome.PASSED


def test_a_wrong_name_comes_with_the_nearest(engine: Ports) -> None:
    with BedrockServer() as server:
        results = probe(engine, signing(server.origin, "mistral.mistral-large-v1:0"))
    assert told(results) == "failed: model model_not_served"
    fix = step(results, "model").fix
    assert fix
    assert fix.value == NAME


def test_an_address_with_too_much_pasted_is_led_right(engine: Ports) -> None:
    with BedrockServer() as server:
        results = probe(engine, signing(f"{server.origin}/model/{NAME}/converse"))
        fix = step(results, "auth").fix
        assert told(results) == "failed: auth pasted_path"
        assert fix
        assert told(probe(engine, signing(fix.value))) == "passed: "


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"chat": NO_ACCESS}, "failed: chat model_access_missing"),
        ({"chat": NO_USE_CASE}, "failed: chat use_case_missing"),
        ({"chat": DENIED}, "failed: chat invoke_denied"),
        ({"chat": error(429, "ThrottlingException", "Too many requests.")}, "unknown: chat rate_limited"),
        ({"chat": error(429, "ModelNotReadyException", "Not ready.")}, "unknown: chat loading"),
        ({"chat": error(408, "ModelTimeoutException", "Too slow.")}, "unknown: chat busy"),
        ({"chat": error(424, "ModelErrorException", "Oh.")}, "failed: chat server_error"),
        ({"chat": BUSY, "stream": BUSY}, "unknown: chat busy, stream busy"),
        ({"chat": said()}, "failed: chat empty_answer"),
        ({"list": NO_LIST}, "passed: model model_list_missing"),
        ({"list": BUSY}, "unknown: model busy"),
        ({"stream": DENIED}, "warned: stream invoke_denied"),
        ({"stream": NO_STREAM}, "warned: stream stream_refused"),
        ({"stream": events(*streamed("It ")[:-1])}, "warned: stream stream_no_done"),
        ({"stream": events(*streamed("It ")[:-2])}, "failed: stream stream_broken"),
        ({"stream": events(delta(text="It "), b"\x00" * 16)}, "failed: stream stream_broken"),
        ({"stream": events(exception("throttlingException", "Slow."))}, "unknown: stream rate_limited"),
        ({"stream": events(delta(text="It "), FAILED)}, "failed: stream stream_broken"),
        ({"stream": events(FAILED)}, "warned: stream server_error"),
        ({"stream": said({"text": "It works."})}, "warned: stream stream_not_sse"),
    ],
)  # fmt: skip
def test_trouble_has_its_verdict_step_and_code(engine: Ports, script: dict[str, Reply], expected: str) -> None:
    with BedrockServer(**script) as server:
        results = probe(engine, signing(server.origin))
    assert told(results) == expected
    assert all(each.remedy for each in results if each.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.UNKNOWN))


def test_a_system_message_that_is_refused_is_put_into_the_question(engine: Ports) -> None:
    class Refusing(BedrockServer):
        def _model(self, name: str, operation: str, body: dict[str, Any]) -> Reply:
            if "system" in body:
                return error(400, "ValidationException", "This model doesn't support system messages.")
            return super()._model(name, operation, body)

    with Refusing() as server:
        results = probe(engine, signing(server.origin))
    assert told(results) == "warned: chat system_unsupported"
    fix = step(results, "chat").fix
    assert fix
    assert fix.value == "no_system"


def test_find_models_lists_what_may_be_called(engine: Ports) -> None:
    with BedrockServer() as server:
        found = discovery.find(engine, signing(server.origin, "any"))
    assert [each.name for each in found.models] == [NAME, PROFILE, TITAN]
    assert not found.hints_only


def test_find_models_tells_what_the_key_may_not(engine: Ports) -> None:
    with BedrockServer(list=NO_LIST) as server:
        found = discovery.find(engine, signing(server.origin, "any"))
    assert found.problem
    assert found.problem.code == "key_forbidden"


def test_no_secret_is_shown_with_what_aws_says(engine: Ports) -> None:
    with BedrockServer(KEYS) as server:
        results = probe(engine, signing(server.origin, granted=replace(KEYS, secret_access_key="another")))
    shown = str(step(results, "auth").figures["server_said"])
    assert "does not match" in shown
    assert "Canonical" not in shown
