"""What the form asks for while it is filled in, and what a watched test answers; whole tests are in tests/flows."""

import json
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.services import endpoints, probes
from app.services.ports import Ports, TestLimits
from app.web.context import KEY
from tests.domain.endpoint_cases import GOOD
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.probe import draft_at, target_at
from tests.fakes.refusals import Style
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint
from tests.fixtures.together import together

DRAFT = "/endpoints/draft"
EMPTY = {"platform": "openai_compatible", "server": "other"}


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def ask(window: Window, what: str, **typed: Any) -> TestResponse:
    return window.post(f"{DRAFT}/{what}", data={**EMPTY, **typed}, fragment=True)


@together(
    ("typed", "filled"),
    [
        ({"server": "llama_cpp"}, "http://HOST:8080/v1"),
        ({"server": "ollama", "base_url": "http://HOST:8080/v1"}, "http://HOST:11434/v1"),
        ({"server": "ollama", "base_url": "http://mine.example/v1"}, "http://mine.example/v1"),
        ({"platform": "azure_openai", "base_url": "http://HOST:8000/v1"}, "https://RESOURCE.openai.azure.com"),
        ({"platform": "openai"}, "https://api.openai.com/v1"),
        ({"platform": "nonsense", "base_url": "x"}, "x"),
    ],
)
def test_a_preset_fills_the_address_unless_somebody_typed_one(
    window: Window, typed: dict[str, str], filled: str
) -> None:
    page = Page(ask(window, "form", **typed))
    assert page.value("base_url") == filled


def test_the_form_keeps_what_was_typed_but_the_key_when_the_platform_changes(window: Window, ports: Ports) -> None:
    before = row_counts(ports)
    answer = ask(window, "form", **{**GOOD, "platform": "azure_openai"})
    page = Page(answer)
    assert (page.value("name"), page.value("owner"), page.value("platform")) == (
        "Mistral Small", "Platform team", "azure_openai",
    )  # fmt: skip
    assert page.controls("api_version")
    assert not page.controls("server")
    assert GOOD["api_key"] not in answer.text
    assert row_counts(ports) == before


def test_a_served_name_suggests_family_and_model_with_the_reason(window: Window) -> None:
    page = Page(ask(window, "choice", server="vllm", identifier="mistral-small-24b-instruct-2506"))
    assert (page.value("family"), page.value("model")) == ("mistral", "Mistral Small 24B Instruct 2506")
    words = page.words("choice")
    assert "because the served name starts with “mistral”" in words
    assert "custom_openai/mistral-small-24b-instruct-2506" in words


def test_an_unknown_name_suggests_other_and_no_model(window: Window) -> None:
    page = Page(ask(window, "choice", identifier="somebodys-finetune"))
    assert (page.value("family"), page.value("model")) == ("other", "")
    assert "no rule knows this name" in page.words("choice")


@pytest.mark.parametrize(
    ("chosen", "suggested_before", "family"),
    [("other", "", "mistral"), ("qwen", "qwen", "mistral"), ("qwen", "other", "qwen"), ("", "", "mistral")],
    ids=["nobody chose", "it was the suggestion", "somebody chose", "nothing sent"],
)
def test_a_suggestion_leaves_alone_what_somebody_chose(
    window: Window, chosen: str, suggested_before: str, family: str
) -> None:
    typed = {"identifier": "mistral-small", "family": chosen, "suggested_family": suggested_before}
    assert Page(ask(window, "choice", **typed)).value("family") == family


def test_the_saving_button_says_how_many_endpoints_it_makes(window: Window) -> None:
    answer = ask(window, "choice", models=["a", "b", "c"])
    page = Page(answer)
    assert "Create 3 endpoints" in page.words("save")
    assert "Test connection tries the first, a" in page.words("choice")
    assert not page.controls("family")
    # A press on the button while it is put in anew would be lost, so it stays and its words change.
    assert 'hx-swap-oob="outerMorph"' in answer.text


def test_suggestions_work_without_a_script(window: Window) -> None:
    answer = window.post(f"{DRAFT}/choice", data={**EMPTY, "identifier": "mistral-small", "name": "Kept"})
    page = Page(answer)
    assert (page.value("family"), page.value("name")) == ("mistral", "Kept")
    assert "<html" in answer.text


def test_models_are_listed_to_tick_with_what_they_stand_for(window: Window) -> None:
    with FaultServer(models=("mistral-small-24b-instruct-2506", "b" * 200)) as server:
        page = Page(ask(window, "models", server="vllm", base_url=server.url, models=["b" * 200]))
    assert [each.get("value") for each in page.controls("models")] == ["mistral-small-24b-instruct-2506", "b" * 200]
    assert page.value("models") == "b" * 200
    assert "Mistral Small 24B Instruct 2506" in page.words("models")
    assert "2 found" in page.words("models")


def test_a_list_finds_its_place_by_name_in_a_form_that_was_renewed_meanwhile(window: Window) -> None:
    with FaultServer() as server:
        answer = ask(window, "models", base_url=server.url)
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#models", "outerHTML")


def test_azure_lists_base_models_only_as_hints(window: Window) -> None:
    with FaultServer(style=Style.AZURE, models=("gpt-4o",)) as server:
        page = Page(ask(window, "models", platform="azure_openai", base_url=server.url, api_version="2024-10-21"))
    assert not page.controls("models")
    assert "Type your deployment's name below" in page.words("models")


