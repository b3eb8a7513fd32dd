"""Wrong values in the endpoint's form: told at the field, kept except the key, and nothing written."""

from collections.abc import Iterator

import pytest

from app.domain.roles import Actor
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import CASES, GOOD, Case
from tests.fixtures.pages import Page, as_form, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint

FIELDS = ("name", "platform", "server", "base_url", "identifier", "family", "model", "owner", "api_key", "headers")
SHOWN = ("name", "base_url", "identifier", "owner", "family")
# A form cannot say these two: lines of one name are one header, a line without a name is one of no name.
CASES_OF_FORMS = [case for case in CASES if case.title != "headers: no name"]


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def typed(case: Case) -> dict[str, object]:
    return as_form(case.values)


def complaints(window: Window, case: Case, address: str, **more: str) -> Iterator[str]:
    """What is wrong with the answer to one wrong value."""
    answer = window.post(address, data={**typed(case), **more}, fragment=True)
    page = Page(answer)
    if answer.status_code != 422:
        yield f"{case.title}: {answer.status_code}"
    elif page.error(case.field) != " ".join(case.message.split()):
        yield f"{case.title}: told is {page.error(case.field)!r}"
    told = [name for name in FIELDS if name != case.field and page.controls(name) and page.error(name)]
    if told:
        yield f"{case.title}: {told} are told something, too"
    lost = [name for name in SHOWN if name != case.field and page.value(name) != case.values.get(name, "")]
    if lost:
        yield f"{case.title}: {lost} are lost"
    if case.values["api_key"][:30] in answer.text:
        yield f"{case.title}: the key comes back"


def test_a_new_endpoint_is_refused_with_the_rules_own_words_and_all_but_the_key_kept(
    window: Window, ports: Ports
) -> None:
    before = row_counts(ports)
    assert [each for case in CASES_OF_FORMS for each in complaints(window, case, "/endpoints")] == []
    assert row_counts(ports) == before


def test_a_change_is_refused_with_the_same_words(window: Window, ports: Ports, ed: Actor) -> None:
    place = f"/endpoints/{add_endpoint(ports, ed, 'Another')}/edit"
    before = row_counts(ports)
    assert [each for case in CASES_OF_FORMS for each in complaints(window, case, place, version="1")] == []
    assert row_counts(ports) == before


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_markup_is_kept_as_text(window: Window, markup: str) -> None:
    wrong = window.post("/endpoints", data={**GOOD, "name": markup, "owner": markup, "base_url": markup})
    assert (wrong.status_code, Page(wrong).value("base_url")) == (422, markup)
    made = window.post("/endpoints", data={**GOOD, "name": markup, "owner": markup})
    for address in (made.headers["Location"], "/endpoints"):
        page = window.get(address)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in Page(page).words("main") or "{{ 7 * 7 }}" in page.text


def test_a_taken_name_is_told_at_the_name_whatever_its_case(window: Window, ports: Ports, ed: Actor) -> None:
    add_endpoint(ports, ed, "Mistral")
    before = row_counts(ports)
    answer = window.post("/endpoints", data={**GOOD, "name": " MISTRAL"})
    assert (answer.status_code, row_counts(ports)) == (422, before)
    assert Page(answer).error("name") == "Another endpoint is called “MISTRAL”. Names must differ in more than case."


def test_a_forbidden_address_is_told_with_its_rule_and_the_setting(window: Window, ports: Ports) -> None:
    before = row_counts(ports)
    answer = window.post("/endpoints", data={**GOOD, "base_url": "http://198.18.0.9:8000/v1"})
    assert (answer.status_code, row_counts(ports)) == (422, before)
    told = Page(answer).error("base_url")
    assert "a range for laboratory networks" in told
    assert "MODELPORT_EGRESS_ALLOW=198.18.0.9:8000 would admit it." in told


def test_the_summary_leads_to_each_field_and_the_first_takes_the_focus(window: Window) -> None:
    page = Page(window.post("/endpoints", data={"platform": "openai_compatible", "server": "vllm"}, fragment=True))
    assert {"#name", "#base_url", "#identifier"} <= set(page.links())
    assert "3 fields need another look" in page.text
    (focused,) = [each.get("id") for each in page.tree.iter() if each.get("autofocus") is not None]
    assert focused == "name"
    assert page.by_id("name").get("aria-invalid") == "true"
    assert (page.by_id("name").get("aria-describedby") or "").split()[0] == "name-error"


@pytest.mark.parametrize("version", ["", "0", "-1", "2", "x", "²", "9" * 40, "1e3"])
def test_a_version_that_is_not_the_present_one_is_stale(window: Window, ports: Ports, ed: Actor, version: str) -> None:
    endpoint_id = endpoints.create(ports, ed, _draft())
    before = row_counts(ports)
    answer = window.post(f"/endpoints/{endpoint_id}/edit", data={**GOOD, "name": "Mine", "version": version})
    assert (answer.status_code, row_counts(ports)) == (409, before)
    page = Page(answer)
    assert (page.value("name"), page.value("version")) == ("Mine", "1")


def _draft() -> endpoints.EndpointDraft:
    return endpoints.EndpointDraft(**GOOD)


def test_of_ticked_models_a_wrong_one_is_told_at_the_list(window: Window, ports: Ports) -> None:
    before = row_counts(ports)
    ticked = ["fine", "two words"]
    answer = window.post("/endpoints", data={**GOOD, "identifier": "", "models": ticked}, fragment=True)
    assert (answer.status_code, row_counts(ports)) == (422, before)
    page = Page(answer)
    assert page.error("models").startswith("two words: Remove the blanks")
    assert page.value("models") == "fine,two words"


def test_more_than_fifty_models_at_once_are_refused(window: Window, ports: Ports) -> None:
    before = row_counts(ports)
    answer = window.post("/endpoints", data={**GOOD, "models": [f"m{number}" for number in range(51)]})
    assert (answer.status_code, row_counts(ports)) == (422, before)
    assert Page(answer).error("models") == "Tick 50 models at most in one step; these are 51."


def test_a_stored_endpoint_takes_one_model(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, _draft())
    answer = window.post(f"/endpoints/{endpoint_id}/edit", data={**GOOD, "models": ["a", "b"], "version": "1"})
    assert answer.status_code == 422
    assert "Tick one model" in Page(answer).error("models")


def test_a_form_of_more_than_a_mebibyte_is_turned_away(window: Window, ports: Ports) -> None:
    before = row_counts(ports)
    for name in ("headers", "no field of ours"):
        assert window.post("/endpoints", data={**GOOD, name: "x" * 1_200_000}).status_code == 413
    assert row_counts(ports) == before


def test_an_address_is_kept_in_full_when_it_is_too_long(window: Window) -> None:
    long = "https://a.example/" + "p" * 3000
    assert Page(window.post("/endpoints", data={**GOOD, "base_url": long})).value("base_url") == long
