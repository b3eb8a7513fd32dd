"""A cure that is offered works: put into its field, the step that failed passes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.clients.target import Target
from app.data.loader import Facts
from app.domain.steps import Fix, Outcome, StepResult
from app.lib import urls
from app.lib.egress import Policy
from app.lib.http import Door
from app.services.ports import Ports
from tests.fakes.certificates import Certificate, make_certificate
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import probe, step, target_at, told, without_database
from tests.fakes.raw_answers import RawAnswers
from tests.fakes.refusals import Style


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def ports(facts: Facts, certificate: Certificate) -> Iterator[Ports]:
    door = Door(Policy(loopback_open=True), ca_file=str(certificate.ca))
    yield without_database(door, facts)
    door.close()


def cured(target: Target, fix: Fix | None) -> Target:
    """The target after one click."""
    assert fix
    match fix.field:
        case "base_url":
            return replace(target, address=urls.parse(fix.value))
        case "identifier":
            return replace(target, served_name=fix.value)
        case "api_version":
            return replace(target, api_version=fix.value)
    return replace(target, quirks=frozenset(fix.value.split(",")))


def first_odd(results: list[StepResult]) -> StepResult:
    return next(each for each in results if each.outcome in (Outcome.FAILED, Outcome.WARNED))


def cure_of(ports: Ports, target: Target, code: str) -> Target:
    """What was wrong is `code`; once cured, that very step passes."""
    wrong = first_odd(probe(ports, target))
    assert wrong.code == code
    better = cured(target, wrong.fix)
    assert step(probe(ports, better), wrong.name).outcome is Outcome.PASSED
    return better


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "no_v1"),
        ("/v1/chat/completions", "pasted_path"),
        ("/v1/models", "pasted_path"),
        ("/v1/completions", "pasted_path"),
        ("/v1/embeddings", "pasted_path"),
        ("/chat/completions", "pasted_path"),
        ("/v1/v1", "wrong_path"),
        ("/api", "wrong_path"),
        ("/ui/index", "wrong_path"),
    ],
)
@pytest.mark.parametrize("style", [Style.VLLM, Style.OLLAMA, Style.LLAMA_CPP, Style.LITELLM])
def test_a_wrong_path_is_led_to_where_the_server_answers(ports: Ports, typed: str, code: str, style: Style) -> None:
    with FaultServer(style=style) as server:
        better = cure_of(ports, target_at(server.origin + typed), code)
        assert str(better.address) == server.url
        assert told(probe(ports, better)) == "passed: "


def test_a_wrong_path_is_led_right_although_the_server_has_no_list(ports: Ports) -> None:
    with FaultServer(Fault.NO_LIST) as server:
        assert str(cure_of(ports, target_at(server.origin), "no_v1").address) == server.url


def test_no_address_is_offered_that_does_not_answer_either(ports: Ports) -> None:
    with FaultServer(Fault.NO_PATH) as server:
        assert step(probe(ports, target_at(server.origin)), "auth").fix is None


def test_a_page_for_people_is_told_from_the_api_beside_it(ports: Ports) -> None:
    def answer(path: str) -> tuple[int, str, str]:
        if path == "/v1/models":
            return 200, "application/json", '{"data": [{"id": "alpha"}]}'
        return 200, "text/html", "<!doctype html><title>Chat with me</title>"

    with RawAnswers(answer) as server:
        wrong = step(probe(ports, target_at(server.origin)), "auth")
        assert wrong.fix
        assert (wrong.code, wrong.fix.value) == ("no_v1", f"{server.origin}/v1")


def test_an_address_that_answers_at_both_places_is_better_with_v1(ports: Ports) -> None:
    def answer(path: str) -> tuple[int, str, str]:
        if path.endswith("/models"):
            return 200, "application/json", '{"data": [{"id": "alpha"}]}'
        return 200, "application/json", '{"choices": [{"message": {"content": "Works."}, "finish_reason": "stop"}]}'

    with RawAnswers(answer) as server:
        cure_of(ports, target_at(server.origin), "v1_recommended")


SERVED = (
    "qwen3",
    "mistral-small",
    "meta-llama/Llama-3.1-8B-Instruct",
    "Qwen/Qwen2.5-Coder-7B-Instruct",
    "codestral",
)


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Llama-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct"),
        ("meta-llama/llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct"),
        ("qwen2.5-coder", "Qwen/Qwen2.5-Coder-7B-Instruct"),
        ("mistral-smal", "mistral-small"),
        ("mistral_small", "mistral-small"),
        ("codestral-22b-v0.1", "codestral"),
    ],
)
def test_the_nearest_served_name_is_offered(ports: Ports, asked: str, near: str) -> None:
    with FaultServer(models=SERVED) as server:
        assert cure_of(ports, target_at(server.url, asked), "model_not_served").served_name == near


def test_three_near_names_are_told(ports: Ports) -> None:
    with FaultServer(models=("beta-1", "beta-2", "beta-3", "gamma")) as server:
        wrong = step(probe(ports, target_at(server.url, "beta-22")), "model")
        assert "beta-2, beta-1, beta-3" in wrong.remedy


def test_a_name_that_is_listed_and_refused_is_not_offered_again(ports: Ports) -> None:
    with FaultServer(Fault.NO_MODEL, at=Place.CHAT) as server:
        wrong = step(probe(ports, target_at(server.url)), "chat")
        assert wrong.fix
        assert wrong.fix.value == "beta"


@pytest.mark.parametrize(
    ("fault", "quirk"),
    [
        (Fault.MAX_TOKENS_REFUSED, "max_completion_tokens"),
        (Fault.TEMPERATURE_REFUSED, "no_temperature"),
        (Fault.SYSTEM_REFUSED, "no_system"),
    ],
)
@pytest.mark.parametrize("style", [Style.OPENAI, Style.VLLM])
def test_what_a_server_refuses_is_kept_for_the_endpoint(ports: Ports, fault: Fault, quirk: str, style: Style) -> None:
    with FaultServer(fault, style=style) as server:
        better = cure_of(ports, target_at(server.url), fault.replace("_refused", "_unsupported"))
        assert better.quirks == {quirk}
        assert told(probe(ports, better)) == "passed: "


def test_several_refusals_are_cured_in_one_step_and_earlier_ones_stay(ports: Ports) -> None:
    with FaultServer(Fault.MAX_TOKENS_REFUSED, style=Style.OPENAI) as server:
        server.also(Fault.TEMPERATURE_REFUSED, at=Place.CHAT)
        better = cure_of(ports, target_at(server.url, quirks=frozenset({"no_system"})), "temperature_unsupported")
        assert better.quirks == {"max_completion_tokens", "no_system", "no_temperature"}


def test_a_redirect_to_https_on_the_same_host_is_one_click(ports: Ports, certificate: Certificate) -> None:
    with FaultServer(certificate=certificate) as secure:
        with FaultServer(Fault.REDIRECT, redirect_to=f"{secure.origin}/v1/chat/completions?x=1") as plain:
            better = cure_of(ports, target_at(f"http://localhost:{plain.port}/v1"), "redirect")
        assert str(better.address) == secure.url


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/v1/chat/completions",
        "http://localhost:9/v1/chat/completions",
        "https://localhost@elsewhere.example/v1/chat/completions",
        "//elsewhere.example/v1/chat/completions",
        "https://localhost/sign-in",
        "javascript:alert(1)",
        "",
    ],
)
def test_any_other_redirect_is_told_and_never_offered_nor_followed(ports: Ports, location: str) -> None:
    with FaultServer(Fault.REDIRECT, redirect_to=location or " ") as server:
        wrong = step(probe(ports, target_at(f"http://localhost:{server.port}/v1")), "auth")
    assert (wrong.code, wrong.fix) == ("redirect", None)
    assert "another address" in wrong.message if not location else location in wrong.message


def test_a_redirect_within_the_server_is_one_click(ports: Ports) -> None:
    with FaultServer(Fault.REDIRECT, redirect_to="/llm/v1/chat/completions") as server:
        wrong = step(probe(ports, target_at(server.url)), "auth")
        assert wrong.fix
        assert wrong.fix.value == f"{server.origin}/llm/v1"


def test_tls_behind_an_http_address_is_one_click(ports: Ports, certificate: Certificate) -> None:
    with FaultServer(certificate=certificate) as secure:
        cure_of(ports, target_at(f"http://localhost:{secure.port}/v1"), "https_on_http")
