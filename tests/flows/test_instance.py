"""An admin's way with a GitLab: take over what is there, change it, see it drift, mend it, and go through Modelport."""

from flask import Flask
from werkzeug.test import Client

from app.cli.model_server import ModelServer
from app.domain.roles import Actor
from app.queries.feature_steps import FeatureStep, feature_steps
from app.queries.instance_runs import Run
from app.services import endpoints, instance_choices
from app.services.endpoints import EndpointDraft
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.connected import Desk, desk, gitlab, settings, sync
from tests.fixtures.pages import Page
from tests.fixtures.stock import assign

__all__ = ["desk", "gitlab", "settings", "sync"]


def stand(desk: Desk, feature: str) -> FeatureStep:
    """How a feature stands in GitLab beside what it is given here."""
    ports = desk.sync.ports
    assert ports.instance
    return feature_steps(ports.store, ports.facts, str(ports.instance.address), ports.origin, ports.clock())[feature]


def in_gitlab(gitlab: GitLabServer, feature: str) -> str:
    """The name of the model that a feature has there."""
    setting = gitlab.state.settings[feature]
    return gitlab.state.models[setting.model].name if setting.model else setting.provider


def test_from_what_gitlab_had_to_a_feature_that_goes_through_modelport(
    desk: Desk, gitlab: GitLabServer, app: Flask, ada: Actor, model_server: ModelServer
) -> None:
    ports = desk.sync.ports
    old = gitlab.state.add_model("Old", identifier="custom_openai/old", endpoint="https://old.example/v1")
    gitlab.state.assign("code_completions", "self_hosted", old)
    gitlab.state.assign("summarize_review", "disabled")

    # Take over: nothing is written to GitLab, and both are in step.
    assert desk.read().state == "done"
    answer = desk.window.post(
        "/instance/take-over",
        data={f"{old.gid}.act": "make", "server": "vllm", "with_features": "y", "acknowledged": "y"},
    )
    assert "1 endpoint made" in Page(answer).text
    assert gitlab.state.mutations == []
    assert stand(desk, "code_completions").step == "in_step"

    # Two assignments are changed here, looked at, and applied.
    draft = EndpointDraft("Llama", server="llama_cpp", base_url=model_server.url, identifier=model_server.served_name)
    llama = endpoints.create(ports, ada, draft)
    for feature in ("code_completions", "duo_chat"):
        assign(ports, ada, feature, llama, version=1 if feature == "code_completions" else 0)
    plan = desk.page("/instance/plan")
    assert "Apply 3 steps" in plan.words("plan")
    assert 'data-state="done"' in desk.apply().text
    assert (in_gitlab(gitlab, "code_completions"), in_gitlab(gitlab, "duo_chat")) == ("Llama", "Llama")

    # Somebody changes one behind its back; the next reading says so, and who it was, on the feature's row.
    gitlab.state.assign("duo_chat", "self_hosted", old, author="Root")
    assert desk.read().state == "done"
    drifted = stand(desk, "duo_chat")
    assert (drifted.step, drifted.changed_there, drifted.changed_by) == ("differs", True, "Root")
    row = desk.page("/features").words("duo_chat")
    assert "Differs" in row
    assert "Root" in row
    assert "differ" in desk.page("/").words("attention")
    assert 'data-state="done"' in desk.apply().text
    assert in_gitlab(gitlab, "duo_chat") == "Llama"
    assert stand(desk, "duo_chat").step == "in_step"

    # One feature goes through Modelport: GitLab's gateway calls it with what it was given, and its use is counted.
    instance_choices.set_way(ports, ada, "duo_chat", "through")
    assert 'data-state="done"' in desk.apply().text
    relay = gitlab.state.model("Modelport: General Chat")
    assert relay.endpoint == f"{ports.origin}/v1"
    called = Client(app, use_cookies=False).post(
        "/v1/chat/completions",
        json={
            "model": relay.identifier.removeprefix("custom_openai/"),
            "messages": [{"role": "user", "content": "Say hello."}],
            "max_tokens": 8,
        },
        headers={"Authorization": f"Bearer {relay.token}"},
    )
    assert called.status_code == 200, called.text
    assert called.headers["X-Modelport-Endpoint"] == "llama"
    again: Run = desk.sync.apply()
    assert (again.state, again.total) == ("done", 0)
    other = Client(app, use_cookies=False).post(
        "/v1/chat/completions",
        json={"model": "code_completions", "messages": [{"role": "user", "content": "Hi"}]},
        headers={"Authorization": f"Bearer {relay.token}"},
    )
    assert other.status_code in (403, 404), "the token is for the one feature alone"
