"""The connection test and Find models over the Messages API.

llama.cpp really serves the API, errors apart: its list has OpenAI's shape, its errors too, and it takes any model's
name. What it lacks is judged on a scripted server that speaks as the API's reference lays it down.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import model_server as llama_cpp
from app.cli.model_server import ModelServer
from app.clients.target import Target
from app.domain.steps import Outcome
from app.services import discovery
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.messages_server import MODELS, Answer, MessagesServer, delta, error, message, streamed
from tests.fakes.probe import KEY, probe, step, target_at, told

NAME = MODELS[0]
THINKING = {"type": "thinking", "thinking": "Let me see.", "signature": "x"}
OVERLOADED = error(529, "overloaded_error", "Overloaded")
NO_CREDIT = error(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")


def messages_at(url: str, name: str = NAME, **more: Any) -> Target:
    return target_at(url, name, "anthropic", **{"key_header": "x-api-key", **more})


@pytest.fixture(scope="module")
def llama(model_server_folder: Path) -> Iterator[ModelServer]:
    """llama.cpp with the paths it has by itself, so that the Messages API is where clients expect it."""
    server = llama_cpp.start(model_server_folder / "messages", api_key=KEY, prefix="")
    yield server
    server.stop()


@pytest.mark.parametrize("v1", ["", "/v1"])
def test_llama_cpp_passes_with_its_key(engine: Ports, llama: ModelServer, v1: str) -> None:
    results = probe(engine, messages_at(llama.url.removesuffix("/v1") + v1, llama.served_name))
    assert told(results) == "passed: "
    assert step(results, "auth").message == "The key is accepted"
    assert step(results, "chat").figures["tokens"] == 16
    assert step(results, "stream").figures["pieces"] == 16


@pytest.mark.parametrize(("key", "code"), [("sk-of-somebody-else", "key_wrong"), (None, "key_missing")])
def test_llama_cpp_refuses_a_wrong_key(engine: Ports, llama: ModelServer, key: str | None, code: str) -> None:
    assert told(probe(engine, messages_at(llama.url, llama.served_name, api_key=key))) == f"failed: auth {code}"


def test_llama_cpp_answers_for_a_wrong_model_and_the_test_tells(engine: Ports, llama: ModelServer) -> None:
    results = probe(engine, messages_at(llama.url, NAME))
    assert told(results) == "warned: model other_model_answers"
    fix = step(results, "model").fix
    assert fix
    assert (fix.field, fix.value) == ("identifier", llama.served_name)


def test_a_pasted_path_is_cut_with_one_click(engine: Ports, llama: ModelServer) -> None:
    results = probe(engine, messages_at(f"{llama.url}/messages", llama.served_name))
    assert told(results) == "failed: auth pasted_path"
    fix = step(results, "auth").fix
    assert fix
    assert told(probe(engine, messages_at(fix.value, llama.served_name))) == "passed: "


def test_find_models_reads_llama_cpps_list(engine: Ports, llama: ModelServer) -> None:
    found = discovery.find(engine, messages_at(llama.url, "any"))
    assert [(each.name, bool(each.context)) for each in found.models] == [(llama.served_name, True)]


def test_the_platform_itself_passes(engine: Ports) -> None:
    with MessagesServer(KEY) as server:
        results = probe(engine, messages_at(server.origin))
    assert told(results) == "passed: "
    assert step(results, "model").message == "The server lists it, one of 2"
    assert "It works." in step(results, "chat").message
    assert step(results, "stream").figures["pieces"] == 2


def test_find_models_suggests_family_and_model(engine: Ports) -> None:
    with MessagesServer(KEY) as server:
        found = discovery.find(engine, messages_at(server.origin, "any"))
    assert [each.name for each in found.models] == list(MODELS)
    assert {each.family.value for each in found.models} == {"claude_3"}
    assert not found.hints_only


def test_find_models_tells_a_wrong_key(engine: Ports) -> None:
    with MessagesServer("another key") as server:
        found = discovery.find(engine, messages_at(server.origin, "any"))
    assert found.problem
    assert found.problem.code == "key_wrong"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"api_key": "sk-of-somebody-else"}, "key_wrong"),
        ({"api_key": None}, "key_missing"),
        ({"key_header": "authorization"}, "key_header_wrong"),
    ],
)
def test_a_key_that_is_wrong_or_not_where_it_is_looked_for(engine: Ports, more: dict[str, Any], code: str) -> None:
    with MessagesServer(KEY) as server:
        assert told(probe(engine, messages_at(server.origin, **more))) == f"failed: auth {code}"


def test_a_wrong_model_comes_with_the_nearest_name(engine: Ports) -> None:
    with MessagesServer(KEY) as server:
        results = probe(engine, messages_at(server.origin, "claude-opus-4.6"))
    assert told(results) == "failed: model model_not_served"
    fix = step(results, "model").fix
    assert fix
    assert fix.value == NAME


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"chat": OVERLOADED, "stream": OVERLOADED}, "unknown: chat busy, stream busy"),
        ({"list": OVERLOADED}, "unknown: model busy"),
        ({"chat": NO_CREDIT}, "failed: chat no_credit"),
        ({"chat": error(403, "permission_error", "No permission.")}, "failed: chat key_forbidden"),
        ({"chat": error(429, "rate_limit_error", "Slow down.")}, "unknown: chat rate_limited"),
        ({"chat": (200, message(NAME, THINKING))}, "warned: chat reasoning_only"),
        ({"chat": (200, message(NAME))}, "failed: chat empty_answer"),
        ({"list": error(404, "not_found_error", "Not found")}, "passed: model model_list_missing"),
        ({"stream": (200, [])}, "warned: stream stream_not_sse"),
        ({"stream": (200, streamed(NAME, "It ")[:-1])}, "warned: stream stream_no_done"),
        ({"stream": (200, streamed(NAME, "It ")[:-3])}, "failed: stream stream_broken"),
        ({"stream": (200, streamed(NAME))}, "warned: stream empty_answer"),
        ({"stream": (200, message(NAME))}, "warned: stream stream_not_sse"),
        ({"stream": (200, [error(0, "api_error", "Oh.")[1]])}, "warned: stream error_in_200"),
        (
            {"stream": (200, [*streamed(NAME, "It ")[:4], error(0, "api_error", "Oh.")[1]])},
            "failed: stream stream_broken",
        ),
        ({"stream": (200, [*streamed(NAME, "It ")[:4], OVERLOADED[1]])}, "unknown: stream busy"),
    ],
)
def test_trouble_has_its_verdict_step_and_code(engine: Ports, script: dict[str, Answer], expected: str) -> None:
    with MessagesServer(KEY, **script) as server:
        results = probe(engine, messages_at(server.origin))
    assert told(results) == expected
    assert all(each.remedy for each in results if each.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.UNKNOWN))


def test_thinking_counts_as_something_that_streams(engine: Ports) -> None:
    events = streamed(NAME, "It works.")
    events.insert(3, delta(type="thinking_delta", thinking="Let me see."))
    with MessagesServer(KEY, stream=(200, events)) as server:
        assert step(probe(engine, messages_at(server.origin)), "stream").figures["pieces"] == 2


def test_a_temperature_that_newer_models_refuse_is_left_out(engine: Ports) -> None:
    class Refusing(MessagesServer):
        def _messages(self, body: dict[str, Any]) -> Answer:
            if "temperature" in body:
                return error(400, "invalid_request_error", "`temperature` is deprecated for this model.")
            return super()._messages(body)

    with Refusing(KEY) as server:
        results = probe(engine, messages_at(server.origin))
    assert told(results) == "warned: chat temperature_unsupported"
    fix = step(results, "chat").fix
    assert fix
    assert (fix.field, fix.value) == ("quirks", "no_temperature")


def test_a_server_that_speaks_only_openais_protocol_does_not_pass(engine: Ports) -> None:
    with FaultServer(models=(NAME,)) as server:
        assert told(probe(engine, messages_at(server.url))) == "failed: chat wrong_path"
