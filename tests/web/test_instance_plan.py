"""The plan of the GitLab instance: everything is shown before it is done, and done as it was shown."""

import re

import pytest

from app.domain.roles import Actor
from app.services import endpoints, instance_choices, instance_runs
from app.services.endpoints import EndpointDraft
from app.services.ports import Ports
from app.web import instance_plan
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.connected import AT_WORK, Desk, desk, gitlab, settings, silent, sync
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign

__all__ = ["desk", "gitlab", "settings", "sync"]
KEY = "sk-a-key-that-nobody-may-see"


def steps(page: Page) -> list[str]:
    """The words of each step of a plan."""
    rows = [each for each in page.tree.iter("li") if each.get("data-kind")]
    return [" ".join(" ".join(each.itertext()).split()) for each in rows]


def test_in_step_is_said_and_nothing_can_be_applied(desk: Desk) -> None:
    desk.read()
    page = desk.page("/instance/plan")
    assert "In step GitLab has what is held here" in page.words("plan")
    assert "/instance/apply" not in page.links()


def test_what_is_created_and_given_stands_there_but_never_a_key(desk: Desk, ada: Actor) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "code_completions", add_endpoint(ports, ada, api_key=KEY))
    desk.read()
    page = desk.page("/instance/plan")
    created, given = steps(page)
    assert "Name Mistral" in created
    assert "Identifier custom_openai/served API key is sent" in created
    assert "Code Completion Model: No model → becomes Mistral" in given
    assert "GitLab stores the endpoint's key, where it has one, and its administrators can read it." in given
    assert "Apply 2 steps" in page.words("plan")
    assert KEY not in page.text


def test_through_modelport_says_what_that_means(desk: Desk, ada: Actor) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada, api_key=KEY))
    instance_choices.set_way(ports, ada, "duo_chat", "through")
    desk.read()
    created, given = steps(desk.page("/instance/plan"))
    assert "Modelport: General Chat" in created
    assert "a token for this feature alone" in created
    assert "a hop more" in given


