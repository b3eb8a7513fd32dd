"""`sync`: read, planned, applied and taken over from a terminal or a script, against a GitLab on the real schema."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.cli import child
from app.cli.console import ROOT
from app.cli.installation import installation, operator
from app.factory import ports_of
from app.queries import endpoint_names as query
from app.queries import instance_runs as runs
from app.services.ports import Ports
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.lab import wait_for
from tests.fixtures.commands import Portal, Said
from tests.fixtures.stock import add_endpoint, assign

KEY = "sk-a-key-of-ours"


@contextmanager
def inside() -> Iterator[Ports]:
    """The installation's ports, for what somebody does on its pages."""
    with installation() as app:
        yield ports_of(app)


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    """An instance without models; both shapes are the services' concern."""
    with GitLabServer("19") as server:
        yield server


@pytest.fixture
def connected(portal: Portal, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """The command line of an installation that is connected to a GitLab without models."""
    monkeypatch.setenv("MODELPORT_GITLAB_URL", gitlab.url)
    monkeypatch.setenv("MODELPORT_GITLAB_TOKEN", gitlab.token)
    return portal


@pytest.fixture
def stocked(connected: Portal) -> Portal:
    """The same with an endpoint that completes code."""
    with inside() as ports:
        assign(ports, operator(), "code_completions", add_endpoint(ports, operator(), api_key=KEY))
    return connected


def data(said: Said) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_a_plan_says_each_field_and_changes_nothing(stocked: Portal, gitlab: GitLabServer) -> None:
    said = stocked("sync", "plan")
    assert said.code == 0
    heads = [line.strip() for line in said.out.splitlines() if not line.startswith(" ")]
    assert heads[:2] == ["To create in GitLab: 1", "Features to give another model: 1"]
    assert "+ Mistral: Name Mistral; " in said.out
    assert "Identifier custom_openai/served; API key is sent" in said.out
    assert "→ Mistral" in said.out
    assert heads[-1].startswith("Steps: 2. This plan is ")
    assert KEY not in said.out + said.err
    assert gitlab.state.mutations == []


def test_check_ends_with_one_until_gitlab_is_in_step(stocked: Portal) -> None:
    assert (stocked("sync", "plan").code, stocked("sync", "plan", "--check").code) == (0, 1)
    assert stocked("sync", "apply").code == 0
    said = stocked("sync", "plan", "--check")
    assert (said.code, said.out.splitlines()[-1]) == (0, "GitLab is in step.")


def test_apply_says_each_step_as_it_ends_and_the_sum(stocked: Portal, gitlab: GitLabServer) -> None:
    said = stocked("sync", "apply")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[-2:]] == ["create", "assign"]
    assert all(line.endswith("done") for line in said.out.splitlines()[-2:])
    assert said.err == "Steps: 2 done.\n"
    assert gitlab.state.settings["code_completions"].provider == "self_hosted"
    again = stocked("sync", "apply")
    assert (again.code, again.out.splitlines()[-1]) == (0, "GitLab is in step.")


def test_json_is_alone_on_stdout_and_progress_beside_it(stocked: Portal) -> None:
    plan = data(stocked("sync", "plan", "--json"))
    assert plan.keys() == {"digest", "actions", "blocked", "foreign", "unknown", "braked", "in_step"}
    (create, give) = plan["actions"]
    assert create.keys() == {"kind", "subject", "title", "changes", "sends_key", "changed_there", "remarks"}
    assert (create["kind"], create["sends_key"], give["kind"]) == ("create", True, "assign")
    assert create["changes"][0] == {"label": "Name", "before": "", "after": "Mistral"}
    said = stocked("sync", "apply", "--json")
    run = data(said)
    assert (said.code, run["state"], run["counts"]) == (0, "done", {"done": 2})
    first = run["steps"][0]
    assert first.keys() == {"kind", "subject", "title", "outcome", "code", "message"}
    assert "create" in said.err


def test_only_the_plan_of_that_digest_is_applied(stocked: Portal, gitlab: GitLabServer) -> None:
    digest = str(data(stocked("sync", "plan", "--json"))["digest"])
    with inside() as ports:
        add_endpoint(ports, operator(), "Second")
    said = stocked("sync", "apply", "--plan", digest)
    assert said.code == 1
    assert "The plan is another one now" in said.err
    assert "+ Second" in said.out
    assert gitlab.state.mutations == []
    told = data(stocked("sync", "apply", "--plan", digest, "--json"))
    new = str(told["plan"]["digest"])
    assert (told["state"], new != digest) == ("changed", True)
    assert stocked("sync", "apply", "--plan", new).code == 0


