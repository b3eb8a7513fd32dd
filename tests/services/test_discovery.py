"""Find models: the list as the server has it, or why there is none and what helps."""

import json
import time
from typing import Any

import pytest

from app.clients.target import Target
from app.domain.endpoints import EndpointDraft
from app.domain.proposals import Kind, ProposalDraft
from app.domain.roles import Actor
from app.domain.steps import StepResult
from app.services import discovery, drafts, proposals
from app.services.discovery import MOST_SHOWN, Discovery
from app.services.ports import Ports
from app.services.probe_run import Pace
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import MARKUP, Fault, Place
from tests.fakes.probe import KEY, target_at
from tests.fakes.raw_answers import RawAnswers
from tests.fakes.refusals import Style
from tests.fixtures.statements import statements


def names(found: Discovery) -> list[str]:
    return [each.name for each in found.models]


def problem(ports: Ports, target: Target, pace: Pace = discovery.PACE) -> StepResult:
    found = discovery.find(ports, target, pace)
    assert found.models == ()
    assert found.problem
    assert found.problem.message
    assert found.problem.cause
    assert found.problem.remedy
    return found.problem


def list_of(*rows: Any) -> RawAnswers:
    return RawAnswers(lambda _: (200, "application/json", json.dumps({"data": rows})))


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_names_come_in_the_servers_order(engine: Ports, slash: str) -> None:
    with FaultServer(models=("mistral-small", "alpha"), api_key=KEY) as server:
        assert names(discovery.find(engine, target_at(server.url + slash))) == ["mistral-small", "alpha"]
        assert [(each.path, each.key) for each in server.requests] == [("/v1/models", KEY)]


def test_a_server_without_keys_is_asked_without_one(engine: Ports) -> None:
    with FaultServer() as server:
        assert names(discovery.find(engine, target_at(server.url, api_key=None))) == ["alpha", "beta"]
        assert "authorization" not in server.requests[0].headers


def test_each_name_comes_with_a_suggestion_and_the_rule_that_fired(engine: Ports) -> None:
    with list_of({"id": "mistralai/Mistral-Small-24B", "max_model_len": 32768}, {"id": "house-model"}) as server:
        known, unknown = discovery.find(engine, target_at(f"{server.origin}/v1")).models
    assert known.family.value.startswith("mistral")
    assert "starts with" in known.family.reason
    assert known.context == 32768
    assert (unknown.family.value, unknown.model) == ("other", None)
    assert unknown.family.reason


def add_to_catalogue(ports: Ports, actor: Actor, **values: str) -> None:
    fields = {"model": "House Model 7B", "host": "vllm", "family": "mistral", "identifier": "acme/hm-7b", **values}
    proposals.accept(ports, actor, proposals.propose(ports, actor, ProposalDraft(Kind.MODEL, fields)), None)


@pytest.mark.parametrize("served", ["house-model-7b", "acme/House-Model-7B-Instruct", "hm-7b"])
def test_models_that_people_added_are_known_with_their_family(
    engine: Ports, ports: Ports, ada: Actor, served: str
) -> None:
    add_to_catalogue(ports, ada)
    with list_of({"id": served}, {"id": "other-model"}) as server:
        target = target_at(f"{server.origin}/v1")
        known, unknown = discovery.find(engine, target, added=discovery.local(ports)).models
    assert known.model
    assert (known.model.value, known.family.value) == ("House Model 7B", "mistral")
    assert known.family.reason == "the catalogue states it for House Model 7B"
    assert (unknown.model, unknown.family.value) == (None, "other")


def test_a_variant_that_was_added_is_no_match_for_the_model(ports: Ports, ada: Actor) -> None:
    add_to_catalogue(ports, ada, variant="AWQ", identifier="acme/hm-7b-awq")
    for served in ("hm-7b-awq", "house-model-7b-awq"):
        assert discovery.suggest(ports, "openai_compatible", "vllm", served)[1] is None


def test_several_drafts_take_the_statements_of_one(ports: Ports, ada: Actor) -> None:
    add_to_catalogue(ports, ada)
    names = ["hm-7b", *(f"model-{number}" for number in range(9))]
    with statements(ports.store) as sent:
        first, *_ = drafts.several(ports, EndpointDraft(server="vllm"), names)
    assert (first.model, first.family, len(sent)) == ("House Model 7B", "mistral", 1)


def test_duplicates_are_shown_once_and_what_is_no_name_not_at_all(engine: Ports) -> None:
    with list_of({"id": "a"}, {"id": "a"}, {"id": 7}, {}, {"id": "b\0"}) as server:
        assert names(discovery.find(engine, target_at(f"{server.origin}/v1"))) == ["a"]