@pytest.mark.parametrize(
    ("fault", "says"), [(Fault.UNAUTHORIZED, "key"), (Fault.EMPTY_LIST, "list is empty"), (Fault.HTML, "What to do")]
)
def test_what_keeps_models_from_being_listed_is_told_in_their_place(window: Window, fault: Fault, says: str) -> None:
    with FaultServer(fault) as server:
        answer = ask(window, "models", base_url=server.url)
    assert (answer.status_code, says in Page(answer).words("models")) == (200, True)


def test_a_wrong_address_is_told_at_its_field_when_models_are_looked_for(window: Window) -> None:
    answer = ask(window, "models", base_url="not an address")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#endpoint")
    assert Page(answer).error("base_url") == "There is a space or line break in the address. Remove it."


def test_a_refused_test_keeps_the_list_of_models_in_the_browser(window: Window) -> None:
    answer = ask(window, "test", models=["a", "b"], base_url="")
    assert answer.status_code == 422
    page = Page(answer)
    assert page.by_id("models").get("hx-preserve") == "true"
    assert page.value("models") == "a,b"


def test_a_finished_test_of_a_stored_endpoint_is_announced_to_its_page(window: Window, ports: Ports, ed: Actor) -> None:
    unreadable = endpoints.create(ports, ed, draft_at("http://gpu-1.models.example/v1"))
    (started,) = probes.start_saved(ports, ed, [unreadable])
    running = window.get(f"/probes/{started.probe_id}", fragment=True)
    assert "HX-Trigger" not in running.headers
    assert 'hx-trigger="every 500ms"' in running.text
    draft = probes.start_draft(ports, ed, target_at("http://gpu-1.models.example/v1"))
    window.post(f"/probes/{draft.probe_id}/stop", fragment=True)
    assert "HX-Trigger" not in window.get(f"/probes/{draft.probe_id}", fragment=True).headers


def test_a_test_that_cannot_begin_is_over_at_once_and_announced(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, draft_at("http://gpu-1.models.example/v1", api_key="sk-x"))
    with ports.store.write() as session:
        session.execute(update(Endpoint).values(api_key="v1:00000000:AAAA"))
    answer = window.post(f"/endpoints/{endpoint_id}/test", fragment=True)
    assert answer.status_code == 200
    assert "app:tested" in json.loads(answer.headers["HX-Trigger"])
    assert 'data-verdict="failed"' in answer.text


def test_a_poll_of_what_is_gone_takes_its_place_and_asks_no_more(window: Window) -> None:
    for address in ("/probes/nothing", "/endpoints/nothing/row"):
        answer = window.get(address, fragment=True)
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (404, "outerHTML")
        assert "HX-Retarget" not in answer.headers
        assert "hx-get" not in answer.text
    assert "<tr" in window.get("/endpoints/nothing/row", fragment=True).text


def test_a_poll_after_the_session_ended_says_so_in_its_place(window_of: OpenWindow) -> None:
    stranger = window_of(None)
    for address in ("/probes/any", "/endpoints/any/row"):
        answer = stranger.get(address, fragment=True, headers={"HX-Current-URL": f"{stranger.origin}/endpoints?q=a"})
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (401, "outerHTML")
        assert "/auth/login?next=/endpoints?q%3Da" in answer.text
        assert "hx-get" not in answer.text


def test_a_row_that_is_tested_answers_as_a_row(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed, base_url="http://127.0.0.1:9/v1")
    answer = window.post(f"/endpoints/{endpoint_id}/test", data={"row": "y"}, fragment=True)
    assert answer.text.lstrip().startswith(f'<tr id="row-{endpoint_id}"')


def test_who_has_too_many_tests_waiting_is_told_to_wait(
    window: Window, ports: Ports, ed: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TestLimits, "waiting_of_one", 2)
    ids = [add_endpoint(ports, ed, f"endpoint {number}") for number in range(3)]
    probes.start_saved(ports, ed, ids[:2])
    for fragment in (True, False):
        refused = window.post(f"/endpoints/{ids[2]}/test", fragment=fragment)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
        assert "2 of your tests run or wait for their turn." in refused.text


def test_a_test_of_unsaved_values_on_its_own_page_offers_no_form_to_change(
    window: Window, ports: Ports, ed: Actor
) -> None:
    address = f"/probes/{probes.start_draft(ports, ed, target_at('http://gpu-1.models.example/v1')).probe_id}"
    beside = {"HX-Current-URL": f"{window.origin}/endpoints/new"}
    assert 'id="run-test"' in window.get(address, fragment=True, headers=beside).text
    alone = window.get(address)
    assert 'id="run-test"' not in alone.text
    assert "gpu-1.models.example" in alone.text


def test_find_models_waits_for_no_place_among_the_tests(app: Flask, window: Window, ports: Ports) -> None:
    typed = {"base_url": "http://127.0.0.1:9/v1", "server": "vllm"}
    runner = app.extensions[KEY].runner
    with ExitStack() as held:
        for _ in range(ports.limits.per_host):
            held.enter_context(runner.place("127.0.0.1"))
        refused = ask(window, "models", **typed)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        assert "as may run at once" in refused.text
    assert ask(window, "models", **typed).status_code == 200