def test_what_changes_between_the_plan_and_its_steps_is_shown_and_not_done(
    stocked: Portal, gitlab: GitLabServer
) -> None:
    def rival(operation: str, _number: int) -> None:
        if operation == "aiFeatureSettings" and len(gitlab.state.asked(operation)) == 1:
            gitlab.state.add_model("Mistral", family="mistral", identifier="custom_openai/x", endpoint="http://x/v1")

    gitlab.after = rival
    said = stocked("sync", "apply")
    assert said.code == 1
    assert "The plan is another one now" in said.err
    assert "GitLab has a model of this name" in said.out
    assert gitlab.state.mutations == []


@pytest.mark.parametrize(("typed", "mutations"), [("y\n", 2), ("n\n", 0), ("", 0)])
def test_on_a_terminal_it_asks(
    stocked: Portal, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch, typed: str, mutations: int
) -> None:
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", terminal)
    said = stocked("sync", "apply")
    assert "Apply these 2 steps? [y/N]" in said.err
    assert (said.code, len(gitlab.state.mutations)) == (0 if mutations else 1, mutations)
    if not mutations:
        assert "Nothing was applied." in said.err
        assert stocked("sync", "apply", "--yes").code == 0


def test_a_step_that_gitlab_refuses_is_told_with_the_cure_and_ends_with_one(
    stocked: Portal, gitlab: GitLabServer
) -> None:
    gitlab.faults.add(Kind.ANSWER, "aiSelfHostedModelCreate", status=403, body='{"message": "403 Forbidden"}')
    said = stocked("sync", "apply", "--json")
    run = data(said)
    assert (said.code, run["state"]) == (1, "failed")
    first, second = run["steps"]
    assert (first["outcome"], second["outcome"], second["code"]) == ("failed", "skipped", "no_model")
    assert first["message"].startswith("GitLab says no")


def test_blocked_and_foreign_are_named_with_what_comes_of_it(stocked: Portal, gitlab: GitLabServer) -> None:
    for name in ("Mistral", "Old \x1b[31mone\x9b"):
        gitlab.state.add_model(name, family="mistral", identifier="custom_openai/x", endpoint="http://x/v1")
    said = stocked("sync", "plan")
    assert said.code == 1
    assert "! Mistral: GitLab has a model of this name with another " in said.out
    assert "Only in GitLab: 2" in said.out
    assert ". Old  [31mone  (custom_openai/x)" in said.out
    assert not {"\x1b", "\x9b"} & {*said.out, *stocked("sync", "plan", "--json").out}


def test_many_deletions_are_held_back_until_they_are_asked_for(connected: Portal, gitlab: GitLabServer) -> None:
    for name in ("One", "Two"):
        gitlab.state.add_model(name, family="mistral", identifier="custom_openai/x", endpoint="http://x/v1")
    assert "- One" not in connected("sync", "plan").out
    held = connected("sync", "apply", "--delete")
    assert (held.code, len(gitlab.state.models)) == (1, 2)
    assert "Held back: 2 deletions" in held.out
    assert "- One" in connected("sync", "plan", "--delete", "--many").out
    assert connected("sync", "apply", "--delete", "--many").code == 0
    assert gitlab.state.models == {}


def test_without_an_instance_it_is_misuse_that_names_the_settings(portal: Portal) -> None:
    for act in ("read", "plan", "apply", "take-over"):
        said = portal("sync", act)
        assert (said.code, said.out) == (2, "")
        assert "MODELPORT_GITLAB_URL and MODELPORT_GITLAB_TOKEN" in said.err