def test_markup_in_a_name_stays_text(engine: Ports) -> None:
    with FaultServer(Fault.MARKUP_NAMES) as server:
        found = names(discovery.find(engine, target_at(server.url)))
    assert found[:2] == list(MARKUP[:2])
    assert found[-2:] == ["alpha", "beta"]
    assert all(name.isprintable() and len(name) <= 255 for name in found)


def test_of_ten_thousand_names_some_are_shown_and_the_rest_is_counted(engine: Ports) -> None:
    with list_of(*({"id": f"model-{number}"} for number in range(10_000))) as server:
        found = discovery.find(engine, target_at(f"{server.origin}/v1"))
    assert (len(found.models), found.unshown) == (MOST_SHOWN, 10_000 - MOST_SHOWN)


def test_a_list_of_seven_megabytes_is_read_and_one_of_nine_is_not(engine: Ports) -> None:
    with list_of({"id": "a", "about": "x" * (7 << 20)}) as server:
        assert names(discovery.find(engine, target_at(f"{server.origin}/v1"))) == ["a"]
    with list_of({"id": "a", "about": "x" * (9 << 20)}) as server:
        assert problem(engine, target_at(f"{server.origin}/v1")).code == "too_large"


def test_an_empty_list_is_no_problem(engine: Ports) -> None:
    with FaultServer(Fault.EMPTY_LIST) as server:
        assert discovery.find(engine, target_at(server.url)) == Discovery()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.UNAUTHORIZED, "key_wrong"),
        (Fault.HTML, "html_answer"),
        (Fault.BAD_JSON, "bad_json"),
        (Fault.NAMELESS_LIST, "model_list_malformed"),
        (Fault.ERROR_IN_200, "error_in_200"),
        (Fault.BAD_GATEWAY, "server_error"),
        (Fault.LOADING, "loading"),
        (Fault.RATE_LIMITED, "rate_limited"),
        (Fault.HUGE_BODY, "too_large"),
        (Fault.HUGE_HEADERS, "bad_http"),
        (Fault.CHUNK_GARBAGE, "bad_http"),
        (Fault.NO_PATH, "wrong_path"),
        (Fault.REDIRECT, "redirect"),
    ],
)
def test_trouble_is_told_like_a_failed_step(engine: Ports, fault: Fault, code: str) -> None:
    with FaultServer(fault) as server:
        assert problem(engine, target_at(server.url)).code == code


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Fault.HANG, "first_byte_timeout"), (Fault.HANG_MID_BODY, "total_timeout"), (Fault.DRIP, "total_timeout")],
)
def test_a_slow_list_ends_in_time(engine: Ports, fault: Fault, code: str) -> None:
    with FaultServer(fault) as server:
        started = time.monotonic()
        found = problem(engine, target_at(server.url), Pace(total=0.6, exchange=0.6, first_byte=0.6, listing=0.6))
        assert time.monotonic() - started < 2
    assert found.code in (code, "total_timeout")


@pytest.mark.parametrize("typed", ["", "/v1/chat/completions", "/v1/models"])
def test_a_wrong_path_comes_with_its_cure(engine: Ports, typed: str) -> None:
    with FaultServer() as server:
        found = problem(engine, target_at(server.origin + typed))
        assert found.code in ("no_v1", "pasted_path")
        assert found.fix
        assert found.fix.value == server.url


def test_a_server_without_a_list_is_told_from_a_wrong_path(engine: Ports) -> None:
    with FaultServer(Fault.NO_LIST) as server:
        assert problem(engine, target_at(server.url)).code == "model_list_missing"


def test_a_refused_address_says_what_would_admit_it(engine: Ports) -> None:
    found = problem(engine, target_at("http://100.64.1.1:8000/v1"))
    assert found.code == "refused_by_policy"
    assert "EGRESS_ALLOW=100.64.1.1:8000" in found.remedy


def test_a_model_that_is_not_named_yet_is_not_named_in_the_texts(engine: Ports) -> None:
    with FaultServer(Fault.FORBIDDEN, at=Place.CHAT) as server:
        server.also(Fault.NO_LIST, at=Place.MODELS)
        assert problem(engine, target_at(server.url, "any")).code == "model_list_missing"
    with RawAnswers(lambda _: (403, "application/json", "{}")) as refusing:
        assert "no right to the model," in problem(engine, target_at(refusing.origin, "any")).cause


def test_no_text_repeats_the_key(engine: Ports) -> None:
    with RawAnswers(lambda _: (401, "application/json", json.dumps({"error": f"bad key {KEY}"}))) as server:
        assert KEY not in repr(problem(engine, target_at(server.origin)))


def test_azures_base_models_are_hints_only(engine: Ports) -> None:
    with FaultServer(style=Style.AZURE, models=("gpt-4o",)) as server:
        found = discovery.find(engine, target_at(server.url, "any", "azure_openai"))
    assert (names(found), found.hints_only) == (["gpt-4o"], True)
