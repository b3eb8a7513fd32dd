"""Taking over what an instance has, from the page."""

import re

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.domain.roles import Actor
from app.queries.assignments import serving_of
from app.queries.endpoint_names import endpoint_names
from app.queries.endpoints import endpoint
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync
from tests.fixtures.pages import Page, everything_stored
from tests.fixtures.portal import Build, OpenWindow, Window
from tests.fixtures.stock import add_endpoint, assign
from tests.house.test_forms import CHECKS

PLACE = "/instance/take-over"
SERVED = {"family": "mistral", "identifier": "custom_openai/served", "endpoint": "https://models.example.com/v1"}


@pytest.fixture
def settings(settings: Settings, gitlab: GitLabServer) -> Settings:
    """Settings of a portal that keeps this GitLab in step."""
    return settings.model_copy(update={"gitlab_url": gitlab.url, "gitlab_token": SecretStr(gitlab.token)})


def read(ports: Ports, ada: Actor) -> None:
    assert Sync(ports, ada).read().state == "done"


def filled(page: Page) -> dict[str, str]:
    """What the page's form would send as it stands."""
    names = {each.get("name", "") for each in page.by_id("take-over").iter() if each.get("name")}
    return {name: page.value(name) for name in names if page.value(name)}


def act_of(page: Page, model: str) -> str:
    """The name of the control that says what happens to a model."""
    return next(
        each.get("name", "")
        for each in page.tree.iter("select")
        if each.get("aria-label") == f"What happens to {model}"
    )


def field_of(page: Page, model: str, name: str) -> str:
    return act_of(page, model).removesuffix("act") + name


def opened(window: Window) -> Page:
    answer = window.get(PLACE)
    assert answer.status_code == 200
    return Page(answer)


def names(ports: Ports) -> list[str]:
    return [each.name for each in endpoint_names(ports.store)]


