"""The connection test and Find models through real gateways: what passes, and how their failures are told."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.cli.model_server import ModelServer
from app.clients.target import Target
from app.data.facts import Facts
from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Fix, StepResult
from app.lib.egress import Policy
from app.lib.http import Door
from app.services import discovery
from app.services.ports import Ports
from tests.fakes.probe import full, graded, probe, step, target_at, told, without_database
from tests.fixtures.gateways import Gateway, portkey_headers
from tests.fixtures.servers import free_port


@pytest.fixture(scope="module")
def ports(facts: Facts) -> Iterator[Ports]:
    door = Door(Policy(loopback_open=True))
    yield without_database(door, facts)
    door.close()


def through(gateway: Gateway, **change: Any) -> Target:
    known = {"name": gateway.served_name, "api_key": gateway.api_key, "headers": gateway.headers}
    return target_at(gateway.url, **{**known, **change})


def names(ports: Ports, target: Target) -> list[str]:
    return [each.name for each in discovery.find(ports, target).models]


@pytest.mark.parametrize("fixture", ["litellm_proxy", "portkey_gateway"])
def test_a_gateway_passes_every_step(ports: Ports, fixture: str, request: pytest.FixtureRequest) -> None:
    gateway: Gateway = request.getfixturevalue(fixture)
    results = probe(ports, through(gateway))
    assert told(results) == "passed: "
    assert step(results, "stream").figures["pieces"] > 1


@pytest.mark.parametrize("fixture", ["litellm_proxy", "portkey_gateway"])
def test_a_full_test_finds_behind_a_gateway_what_it_finds_without_one(
    ports: Ports, fixture: str, model_server: ModelServer, request: pytest.FixtureRequest
) -> None:
    gateway: Gateway = request.getfixturevalue(fixture)
    behind = grades(full(ports, through(gateway)))
    alone = grades(full(ports, target_at(model_server.url, model_server.served_name)))
    assert behind == alone
    assert {ability for ability, grade in alone.items() if grade is Grade.YES} >= {Ability.CHAT, Ability.STREAM}
    assert {ability for ability, grade in alone.items() if grade is Grade.NO} >= {Ability.TOOLS, Ability.CONTEXT}


def grades(results: list[StepResult]) -> dict[Ability, Grade]:
    """All that was found, but what is told by the time that it takes, which is the machine's."""
    found = {ability: grade for each in results for ability, grade in graded(each).items()}
    return {ability: grade for ability, grade in found.items() if ability not in (Ability.QUICK, Ability.CADENCE)}


def test_litellm_lists_its_own_names(ports: Ports, litellm_proxy: Gateway) -> None:
    listed = [litellm_proxy.served_name, litellm_proxy.dead_name, litellm_proxy.locked_name]
    assert names(ports, through(litellm_proxy)) == listed


@pytest.mark.parametrize(("key", "code"), [("sk-wrong", "key_wrong"), ("wrong", "key_wrong"), (None, "key_missing")])
def test_litellm_tells_a_wrong_key_from_none(ports: Ports, litellm_proxy: Gateway, key: str | None, code: str) -> None:
    target = through(litellm_proxy, api_key=key)
    assert told(probe(ports, target)) == f"failed: auth {code}"
    problem = discovery.find(ports, target).problem
    assert problem
    assert problem.code == code


def test_a_name_that_litellm_does_not_serve_comes_with_the_served_one(ports: Ports, litellm_proxy: Gateway) -> None:
    results = probe(ports, through(litellm_proxy, name="huose-model"))
    assert told(results) == "failed: model model_not_served"
    served = litellm_proxy.served_name
    assert step(results, "model").fix == Fix("identifier", served, f"Use {served}")


def test_a_dead_server_behind_litellm_fails_at_the_answer(ports: Ports, litellm_proxy: Gateway) -> None:
    results = probe(ports, through(litellm_proxy, name=litellm_proxy.dead_name))
    assert told(results) == "failed: chat server_error"
    assert "Connection error" in str(step(results, "chat").figures["server_said"])
    assert "nothing runs behind the proxy" in step(results, "chat").cause


def test_a_key_that_litellm_holds_is_told_from_the_endpoints_own(ports: Ports, litellm_proxy: Gateway) -> None:
    target = through(litellm_proxy, name=litellm_proxy.locked_name)
    assert told(probe(ports, target)) == "failed: auth gateway_key_wrong"
    # LiteLLM then gives that server a rest.
    assert told(probe(ports, target)) == "unknown: auth busy, chat busy, stream busy"


def test_litellm_at_its_bare_address_is_better_with_v1(ports: Ports, litellm_proxy: Gateway) -> None:
    bare = target_at(litellm_proxy.url.removesuffix("/v1"), litellm_proxy.served_name, api_key=litellm_proxy.api_key)
    results = probe(ports, bare)
    assert told(results) == "warned: model v1_recommended"
    assert step(results, "model").fix == Fix("base_url", litellm_proxy.url, f"Use {litellm_proxy.url}")


def test_portkey_passes_on_the_list_of_the_server_behind_it(ports: Ports, portkey_gateway: Gateway) -> None:
    assert names(ports, through(portkey_gateway)) == [portkey_gateway.served_name]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Either x-portkey-config or x-portkey-provider header is required"),
        ({"x-portkey-provider": "nobody"}, "Invalid provider passed"),
        (portkey_headers("http://10.0.0.1/v1"), "Invalid custom host"),
    ],
)
def test_what_portkey_misses_in_the_headers_is_shown(
    ports: Ports, portkey_gateway: Gateway, headers: dict[str, str], words: str
) -> None:
    target = through(portkey_gateway, headers=headers)
    assert step(probe(ports, target), "chat").figures["server_said"] == words
    problem = discovery.find(ports, target).problem
    assert problem
    assert problem.figures["server_said"] == words


def test_a_key_goes_through_portkey_to_the_server(
    ports: Ports, portkey_gateway: Gateway, model_server_with_key: ModelServer
) -> None:
    headers, key = portkey_headers(model_server_with_key.url), model_server_with_key.api_key
    assert told(probe(ports, through(portkey_gateway, headers=headers, api_key=key))) == "passed: "
    wrong = through(portkey_gateway, headers=headers, api_key="sk-wrong")
    assert told(probe(ports, wrong)) == "failed: auth key_wrong"


def test_a_dead_server_behind_portkey_is_told(ports: Ports, portkey_gateway: Gateway) -> None:
    headers = portkey_headers(f"http://127.0.0.1:{free_port()}/v1")
    results = probe(ports, through(portkey_gateway, headers=headers))
    assert told(results) == "failed: auth server_error"
    assert "ECONNREFUSED" in str(step(results, "auth").figures["server_said"])