def test_a_change_is_shown_field_by_field_and_whose_it_undoes(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    ports = desk.sync.ports
    endpoint = add_endpoint(ports, ada)
    desk.read()
    desk.sync.apply()
    gitlab.state.change(gitlab.state.model("Mistral"), endpoint="http://moved.example/v1")
    desk.read()
    (changed,) = steps(desk.page("/instance/plan"))
    assert "It was changed in GitLab since: this undoes it" in changed
    assert "Endpoint: http://moved.example/v1 → becomes https://models.example.com/v1" in changed
    desk.sync.apply()
    draft = {"server": "vllm", "base_url": "https://models.example.com/v1", "identifier": "other", "family": "mistral"}
    endpoints.update(ports, ada, endpoint, 1, EndpointDraft(name="Mistral", **draft))
    (ours,) = steps(desk.page("/instance/plan"))
    assert "Identifier: custom_openai/served → becomes custom_openai/other" in ours
    assert "undoes" not in ours


def test_what_is_blocked_says_why_and_what_follows(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    ports = desk.sync.ports
    endpoint = add_endpoint(ports, ada, "theirs")
    assign(ports, ada, "duo_chat", endpoint)
    gitlab.state.add_model("theirs", family="claude_3")
    desk.read()
    page = desk.page("/instance/plan")
    said = page.words("blocked")
    assert "GitLab has a model of this name with another family, endpoint and identifier." in said
    assert "It is not created in GitLab, and no feature can be given it there." in said
    assert "General Chat Its model cannot be given to GitLab, see there." in said
    assert f"/endpoints/{endpoint}" in page.links()
    assert "/features#duo_chat" in page.links()
    assert "Nothing can be done now" in page.words("plan")
    assert "/instance/apply" not in page.links()


def test_what_only_gitlab_has_is_left_alone_until_somebody_asks(desk: Desk, gitlab: GitLabServer) -> None:
    for number in range(8):
        gitlab.state.add_model(f"kept {number}")
    used = gitlab.state.model("kept 0")
    gitlab.state.assign("duo_chat", "self_hosted", used)
    desk.read()
    page = desk.page("/instance/plan")
    assert "8 that nothing here accounts for: left alone." in page.words("foreign")
    assert "/instance/plan?delete=y" in page.links()
    braked = desk.page("/instance/plan?delete=y")
    assert "This would delete 7 models, more than a fifth of those that GitLab has." in braked.words("plan")
    assert steps(braked) == []
    sure = desk.page("/instance/plan?delete=y&many=y")
    assert len(steps(sure)) == 7
    assert "GitLab uses it for General Chat." in sure.words("blocked")
    assert "Apply 7 steps" in sure.words("plan")
    assert "All 7 steps are done." in desk.apply("?delete=y&many=y").words("run")
    assert [each.name for each in gitlab.state.models.values()] == ["kept 0"]


def test_unknown_features_are_named(desk: Desk) -> None:
    desk.read()
    assert "security_review" in desk.page("/instance/plan").words("unknown")


def test_a_plan_that_changed_is_not_applied(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    ports = desk.sync.ports
    add_endpoint(ports, ada)
    desk.read()
    seen = desk.page("/instance/plan").value("digest")
    add_endpoint(ports, ada, "Another")
    answer = desk.window.post("/instance/apply", data={"digest": seen})
    page = desk.run(answer.headers["Location"])
    assert "Nothing was applied, for the plan is another one by now" in page.words("run")
    assert "/instance/plan" in page.links()
    assert gitlab.state.mutations == []


@pytest.mark.parametrize("digest", ["", "0123456789abcdef", "x" * 5000])
def test_a_plan_that_nobody_saw_is_not_applied(desk: Desk, gitlab: GitLabServer, ada: Actor, digest: str) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    answer = desk.window.post("/instance/apply", data={"digest": digest})
    assert "Nothing was applied" in desk.run(answer.headers["Location"]).words("run")
    assert gitlab.state.mutations == []


def test_a_viewer_sees_the_plan_and_applies_nothing(
    desk: Desk, gitlab: GitLabServer, ada: Actor, vi: Actor, window_of: OpenWindow
) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    window = window_of(vi)
    page = Page(window.get("/instance/plan"))
    assert len(steps(page)) == 1
    assert page.value("digest") == ""
    answer = window.post("/instance/apply", data={"digest": desk.page("/instance/plan").value("digest")})
    assert (answer.status_code, gitlab.state.mutations) == (403, [])


def test_applying_leads_to_the_run_with_a_script_too(desk: Desk, ada: Actor) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    digest = desk.page("/instance/plan").value("digest")
    answer = desk.window.post("/instance/apply", data={"digest": digest}, fragment=True)
    assert answer.status_code == 204
    assert "The one step is done." in desk.run(answer.headers["HX-Redirect"]).words("run")


def test_reading_again_comes_back_to_the_plan(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    add_endpoint(desk.sync.ports, ada)
    gitlab.state.add_model("theirs")
    desk.read()
    plain = desk.window.post("/instance/read", data={"on": "plan", "delete": "y"})
    assert plain.headers["Location"] == "/instance/plan?delete=y"
    desk.page("/instance/plan")
    with silent(gitlab):
        begun = desk.window.post("/instance/read", data={"on": "plan", "delete": "y"}, fragment=True)
    assert AT_WORK in begun.text
    address = Page(begun).by_id("run").get("hx-get", "")
    assert address.endswith("?on=plan&delete=y")
    desk.page("/instance/plan")
    over = desk.window.get(address, fragment=True)
    assert over.headers["HX-Retarget"] == "#plan"
    assert "asked about twice" in Page(over).words("plan")


@pytest.mark.parametrize("fragment", [True, False])
def test_while_another_run_is_at_work_nothing_is_applied(desk: Desk, ada: Actor, ed: Actor, fragment: bool) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    digest = desk.page("/instance/plan").value("digest")
    instance_runs.begin(desk.sync.ports, ed, instance_runs.READ)
    answer = desk.window.post("/instance/apply", data={"digest": digest}, fragment=fragment)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert "begun by Ed Editor" in Page(answer).words("plan")


def test_a_failed_reading_is_said_beside_the_older_plan(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    gitlab.faults.add("unavailable", times=None)
    desk.read()
    page = desk.page("/instance/plan")
    assert "The last reading failed" in page.words("failure")
    assert len(steps(page)) == 1


def test_a_long_plan_shows_a_part_and_all_of_it_on_request(desk: Desk, ports: Ports, ada: Actor) -> None:
    shape = desk.read()
    assert shape.state == "done"
    with statements(ports.store) as few:
        desk.page("/instance/plan")
    for number in range(120):
        add_endpoint(ports, ada, f"endpoint {number:03}", **UNLISTED)
    with statements(ports.store) as many:
        page = desk.page("/instance/plan")
    assert len(steps(page)) == instance_plan.MOST_SHOWN
    assert "And 70 more." in page.words("group-create")
    assert "Apply 120 steps" in page.words("plan")
    # What is sent opens on a press.
    assert not re.search(r"<details[^>]* open", page.text)
    assert len(steps(desk.page("/instance/plan?all=y"))) == 120
    assert len(many) <= len(few) + 2