@pytest.mark.parametrize("act", ["read", "plan", "apply", "take-over"])
def test_a_gitlab_that_cannot_be_read_is_told_with_the_remedy(
    connected: Portal, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setenv("MODELPORT_GITLAB_TOKEN", "another one")
    said = connected("sync", act, "--json")
    assert (said.code, data(said)["code"]) == (1, "token_refused")
    assert "GitLab refuses the token" in said.err
    assert "MODELPORT_GITLAB_TOKEN" in said.err


def test_read_shows_how_each_feature_stands(stocked: Portal) -> None:
    said = stocked("sync", "read")
    assert said.code == 0
    assert "Models: 0. Features: 1 differs. Differences: 2." in said.out
    heads, row = said.out.splitlines()[-2:]
    assert heads.split() == ["FEATURE", "WAY", "STANDS", "WHY"]
    assert "direct  differs" in row
    assert stocked("sync", "apply").code == 0
    told = data(stocked("sync", "read", "--json"))
    assert (told["models"], told["differences"]) == (1, 0)
    assert told["features"] == [{"name": "code_completions", "step": "in_step", "way": "direct", "words": ""}]


def in_gitlab(gitlab: GitLabServer) -> None:
    """Two models that can become endpoints, one that cannot yet, and a feature for the first."""
    pool = gitlab.state.add_model(
        "Pool", family="mistral", identifier="custom_openai/m", endpoint="http://127.0.0.1:9/v1", token="sk-theirs"
    )
    gitlab.state.add_model("Other", family="mistral", identifier="m", endpoint="http://127.0.0.1:9/v1")
    gitlab.state.add_model("Cloud", family="claude_3", provider="BEDROCK", identifier="bedrock/a.b-v1:0")
    gitlab.state.assign("code_completions", "self_hosted", pool)


def endpoint_names() -> list[str]:
    with inside() as ports:
        return sorted(each.name for each in query.endpoint_names(ports.store))


def test_a_dry_run_shows_what_would_be_taken_over_and_what_is_in_the_way(
    connected: Portal, gitlab: GitLabServer
) -> None:
    in_gitlab(gitlab)
    said = connected("sync", "take-over", "--dry-run")
    rows = {line.split("  ")[0]: line for line in said.out.splitlines()}
    assert "a new endpoint" in rows["Pool"]
    assert "nothing: see the note" in rows["Cloud"]
    assert "region: " in rows["Cloud"]
    assert rows["Code Completion"].endswith("Pool")
    assert "Type them here on the endpoints' pages: Pool." in said.err
    assert (said.code, endpoint_names()) == (1, [])


def test_all_that_can_be_is_taken_over_once_notice_is_taken(connected: Portal, gitlab: GitLabServer) -> None:
    in_gitlab(gitlab)
    refused = connected("sync", "take-over")
    assert (refused.code, "--acknowledge" in refused.err, endpoint_names()) == (2, True, [])
    told = data(connected("sync", "take-over", "--acknowledge", "--json"))
    assert (len(told["made"]), told["given"], told["left_out"]) == (2, ["code_completions"], [])
    assert [each["name"] for each in told["keys_missing"]] == ["Pool"]
    assert [*told["models"][0]["faults"]] == ["region"]
    assert endpoint_names() == ["Other", "Pool"]
    assert gitlab.state.mutations == []
    again = connected("sync", "take-over")
    assert "Made: 0. Linked: 0. Features given: 0." in again.err


@contextmanager
def applying(log: Path) -> Iterator[child.Child]:
    """`sync apply` in a process of its own."""
    command = [sys.executable, "-m", "app.cli", "sync", "apply"]
    ours = {name: value for name, value in os.environ.items() if name.startswith("MODELPORT_")}
    started = child.run(command, log, {"PYTHONPATH": str(ROOT), **ours})
    try:
        yield started
    finally:
        started.process.kill()
        started.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_the_step_under_way(
    stocked: Portal, gitlab: GitLabServer, tmp_path: Path, number: signal.Signals
) -> None:
    gitlab.faults.add(Kind.LATE, "aiSelfHostedModelCreate", seconds=2.0)
    with applying(tmp_path / "apply.log") as started:
        wait_for(lambda: bool(gitlab.state.asked("aiSelfHostedModelCreate")), seconds=60)
        started.process.send_signal(number)
        assert started.process.wait(30) == 1
        told = started.log.read_text()
    assert "Stopping after the step that is under way." in told
    assert "./portal sync apply goes on" in told
    assert [name for name, _ in gitlab.state.mutations] == ["aiSelfHostedModelCreate"]
    with inside() as ports:
        (last, *_) = runs.recent(ports.store, ports.clock(), 1, "apply")
    assert (last.state, dict(last.counts)) == ("interrupted", {"done": 1, "waiting": 1})
    assert "Steps: 1 done." in stocked("sync", "apply").err


@pytest.mark.usefixtures("connected")
def test_as_a_process_on_the_older_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    with inside() as ports:
        assign(ports, operator(), "code_completions", add_endpoint(ports, operator()))
    with GitLabServer("18.9") as older:
        monkeypatch.setenv("MODELPORT_GITLAB_URL", older.url)
        command = [sys.executable, "-m", "app.cli", "sync", "apply", "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert (done.returncode, json.loads(done.stdout)["counts"]) == (0, {"done": 2}), done.stderr
        assert older.state.model("Mistral").identifier == "custom_openai/served"
