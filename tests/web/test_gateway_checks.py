"""GitLab's own check of an endpoint beside the test here."""

import time

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.domain.roles import Actor
from app.services import endpoints, gateway_checks
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import failed
from tests.fixtures.instance import Sync
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint, audit_rows, judge

PANEL = "gateway-check"


@pytest.fixture
def settings(settings: Settings, gitlab: GitLabServer) -> Settings:
    """Settings of a portal that keeps this GitLab in step."""
    return settings.model_copy(update={"gitlab_url": gitlab.url, "gitlab_token": SecretStr(gitlab.token)})


def place(endpoint_id: str) -> str:
    return f"/endpoints/{endpoint_id}/gateway-check"


def ended(window: Window, endpoint_id: str) -> Page:
    """The panel once it asks no more."""
    until = time.monotonic() + 10
    while True:
        page = Page(window.get(place(endpoint_id), fragment=True))
        if not page.by_id(PANEL).get("hx-get"):
            return page
        assert time.monotonic() < until, page.words(PANEL)
        time.sleep(0.02)


def outcome(page: Page) -> str:
    return next(each.get("data-gateway-check", "") for each in page.tree.iter() if each.get("data-gateway-check"))


def checked(window: Window, endpoint_id: str) -> Page:
    assert window.post(place(endpoint_id), fragment=True).status_code == 200
    return ended(window, endpoint_id)


def test_what_is_sent_is_said_before_and_the_answer_stands_beside_the_test_here(
    window_of: OpenWindow, ports: Ports, ada: Actor, ed: Actor, gitlab: GitLabServer
) -> None:
    chosen = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    judge(ports, chosen, "passed")
    window = window_of(ed)
    before = Page(window.get(f"/endpoints/{chosen}"))
    assert outcome(before) == "none"
    assert "The endpoint's key goes to your GitLab again" in before.words(PANEL)
    page = checked(window, chosen)
    assert outcome(page) == "passed"
    assert "Test here Passed GitLab's check Passed It works from here and from GitLab." in page.words(PANEL)
    assert len(audit_rows(ports.store, "endpoint:gateway-check")) == 1
    assert "sk-of-the-tests" not in page.text
    assert gitlab.state.violations == []


@pytest.mark.parametrize(
    ("verdict", "title"),
    [("warned", "It works from here, not from GitLab."), ("failed", "It works from neither place."),
     ("", "Only one side is known.")],
)  # fmt: skip
def test_both_results_are_explained_together(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer, verdict: str, title: str
) -> None:
    gitlab.state.check_answer = failed("The self-hosted model server was unreachable")
    chosen = add_endpoint(ports, ada)
    if verdict:
        judge(ports, chosen, verdict)
    page = checked(window_of(ada), chosen)
    assert outcome(page) == "failed"
    assert title in page.words(PANEL)
    assert "GitLab says: The self-hosted model server was unreachable" in page.words(PANEL)


def test_while_it_runs_the_panel_asks_again_and_a_second_one_is_refused(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada)
    gateway_checks.begin(ports, ada, chosen)
    window = window_of(ada)
    page = Page(window.get(f"/endpoints/{chosen}"))
    assert (outcome(page), page.by_id(PANEL).get("hx-trigger")) == ("running", "every 1s")
    assert window.post(place(chosen), fragment=True).status_code == 429


def test_a_gitlab_that_cannot_be_asked_says_why_and_what_to_do(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    chosen = add_endpoint(ports, ada)
    gitlab.state.token_revoked = True
    page = checked(window_of(ada), chosen)
    assert outcome(page) == "unknown"
    assert "refuses the token" in page.words(PANEL)
    assert "Make another one" in page.words(PANEL)


def test_a_result_is_old_once_the_endpoint_changed(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    window = window_of(ada)
    assert "old" not in checked(window, chosen).words(PANEL)
    endpoints.set_enabled(ports, ada, chosen, 1, enabled=False)
    assert "the endpoint was changed since" in Page(window.get(f"/endpoints/{chosen}")).words(PANEL)


def test_a_viewer_sees_it_and_may_not_begin_one(window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    checked(window_of(ada), chosen)
    window = window_of(vi)
    page = Page(window.get(f"/endpoints/{chosen}"))
    assert outcome(page) == "passed"
    assert not list(page.by_id(PANEL).iter("form"))
    assert window.post(place(chosen), fragment=True).status_code == 403


def test_without_a_script_it_leads_back_to_the_endpoint(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    answer = window_of(ada).post(place(chosen))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/endpoints/{chosen}#{PANEL}")


def test_after_a_test_here_the_panel_comes_anew(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    page = window_of(ada).get(f"/endpoints/{add_endpoint(ports, ada)}").text
    assert ",#gateway-check" in page
    assert Page(page).by_id(PANEL).get("hx-nonce")


def test_a_gitlab_that_was_read_is_checked_in_its_own_shape(
    window_of: OpenWindow, ports: Ports, ada: Actor, gitlab: GitLabServer
) -> None:
    assert Sync(ports, ada).read().state == "done"
    assert outcome(checked(window_of(ada), add_endpoint(ports, ada))) == "passed"
    assert gitlab.state.refused_queries == []
