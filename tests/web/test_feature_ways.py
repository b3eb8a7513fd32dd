"""How features stand in a connected GitLab: in their rows, on the first page, and the way that is chosen for them."""

import re
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from app.config import Settings
from app.domain.instance import Way
from app.domain.roles import Actor
from app.models.instance import Instance
from app.queries.assignments import serving_of
from app.queries.instance import ways
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, audit_rows

CHAT = "duo_chat"
EDIT = f"/features/{CHAT}/edit"
PLAN = "/instance/plan"


@pytest.fixture
def settings(settings: Settings, gitlab: GitLabServer) -> Settings:
    """Settings of a portal that keeps this GitLab in step."""
    return settings.model_copy(update={"gitlab_url": gitlab.url, "gitlab_token": SecretStr(gitlab.token)})


@pytest.fixture
def sync(ports: Ports, ada: Actor) -> Sync:
    """An admin of the portal that the pages show."""
    return Sync(ports, ada)


def step(page: Page, feature: str = CHAT) -> str:
    return page.by_id(f"step-{feature}").get("data-step-in-gitlab", "")


def features(window_of: OpenWindow, actor: Actor) -> Page:
    return Page(window_of(actor).get("/features"))


def test_a_feature_is_in_step_then_differs_and_says_who_changed_it(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor, gitlab: GitLabServer, sync: Sync
) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada))
    sync.read()
    page = features(window_of, vi)
    assert step(page) == "differs"
    assert "Changed in GitLab" not in page.words(f"step-{CHAT}")
    sync.apply()
    page = features(window_of, vi)
    assert step(page) == "in_step"
    assert page.words(f"step-{CHAT}").startswith("Direct In step")
    assert PLAN in page.links()
    gitlab.state.assign(CHAT, "disabled", author="Mel Minder")
    sync.read()
    page = features(window_of, vi)
    assert step(page) == "differs"
    assert "In GitLab: Disabled. Here: Mistral." in page.words(f"step-{CHAT}")
    assert re.search(r"Changed in GitLab by Mel Minder just now", page.words(f"step-{CHAT}"))


def test_before_a_reading_and_after_a_failed_one_nobody_knows_and_it_says_why(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer, sync: Sync
) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada))
    page = features(window_of, ada)
    assert (step(page), "GitLab was not read yet" in page.words(f"step-{CHAT}")) == ("unknown", True)
    sync.read()
    gitlab.state.token_revoked = True
    assert sync.read().state == "failed"
    page = features(window_of, ada)
    assert step(page) == "unknown"
    assert "refuses the token" in page.words(f"unknown-{CHAT}")


def test_a_row_that_changes_comes_back_with_its_step(
    window_of: OpenWindow, ports: Ports, ada: Actor, sync: Sync
) -> None:
    chosen = add_endpoint(ports, ada)
    sync.read()
    window = window_of(ada)
    assert "step-duo_chat" not in window.get("/features").text
    data = {"endpoint_id": chosen, "version": "0"}
    answer = window.post(f"/features/{CHAT}/assignment", data=data, fragment=True)
    assert 'data-step-in-gitlab="differs"' in answer.text


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_takes_as_many_statements_with_an_instance_however_much_there_is(
    window_of: OpenWindow, ports: Ports, ada: Actor, sync: Sync, number: int
) -> None:
    for name in list(ports.facts.features)[:number]:
        assign(ports, ada, name, add_endpoint(ports, ada, name, **UNLISTED))
    sync.read()
    sync.apply()
    window = window_of(ada)
    with statements(ports.store) as sent:
        window.get("/features")
    with statements(ports.store) as first:
        window.get("/")
    assert (len(sent), len(first)) == (15, 24), (sent, first)


def test_the_way_is_chosen_where_a_feature_is_edited_and_looked_at_first(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, CHAT, chosen)
    window = window_of(ada)
    page = Page(window.get(EDIT))
    assert page.value("way") == "direct"
    assert "next plan" in page.words("edit-way")
    data = {"endpoint_id": chosen, "version": page.value("version"), "way": "through"}
    review = Page(window.post(f"{EDIT}/review", data=data, fragment=True))
    assert "Direct → becomes Through Modelport" in review.words("review-way")
    assert review.value("way") == "through"
    assert ways(ports.store) == {}
    before = serving_of(ports.store, CHAT)
    answer = window.post(EDIT, data=data, fragment=True)
    assert answer.status_code == 200
    assert ways(ports.store) == {CHAT: Way.THROUGH}
    assert "Through Modelport" in answer.text
    assert len(audit_rows(ports.store, "feature:way")) == 1
    assert serving_of(ports.store, CHAT).version == before.version
    assert Page(window.get(EDIT)).value("way") == "through"


def test_the_way_stays_chosen_while_the_chain_is_composed(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    window = window_of(ada)
    data = {"endpoint_id": chosen, "version": "0", "way": "through"}
    assert Page(window.post(f"{EDIT}/add", data=data, fragment=True)).value("way") == "through"
    assert Page(window.post(f"{EDIT}/add", data=data | {"way": "about"}, fragment=True)).value("way") == "direct"


def test_the_first_page_says_what_differs_who_did_it_and_leads_to_the_plan(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor, gitlab: GitLabServer, sync: Sync
) -> None:
    chosen = add_endpoint(ports, ada)
    for name in (CHAT, "code_completions", "code_generations"):
        assign(ports, ada, name, chosen)
    sync.read()
    sync.apply()
    told = Page(window_of(vi).get("/"))
    assert "GitLab" not in told.words("attention")
    gitlab.state.assign(CHAT, "disabled", author="Mel Minder")
    gitlab.state.assign("code_completions", "unassigned", author="Mel Minder")
    sync.read()
    told = Page(window_of(vi).get("/"))
    assert "2 features differ from GitLab Code Completion and General Chat." in told.words("attention")
    assert "Mel Minder changed Code Completion and General Chat there just now." in told.words("attention")
    assert PLAN in told.links()


def test_the_first_page_says_that_gitlab_could_not_be_read_and_what_to_do(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer, sync: Sync
) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada))
    gitlab.state.token_revoked = True
    sync.read()
    told = Page(window_of(ada).get("/")).words("attention")
    assert re.search(r"GitLab could not be read GitLab refuses the token.*Make another one", told), told


def test_what_ends_soon_in_gitlab_is_said(window_of: OpenWindow, ports: Ports, ada: Actor, sync: Sync) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada))
    sync.read()
    assert "ends on" not in Page(window_of(ada).get("/")).words("attention")
    soon = (ports.clock() + timedelta(days=9)).date().isoformat()
    with ports.store.write() as session:
        session.execute(update(Instance).values(about={"token_expires": soon, "licence_expired": True}))
    told = Page(window_of(ada).get("/")).words("attention")
    assert "The token for GitLab ends on" in told
    assert "GitLab's licence has ended" in told


def test_the_last_of_the_first_steps_is_to_bring_gitlab_in_step(window_of: OpenWindow, ada: Actor, vi: Actor) -> None:
    page = Page(window_of(ada).get("/"))
    assert "Bring GitLab in step" in page.words("first-steps")
    assert "Copy the values" not in page.words("first-steps")
    assert PLAN in page.links()
    assert PLAN not in Page(window_of(vi).get("/")).links()
