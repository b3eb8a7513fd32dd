"""One entry's page: promise, figures, evidence, votes, and what leads on."""

import pytest

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.queries import catalogue_reports
from app.services import reports
from app.services.ports import Ports
from tests.fixtures.catalogue import DEPRECATED, GPT_OSS, MISTRAL, entry, report_elsewhere, shelf
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint, assign

pytestmark = pytest.mark.seeded

ADDRESS = "/catalogue/vllm/mistral-small-24b-instruct-2506"


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, vi: Actor) -> Window:
    shelf(ports)
    return window_of(vi)


def cast(window: Window, entry_id: str, kind: str, wanted: str, **more: object) -> object:
    return window.post(f"/catalogue/entries/{entry_id}/votes/{kind}", data={"cast": wanted, **more})


def test_it_works_first_with_levels_reasons_and_source(window: Window) -> None:
    page = Page(window.get(ADDRESS))
    assert "GitLab 19.2 states full functionality of Mistral Small 24B Instruct 2506" in page.words("why")
    assert "Agent Platform Limited tier: compatible" in page.words("levels")
    assert "No rating yet" in page.words("rating")
    assert "24 billion parameters" in page.words("about")
    assert "as of GitLab 19.2" in page.words("about")


def test_rating_and_confidence_are_two_things_each_with_its_words(window: Window, ports: Ports) -> None:
    report_elsewhere(ports, entry(ports, MISTRAL).id, "notes", 2)
    page = Page(window.get(ADDRESS))
    words = page.words("rating")
    assert "Rating 3.0 of 5" in words
    assert "Confidence Medium 2 installations, 2 with a test attached." in words
    evidence = page.words("evidence")
    for said in (
        "2 reports",
        "With limits",
        "Works with notes: General Chat",
        "vLLM 0.11.2",
        "19.2, no internet",
    ):
        assert said in evidence
    assert "Test attached: 1 of 2 steps passed · installation Northwind 0, 3 days ago" in evidence


def test_hardware_that_was_stated_has_its_source(window: Window, ports: Ports) -> None:
    page = Page(window.get("/catalogue/vllm/gpt-oss-120b"))
    words = page.words("to-run")
    assert "2 \u00d7 A100 40 GB , 32,768 tokens, 3 requests at once" in words.replace("GB,", "GB ,")
    assert "custom_openai/gpt-oss-120b" in words
    assert entry(ports, GPT_OSS).source["page"] in page.links()


def test_a_deprecated_model_leads_to_the_one_in_its_place(window: Window, ports: Ports) -> None:
    assert entry(ports, DEPRECATED).replacement == MISTRAL[1]
    page = Page(window.get("/catalogue/vllm/mistral-7b-it-v0-3"))
    assert "GitLab gave this model up with 18.3" in page.words("main")
    assert ADDRESS in page.links()


def test_other_hosts_and_the_endpoints_here_are_linked(window: Window, ports: Ports, ada: Actor) -> None:
    used = add_endpoint(ports, ada, "In Frankfurt")
    add_endpoint(ports, ada, "On Ollama", server="ollama")
    assign(ports, ada, "duo_chat", used)
    page = Page(window.get(ADDRESS))
    assert "In Frankfurt General Chat" in page.words("runners")
    assert "On Ollama" not in page.words("runners")
    assert {f"/endpoints/{used}", "/features#duo_chat"} <= set(page.links())
    elsewhere = Page(window.get("/catalogue/bedrock/claude-4-sonnet"))
    assert "/catalogue/anthropic/claude-4-sonnet" in elsewhere.links()
    assert "No endpoint runs it yet." in elsewhere.words("runners")


