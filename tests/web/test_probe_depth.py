"""How far a test goes: what it will send is told before, the form says it, and what is neither is refused."""

import re

import pytest

from app.domain.roles import Actor
from app.domain.steps import Depth, effort_of
from app.queries import probes as query
from app.services.ports import Ports
from app.web.filters import figure
from app.web.step_figures import in_words
from tests.domain.endpoint_cases import GOOD
from tests.fakes.fault_server import FaultServer
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, add_endpoint

DRAFT = {"platform": "openai_compatible", "server": "other", "identifier": "alpha", "name": "A"}


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def depths(ports: Ports, *endpoint_ids: str) -> list[str]:
    return [each.depth for one in endpoint_ids for each in query.history(ports.store, one)]


def test_stored_endpoints_are_tested_as_deep_as_the_form_says(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer() as server:
        first, second = (add_endpoint(ports, ed, name, base_url=server.url, **UNLISTED) for name in ("one", "two"))
        window.post(f"/endpoints/{first}/test", data={"depth": "full"}, fragment=True)
        window.post("/endpoints/test-all", data={"depth": "full"}, fragment=True)
    assert depths(ports, first, second) == ["full", "full"]


def test_without_a_word_a_test_is_quick(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer() as server:
        endpoint_id = add_endpoint(ports, ed, base_url=server.url, **UNLISTED)
        window.post(f"/endpoints/{endpoint_id}/test", data={"row": "y"}, fragment=True)
    assert depths(ports, endpoint_id) == ["quick"]


def test_a_form_is_tested_again_in_the_same_depth(window: Window) -> None:
    with FaultServer() as server:
        typed = {**DRAFT, "base_url": server.url, "depth": "full"}
        answer = window.post("/endpoints/draft/test", data=typed, fragment=True)
        assert Page(answer).words("test-title") == "Full test"
    assert Page(answer).words("run-full") == "Stop"


@pytest.mark.parametrize("depth", ["", "deep", "FULL", "full\0"])
def test_another_depth_is_refused_and_nothing_is_tested(window: Window, ports: Ports, ed: Actor, depth: str) -> None:
    endpoint_id, before = add_endpoint(ports, ed, **UNLISTED), row_counts(ports)["probe"]
    for address in (f"/endpoints/{endpoint_id}/test", "/endpoints/test-all", "/endpoints/draft/test"):
        answer = window.post(address, data={**GOOD, "depth": depth}, fragment=True)
        assert (answer.status_code, "A test is quick or full" in answer.text) == (422, True)
    assert row_counts(ports)["probe"] == before


def test_what_a_full_test_sends_is_told_before_it_runs(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed, **UNLISTED)
    most = effort_of(Depth.FULL)
    for place in (f"/endpoints/{endpoint_id}", "/endpoints/new"):
        told = Page(window.get(place)).words("full-test")
        assert f"At most {most.requests} requests and {figure(most.tokens)} tokens" in told
        assert "no code of yours" in told
        assert "Send long texts" in told
        assert "Look up the host name" not in told


def test_testing_all_multiplies_by_the_number_of_endpoints(window: Window, ports: Ports, ed: Actor) -> None:
    for number in range(3):
        add_endpoint(ports, ed, f"endpoint {number}", **UNLISTED)
    most = effort_of(Depth.FULL)
    told = Page(window.get("/endpoints")).words("full-test")
    assert f"For all 3 endpoints at most {3 * most.requests} requests and {figure(3 * most.tokens)} tokens" in told
    assert "Start 3 full tests" in told


@pytest.mark.parametrize(
    ("figures", "beside", "words"),
    [
        ({"structured": 2, "tries": 3, "forced": "no"}, "", "2 of 3"),
        ({"structured": 3, "tries": 3}, "Tools are called, 3 times of 3", ""),
        ({"first_token_ms": 212, "pieces": 7}, "The answer came in 7 pieces", "first token 212 ms"),
        ({"tokens": 32_000}, "It reads 32,000 tokens", ""),
        ({"tokens": 3}, "It said: “3 apples”", "3 tokens"),
        ({"tokens_per_second": 61.4, "server_said": "x"}, "", "61.4 tokens/s"),
        ({"tokens": "many", "tries": None}, "", ""),
    ],
    ids=str,
)
def test_figures_say_what_the_sentence_beside_them_does_not(
    figures: dict[str, object], beside: str, words: str
) -> None:
    assert in_words(figures, beside) == words


def test_a_failed_step_leads_to_what_it_looks_like_in_gitlab(window: Window, ports: Ports) -> None:
    symptom = ports.facts.symptoms.of_code("connect_refused")[0]
    with FaultServer() as server:
        url = server.url
    answer = window.post("/endpoints/draft/test", data={**DRAFT, "base_url": url}, fragment=True)
    probe = re.search(r"/probes/[\w-]{16}", answer.text)
    assert probe, answer.text
    page = window.get(probe[0], fragment=True)
    while 'data-verdict="running"' in page.text:
        page = window.get(probe[0], fragment=True)
    assert f"/help/gitlab#{symptom.slug}" in Page(page).links()