def test_models_become_endpoints_and_their_features_come_along(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    model = gitlab.state.add_model("GPU pool", **SERVED)
    gitlab.state.assign("code_completions", "self_hosted", model)
    gitlab.state.assign("duo_chat_explain_code", "disabled")
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    assert "GPU pool" in page.words("new")
    assert re.search(r"Code Completion GPU pool.*Disabled", page.words("coming"))
    answer = window.post(PLACE, data={**filled(page), "acknowledged": "y"})
    told = Page(answer)
    assert answer.status_code == 200, told.words("take-over")
    assert "1 endpoint made, 0 linked, 2 assignments taken over. Nothing was written to GitLab." in told.words(
        "take-over"
    )
    assert "GPU pool" in told.words("made")
    assert "/instance/plan" in told.links()
    assert "/endpoints?verdict=untested" in told.links()
    serving = serving_of(ports.store, "code_completions")
    assert (names(ports), serving.endpoint_name) == (["GPU pool"], "GPU pool")
    assert gitlab.state.mutations == []


def test_without_the_tick_nothing_is_written_and_the_choice_stays(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    model = gitlab.state.add_model("GPU pool", **SERVED)
    gitlab.state.add_model("Other", **SERVED | {"identifier": "custom_openai/other"})
    gitlab.state.assign("duo_chat", "self_hosted", model)
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    before = everything_stored(ports)
    answer = window.post(PLACE, data={**filled(page), act_of(page, "Other"): "leave"}, fragment=True)
    again = Page(answer)
    assert answer.status_code == 422
    assert "Take note" in again.error("acknowledged")
    assert again.value(act_of(again, "Other")) == "leave"
    assert again.value(act_of(again, "GPU pool")) == "make"
    assert everything_stored(ports) == before


def test_a_region_that_is_missing_is_said_at_its_field_and_no_key_comes_back(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    gitlab.state.add_model("Cloud", provider="BEDROCK", identifier="bedrock/anthropic.claude-3", family="claude_3")
    gitlab.state.add_model("Keyed", **SERVED, token="a-key-in-gitlab")
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    typed = {field_of(page, "Keyed", "api_key"): "sk-typed-here", field_of(page, "Cloud", "region"): "nowhere at all"}
    answer = window.post(PLACE, data={**filled(page), **typed}, fragment=True)
    again = Page(answer)
    assert answer.status_code == 422
    region = again.controls(field_of(again, "Cloud", "region"))[0]
    assert (region.get("value"), region.get("aria-invalid")) == ("nowhere at all", "true")
    assert "written in small letters" in again.words(region.get("aria-describedby", ""))
    assert "sk-typed-here" not in answer.text
    assert names(ports) == []


def test_what_is_here_already_is_offered_to_be_linked(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    add_endpoint(ports, ada, "Mistral")
    gitlab.state.add_model("Mistral", **SERVED)
    gitlab.state.add_model("Renamed", **SERVED | {"identifier": "custom_openai/two"})
    gitlab.state.add_model("Moved", **SERVED | {"endpoint": "https://elsewhere.example.com/v1"})
    add_endpoint(ports, ada, "Another name", identifier="two")
    add_endpoint(ports, ada, "Moved", identifier="moved")
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    assert "Mistral" in page.words("linked")
    assert "At the same place as Another name, by another name." in page.words("maybe")
    assert "The same name as Moved here, but another identifier and address." in page.words("maybe")
    told = Page(window.post(PLACE, data=filled(page)))
    assert "0 endpoints made, 2 linked" in told.words("take-over")
    assert "Nothing is left to take over." in opened(window).words("take-over")


def test_the_server_that_is_named_is_that_of_all_that_are_made(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    for number in (1, 2):
        gitlab.state.add_model(f"Model {number}", **SERVED | {"identifier": f"custom_openai/m{number}"})
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    assert page.value("server") == "other"
    answer = window.post(PLACE, data={**filled(page), "server": "none of ours"}, fragment=True)
    assert (answer.status_code, names(ports)) == (422, [])
    window.post(PLACE, data={**filled(page), "server": "vllm"})
    made = [endpoint(ports.store, each.id) for each in endpoint_names(ports.store)]
    assert [each.server for each in made if each] == ["vllm", "vllm"]


def test_names_that_cannot_be_told_apart_are_left_with_the_cure(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    gitlab.state.add_model("Twin", **SERVED)
    gitlab.state.add_model("twin", **SERVED | {"identifier": "custom_openai/other"})
    read(ports, ada)
    page = opened(window_of(ada))
    assert "Rename all but one there" in page.words("twice")
    assert not list(page.by_id("twice").iter("select"))


def test_a_key_that_is_missing_is_asked_for_afterwards(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    gitlab.state.add_model("Keyed", **SERVED, token="a-key-in-gitlab")
    gitlab.state.add_model("Typed", **SERVED | {"identifier": "custom_openai/x"}, token="a-key-in-gitlab")
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    told = Page(window.post(PLACE, data={**filled(page), field_of(page, "Typed", "api_key"): "sk-typed"}))
    assert "Type the key of Keyed" in told.words("keys-missing")
    assert "Typed" not in told.words("keys-missing")
    (link,) = [each for each in told.links() if each.endswith("#api_key")]
    assert window.get(link).status_code == 200
    assert gitlab.state.token_reads == []


def test_what_was_given_here_stays_and_what_was_left_out_says_why(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    model = gitlab.state.add_model("GPU pool", **SERVED)
    gitlab.state.assign("duo_chat", "self_hosted", model)
    gitlab.state.assign("code_completions", "self_hosted", model)
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada, "Ours", identifier="ours"))
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    assert "General Chat" in page.words("staying")
    data = {**filled(page), act_of(page, "GPU pool"): "leave", "acknowledged": "y"}
    told = Page(window.post(PLACE, data=data))
    assert "Code Completion GPU pool was not taken over." in told.words("left-out")
    assert serving_of(ports.store, "duo_chat").endpoint_name == "Ours"


def test_a_name_that_is_taken_here_is_said_at_its_model_and_nothing_is_written(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    gitlab.state.add_model("Late", **SERVED)
    gitlab.state.add_model("Fine", **SERVED | {"identifier": "custom_openai/fine"})
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    add_endpoint(ports, ada, "late", identifier="other")
    before = everything_stored(ports)
    answer = window.post(PLACE, data=filled(page), fragment=True)
    assert answer.status_code == 422
    assert "This changed while the page was open" in Page(answer).words("maybe")
    assert everything_stored(ports) == before


def test_a_name_that_an_endpoint_of_another_model_has_is_said_at_its_field(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    here = add_endpoint(ports, ada, "Pool")
    model = gitlab.state.add_model("Pool", **SERVED)
    read(ports, ada)
    gitlab.state.rename(model, "Pool of last year")
    gitlab.state.add_model("Pool", **SERVED | {"identifier": "custom_openai/other"})
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    before = everything_stored(ports)
    answer = window.post(PLACE, data=filled(page), fragment=True)
    again = Page(answer)
    (chosen,) = again.controls(act_of(again, "Pool"))
    assert (answer.status_code, chosen.get("aria-invalid")) == (422, "true")
    assert "An endpoint here has this name" in again.words(chosen.get("aria-describedby", ""))
    assert everything_stored(ports) == before
    assert here in page.text or "Pool of last year" in page.words("linked")


def test_one_choice_proposes_for_all_that_are_new(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    models = [
        gitlab.state.add_model(f"Model {number}", **SERVED | {"identifier": f"custom_openai/m{number}"})
        for number in range(5)
    ]
    gitlab.state.assign("duo_chat", "self_hosted", models[3])
    read(ports, ada)
    window = window_of(ada)
    for new, made in (("all", 5), ("serving", 1), ("none", 0), ("nonsense", 5)):
        page = Page(window.get(f"{PLACE}?new={new}"))
        assert [page.value(act_of(page, f"Model {number}")) for number in range(5)].count("make") == made, new


def test_every_page_that_shows_the_instance_is_whole(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    chosen = add_endpoint(ports, ada, "Ours", identifier="ours", api_key="sk-of-ours")
    gitlab.state.add_model("Keyed", **SERVED, token="a-key-in-gitlab")
    gitlab.state.add_model("Cloud", provider="BEDROCK", identifier="bedrock/anthropic.claude-3", family="claude_3")
    gitlab.state.assign("code_completions", "self_hosted", gitlab.state.model("Keyed"))
    assign(ports, ada, "duo_chat", chosen)
    read(ports, ada)
    window = window_of(ada)
    for place in (PLACE, "/features", "/features/duo_chat/edit", f"/endpoints/{chosen}", "/"):
        page = Page(window.get(place))
        assert [f"{place}: {fault}" for check in CHECKS for fault in check(page)] == []


def test_before_the_first_reading_the_way_to_it_is_shown(window_of: OpenWindow, ada: Actor) -> None:
    page = opened(window_of(ada))
    assert "GitLab was not read yet" in page.words("take-over")
    assert "/instance" in page.links()
    assert window_of(ada).post(PLACE).status_code == 200


def test_it_is_for_admins(window_of: OpenWindow, ed: Actor, vi: Actor) -> None:
    assert [window_of(each).get(PLACE).status_code for each in (ed, vi)] == [403, 403]
    assert [window_of(each).post(PLACE).status_code for each in (ed, vi)] == [403, 403]


def test_markup_in_names_stays_text(window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer) -> None:
    gitlab.state.add_model("<img src=x onerror=alert(1)>", **SERVED)
    read(ports, ada)
    window = window_of(ada)
    page = opened(window)
    assert "<img" not in page.text
    assert "<img" not in window.post(PLACE, data=filled(page)).text


def test_without_an_instance_it_says_how_to_connect_one(build: Build, settings: Settings) -> None:
    portal = build(settings.model_copy(update={"gitlab_url": "", "gitlab_token": SecretStr("")}))
    with portal.test_request_context():
        from flask import render_template

        assert "No GitLab instance is connected" in render_template("taking_over/_nothing.html", connected=False)