def test_use_this_model_fills_the_form_with_what_is_known(
    window_of: OpenWindow, window: Window, ports: Ports, ed: Actor
) -> None:
    assert not any(link.startswith("/endpoints/new") for link in Page(window.get(ADDRESS)).links())
    editor = window_of(ed)
    (link,) = {each for each in Page(editor.get(ADDRESS)).links() if each.startswith("/endpoints/new")}
    form = Page(editor.get(link))
    filled = {name: form.value(name) for name in ("platform", "server", "family", "model", "base_url")}
    assert filled == {
        "platform": "openai_compatible",
        "server": "vllm",
        "family": "mistral",
        "model": "Mistral Small 24B Instruct 2506",
        "base_url": ports.facts.servers["vllm"].url_pattern,
    }
    assert form.value("identifier").startswith("mistral-small")
    assert ADDRESS in form.links()
    assert Page(editor.get("/endpoints/new")).value("base_url") == ""
    odd = Page(editor.get("/endpoints/new?platform=abacus&model=Nobody%27s&family=%3Cb%3E"))
    assert (odd.value("platform"), odd.value("model"), odd.value("family")) == ("openai_compatible", "", "other")


def test_a_viewer_votes_and_takes_it_back(window: Window, ports: Ports) -> None:
    one = entry(ports, MISTRAL)
    answer = window.post(f"/catalogue/entries/{one.id}/votes/want", data={"cast": "y", "in_row": "y"}, fragment=True)
    button = Page(f"<main>{answer.text}</main>").by_id(f"cast-want-{one.id}")
    assert (button.get("aria-pressed"), entry(ports, MISTRAL).votes) == ("true", 1)
    cast(window, one.id, "want", "y")
    cast(window, one.id, "works", "y")
    assert entry(ports, MISTRAL).votes == 2
    page = Page(window.get(ADDRESS))
    assert page.words(f"vote-want-{one.id}") == "We want this supported, 1"
    cast(window, one.id, "want", "n")
    assert entry(ports, MISTRAL).votes == 1


@pytest.mark.parametrize(
    ("back", "there"),
    [
        ("/catalogue?host=vllm", "/catalogue?host=vllm"),
        ("", ADDRESS),
        ("https://elsewhere.example", ADDRESS),
        ("/catalogue/../evil", ADDRESS),
    ],
)
def test_without_a_script_a_vote_leads_back_to_where_it_was_cast(
    window: Window, ports: Ports, back: str, there: str
) -> None:
    answer = window.post(f"/catalogue/entries/{entry(ports, MISTRAL).id}/votes/works", data={"cast": "y", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, there)


def test_hostile_words_of_others_stay_words(window: Window, ports: Ports, ed: Actor) -> None:
    found = reports.report(
        ports, ed, ReportDraft("<b>Bold</b>", "ollama", "other", {"duo_chat": "works"}, note="<script>x</script>")
    )
    (told,) = catalogue_reports.page_of(ports.store, found).rows
    assert told.person_name == ed.name
    page = window.get("/catalogue/ollama/b-bold-b")
    assert "&lt;script&gt;x&lt;/script&gt;" in page.text
    assert "GitLab lists it nowhere" in page.text
    assert "It becomes compatible when two trusted installations confirm it" in page.text


@pytest.mark.parametrize("path", ["/vllm/nothing", "/abacus/gpt-oss-120b", "/vllm/gpt-oss-120b?variant=fp8"])
def test_what_is_not_there_is_not_found(window: Window, path: str) -> None:
    assert window.get(f"/catalogue{path}").status_code == 404
    assert window.post("/catalogue/entries/nothing/votes/want", data={"cast": "y"}).status_code == 404
    assert window.post("/catalogue/entries/nothing/votes/love", data={"cast": "y"}).status_code == 404


def test_endpoint_and_feature_pages_lead_to_the_entry(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    shelf(ports)
    window = window_of(ada)
    used = add_endpoint(ports, ada, "In Frankfurt")
    assign(ports, ada, "duo_chat", used)
    for path in (f"/endpoints/{used}", "/features", f"/endpoints/{used}/edit"):
        assert ADDRESS in Page(window.get(path)).links(), path
