"""Azure OpenAI through the engine: deployments, versions, and addresses as portals show them."""

from typing import Any

import pytest

from app.clients.azure_openai import DEFAULT_VERSION
from app.clients.target import Target
from app.domain.steps import Outcome
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import KEY, probe, step, target_at, told
from tests.fakes.refusals import Style


def azure(**more: Any) -> FaultServer:
    return FaultServer(**{"style": Style.AZURE, "models": ("dep",), "api_key": KEY, **more})


def deployment(url: str, name: str = "dep", **more: Any) -> Target:
    return target_at(url, name, "azure_openai", key_header="api-key", **more)


@pytest.mark.parametrize(
    ("path", "version"), [("", ""), ("", "2024-06-01"), ("/openai/v1", ""), ("/openai/v1", "preview")]
)
def test_a_deployment_passes_at_both_kinds_of_address(engine: Ports, path: str, version: str) -> None:
    with azure() as server:
        results = probe(engine, deployment(server.origin + path, api_version=version))
        assert {each.key for each in server.requests} == {KEY}
    assert told(results) == "passed: "
    assert step(results, "model").outcome is Outcome.SKIPPED


@pytest.mark.parametrize("path", ["", "/openai/v1"])
def test_a_missing_deployment_is_found_before_a_chat_is_tried(engine: Ports, path: str) -> None:
    with azure() as server:
        results = probe(engine, deployment(server.origin + path, "gpt-4o"))
    assert told(results) == "failed: model deployment_missing"
    assert "gpt-4o" in step(results, "model").message


def test_a_wrong_version_is_led_to_one_that_works(engine: Ports) -> None:
    with azure() as server:
        wrong = step(probe(engine, deployment(server.origin, api_version="version-of-1999")), "auth")
        assert wrong.code == "api_version_wrong"
        assert wrong.fix
        assert (wrong.fix.field, wrong.fix.value) == ("api_version", DEFAULT_VERSION)
        assert told(probe(engine, deployment(server.origin, api_version=wrong.fix.value))) == "passed: "


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("/openai", ""),
        ("/openai/deployments/dep", ""),
        ("/openai/deployments/dep/chat/completions", ""),
        ("/openai/v1/chat/completions", "/openai/v1"),
    ],
)
def test_an_address_with_too_much_pasted_is_led_right(engine: Ports, typed: str, right: str) -> None:
    with azure() as server:
        wrong = step(probe(engine, deployment(server.origin + typed)), "auth")
        assert wrong.fix
        assert wrong.fix.value == server.origin + right
        assert told(probe(engine, deployment(wrong.fix.value))) == "passed: "


def test_a_wrong_key_is_told_as_such(engine: Ports) -> None:
    with azure(api_key="another-key-altogether") as server:
        assert told(probe(engine, deployment(server.origin))) == "failed: auth key_wrong"


def test_a_firewall_is_no_wrong_key(engine: Ports) -> None:
    with azure(fault=Fault.FORBIDDEN, at=Place.CHAT) as server:
        results = probe(engine, deployment(server.origin))
    assert told(results) == "failed: auth key_forbidden"
    assert "Firewall" in str(step(results, "auth").figures["server_said"])


def test_newer_models_want_another_limit(engine: Ports) -> None:
    with azure(fault=Fault.MAX_TOKENS_REFUSED) as server:
        chat = step(probe(engine, deployment(server.origin)), "chat")
        assert chat.fix
        assert (chat.code, chat.fix.value) == ("max_tokens_unsupported", "max_completion_tokens")


def test_a_name_that_cannot_be_part_of_a_path_is_told_and_not_sent(engine: Ports) -> None:
    with azure() as server:
        assert told(probe(engine, deployment(server.origin, ".."))) == "failed: auth bad_address"
        assert [each.method for each in server.requests] == ["GET"]
