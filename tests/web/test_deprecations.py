"""What is said of endpoints whose model GitLab gave up, and the models of the catalogue in an endpoint's form."""

import pytest

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.services import reports
from app.services.ports import Ports
from tests.fixtures.catalogue import shelf
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

GIVEN_UP = {"model": "Mistral 7B-it v0.3", "family": "mistral"}


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    shelf(ports)
    return window_of(ada)


def test_the_endpoints_page_names_the_successor(window: Window, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, "Old", **GIVEN_UP)
    page = Page(window.get(f"/endpoints/{chosen}"))
    gone = ports.facts.deprecations[GIVEN_UP["model"]]
    assert "GitLab gave this model up" in page.text
    assert f"{gone.name}, since GitLab {gone.since}. Use {gone.replacement} in its place." in page.text


def test_an_endpoint_with_another_model_says_nothing_of_it(window: Window, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    assert "gave this model up" not in window.get(f"/endpoints/{chosen}").text


def test_the_overview_asks_for_attention_in_one_statement_however_many_there_are(
    window: Window, ports: Ports, ada: Actor
) -> None:
    add_endpoint(ports, ada, "Old 0", **GIVEN_UP)
    with statements(ports.store) as few:
        page = Page(window.get("/")).text
    assert "Old 0 runs a model that GitLab gave up" in page
    assert "in its place." in page
    for number in range(1, 9):
        add_endpoint(ports, ada, f"Old {number}", **GIVEN_UP)
    with statements(ports.store) as many:
        page = Page(window.get("/")).text
    assert "Old 4 runs a model" in page
    assert "Old 5 runs a model" not in page
    assert len(many) == len(few)


def test_the_form_offers_models_that_people_added(window: Window, ports: Ports, ada: Actor) -> None:
    reports.report(ports, ada, ReportDraft("House Model 7B", "vllm", "llama3", {"duo_chat": "works"}))
    page = Page(window.get("/endpoints/new?server=vllm&identifier=house-model-7b"))
    options = [each.get("value") for each in page.tree.iter("option")]
    assert options.count("House Model 7B") == 1
    assert "because the catalogue states it for House Model 7B" in page.text
