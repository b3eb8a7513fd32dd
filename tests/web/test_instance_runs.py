"""Runs with the GitLab instance: what became of each step, in words, and the way on."""

from datetime import timedelta

from sqlalchemy import update

from app.domain.roles import Actor
from app.models.instance import InstanceRun
from app.queries.instance_runs import Run, StepRecord
from app.services import instance_runs
from app.services.ports import Ports
from app.web.instance_runs import MOST_LISTED, seen
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.connected import Desk, desk, gitlab, settings, sync
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint, assign

__all__ = ["desk", "gitlab", "settings", "sync"]
CREATE = "aiSelfHostedModelCreate"


def outcomes(page: Page) -> list[str]:
    """The drawing of each step."""
    return [each.get("data-outcome", "") for each in page.tree.iter("li") if each.get("data-step")]


def test_each_step_says_what_became_of_it(desk: Desk, ada: Actor, window_of: OpenWindow, vi: Actor) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada, api_key="sk-secret-1"))
    desk.read()
    page = desk.apply()
    assert outcomes(page) == ["passed", "passed"]
    said = page.words("run")
    assert "All 2 steps are done." in said
    assert "Create Mistral : passed Done. Platform: API; Family: MISTRAL;" in said
    assert "Give a model to General Chat : passed Done. Model: No model → Mistral" in said
    assert "sk-secret-1" not in page.text
    run_id = desk.page().text.partition("/instance/runs/")[2].partition('"')[0]
    assert "All 2 steps are done." in Page(window_of(vi).get(f"/instance/runs/{run_id}")).words("run")


def test_what_gitlab_refuses_is_told_with_a_remedy_and_what_follows_is_skipped(
    desk: Desk, gitlab: GitLabServer, ada: Actor
) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    add_endpoint(ports, ada, "Second")
    desk.read()
    body = '{"data": {"aiSelfHostedModelCreate": {"errors": ["Name <b>is</b> odd"], "selfHostedModel": null}}}'
    gitlab.faults.add("answer", CREATE, body=body, headers={"Content-Type": "application/json"})
    page = desk.apply()
    assert outcomes(page) == ["failed", "passed", "skipped"]
    said = page.words("run")
    assert "1 of 3 steps is done; why the others are not is said below." in said
    assert "GitLab refuses it: Name <b>is</b> odd" in said
    assert "What to do Change what it complains about, then look at the plan again." in said
    assert "Its model is not in GitLab, see the step before." in said
    assert "See the new plan" in said


def test_what_nobody_knows_is_said(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    add_endpoint(desk.sync.ports, ada)
    desk.read()
    gitlab.faults.add("closed", CREATE, times=None)
    page = desk.apply()
    assert outcomes(page) in (["unknown"], ["failed"])
    assert "What to do" in page.words("run")


def test_what_somebody_changed_meanwhile_is_left_alone(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    ports = desk.sync.ports
    add_endpoint(ports, ada)
    desk.read()
    desk.sync.apply()
    model = gitlab.state.model("Mistral")
    gitlab.state.change(model, identifier="custom_openai/theirs")
    desk.read()
    digest = desk.page("/instance/plan").value("digest")
    looks: list[str] = []

    def meddle(operation: str, _number: int) -> None:
        """Change it between the reading of all and the look at the one."""
        looks.append(operation)
        if looks.count("aiSelfHostedModels") == 2:
            gitlab.state.change(model, identifier="custom_openai/newer")

    gitlab.before = meddle
    page = desk.run(desk.window.post("/instance/apply", data={"digest": digest}).headers["Location"])
    assert outcomes(page) == ["warned"]
    assert "It was changed in GitLab meanwhile." in page.words("run")
    assert "Look at the new plan: it is made from what GitLab has now." in page.words("run")
    assert gitlab.state.model("Mistral").identifier == "custom_openai/newer"


def test_a_run_is_asked_for_until_it_has_ended(desk: Desk, ports: Ports, ada: Actor) -> None:
    run_id = instance_runs.begin(ports, ada, instance_runs.APPLY)
    page = Page(desk.window.get(f"/instance/runs/{run_id}"))
    assert page.by_id("run").get("hx-get") == f"/instance/runs/{run_id}"
    assert "before anything is changed" in page.words("run")
    assert 'http-equiv="refresh"' in page.text
    part = desk.window.get(f"/instance/runs/{run_id}", fragment=True)
    assert part.text.lstrip().startswith("<section")
    instance_runs.end(ports, run_id, "done")
    over = Page(desk.window.get(f"/instance/runs/{run_id}"))
    assert over.by_id("run").get("hx-get") is None
    assert "There was nothing to do." in over.words("run")
    assert 'http-equiv="refresh"' not in over.text


def test_a_process_that_stopped_leaves_a_run_that_says_so(desk: Desk, ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada)
    desk.read()
    run_id = instance_runs.begin(ports, ada, instance_runs.APPLY)
    instance_runs.write_steps(ports, run_id, desk.sync.plan().actions)
    with ports.store.write() as session:
        session.execute(update(InstanceRun).values(lease_until=ports.clock() - timedelta(seconds=1)))
    page = Page(desk.window.get(f"/instance/runs/{run_id}"))
    assert "Modelport stopped in between." in page.words("run")
    assert "Create Mistral : skipped Not begun" in page.words("run")
    assert page.by_id("run").get("hx-get") is None


def test_a_reading_that_failed_says_why(desk: Desk, gitlab: GitLabServer) -> None:
    gitlab.faults.add("unavailable", times=None)
    run = desk.read()
    page = Page(desk.window.get(f"/instance/runs/{run.id}"))
    assert "GitLab is not available at the moment" in page.words("run")
    assert "Back to the instance" in page.words("run")


def test_a_run_that_is_gone_is_told_once(desk: Desk) -> None:
    assert desk.window.get("/instance/runs/gone").status_code == 404
    answer = desk.window.get("/instance/runs/gone?on=instance", fragment=True)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (404, "outerHTML")
    assert "the last 50 are kept" in Page(answer).words("run")


def test_a_stranger_is_asked_to_sign_in_where_the_run_was(window_of: OpenWindow) -> None:
    answer = window_of(None).get("/instance/runs/any", fragment=True)
    assert (answer.status_code, "Sign in" in Page(answer).words("run")) == (401, True)


def made(state: str, *outcomes: str) -> Run:
    """A run with a step for each outcome."""
    steps = tuple(
        StepRecord(number, "create", f"endpoint:{number}", f"step {number}", (), outcome, "", "")
        for number, outcome in enumerate(outcomes)
    )
    counts = {outcome: outcomes.count(outcome) for outcome in outcomes}
    return Run("id", "apply", state, "Ada", "", "", None, None, counts, steps)  # type: ignore[arg-type]


def test_of_many_steps_those_around_the_present_one_are_watched() -> None:
    shown = seen(made("running", *["done"] * 200, "failed", *["done"] * 99, *["waiting"] * 200))
    assert [each.position for each in shown.bad] == [200]
    assert [each.position for each in shown.lines] == list(range(294, 306))
    assert shown.lines[6].outcome == "Under way"
    assert shown.more == 500 - 13


def test_of_many_steps_that_ended_what_went_wrong_comes_first() -> None:
    run = made("failed", *["done"] * 300, *["conflict"] * 3, *["done"] * 197)
    shown = seen(run)
    assert ([each.position for each in shown.bad], len(shown.lines)) == ([300, 301, 302], MOST_LISTED)
    assert shown.more == 497 - MOST_LISTED
    assert len(seen(run, whole=True).lines) == 497
