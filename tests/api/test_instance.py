"""The GitLab instance by programs: how it stands, the plan, its application, GitLab's check, taking over."""

from collections.abc import Callable

import pytest
from flask import Flask
from schemathesis import GenerationMode

from app.domain.roles import Actor, Role
from app.queries.endpoints import endpoint
from app.services import instance_runs
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.lab import wait_for
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.barrage import Barrage
from tests.fixtures.stock import add_endpoint, assign

CASES = 400
KEY = "sk-a-key-of-ours"


class TestConnected:
    """With an instance."""

    @pytest.fixture
    def app(self, connected_app: Flask) -> Flask:
        return connected_app

    def read(self, program: Program) -> None:
        place = program.post("/instance/reads").headers["Location"]
        assert ended(program, place)["state"] == "done"

    def test_what_is_held_here_is_read_planned_applied_and_in_step(
        self, admin: Program, viewer: Program, gitlab: GitLabServer, ports: Ports, ada: Actor
    ) -> None:
        assign(ports, ada, "code_completions", add_endpoint(ports, ada, api_key=KEY))
        before = viewer.get("/instance").json
        assert (before["connected"], before["url"], before["read_at"]) == (True, gitlab.url, None)
        assert viewer.get("/instance/plan").status_code == 404
        self.read(admin)
        plan = viewer.get("/instance/plan").json
        assert [each["kind"] for each in plan["actions"]] == ["create", "assign"]
        assert plan["actions"][0]["changes"][0] == {"label": "Name", "before": "", "after": "Mistral"}
        assert KEY not in viewer.get("/instance/plan").text
        assert standing(viewer, "code_completions")["step"] == "differs"
        begun = admin.post("/instance/runs", {"digest": plan["digest"]})
        assert (begun.status_code, begun.json["state"], begun.headers["ETag"]) == (202, "running", '"1"')
        run = ended(viewer, begun.headers["Location"])
        assert (run["state"], run["counts"], run["version"]) == ("done", {"done": 2}, 2)
        assert [each["outcome"] for each in run["steps"]] == ["done", "done"]
        assert gitlab.state.settings["code_completions"].provider == "self_hosted"
        after = viewer.get("/instance").json
        assert (after["differences"], after["shape"], after["code"]) == (0, "GitLab 19", "")
        assert standing(viewer, "code_completions")["step"] == "in_step"
        assert viewer.get("/instance/plan").json["in_step"] is True

    def test_another_plan_than_is_named_is_not_applied(
        self, admin: Program, gitlab: GitLabServer, ports: Ports, ada: Actor
    ) -> None:
        add_endpoint(ports, ada)
        run = ended(admin, admin.post("/instance/runs", {"digest": "0123456789abcdef"}).headers["Location"])
        assert (run["state"], run["steps"], gitlab.state.mutations) == ("changed", [], [])

    def test_deletions_are_asked_for_and_many_twice(self, admin: Program, gitlab: GitLabServer) -> None:
        for name in ("One", "Two"):
            gitlab.state.add_model(name, family="mistral", identifier="custom_openai/x", endpoint="http://x/v1")
        self.read(admin)
        plans = [admin.get(f"/instance/plan{asked}").json for asked in ("", "?delete=true", "?delete=true&many=true")]
        assert [(len(each["actions"]), each["braked"]) for each in plans] == [(0, 0), (0, 2), (2, 0)]
        assert [each["name"] for each in plans[0]["foreign"]] == ["One", "Two"]

    def test_one_piece_of_work_at_a_time(self, admin: Program, ports: Ports, ada: Actor) -> None:
        instance_runs.begin(ports, ada, instance_runs.READ)
        for path in ("/instance/reads", "/instance/runs"):
            busy = admin.post(path)
            assert (busy.status_code, busy.json["code"]) == (429, "busy")
            assert int(busy.headers["Retry-After"]) > 0

    def test_a_failed_reading_is_told_with_the_remedy(self, admin: Program, gitlab: GitLabServer) -> None:
        gitlab.state.token_revoked = True
        run = ended(admin, admin.post("/instance/reads").headers["Location"])
        assert (run["state"], run["code"]) == ("failed", "token_refused")
        told = admin.get("/instance").json
        assert (told["code"], "MODELPORT_GITLAB_TOKEN" in told["remedy"]) == ("token_refused", True)

    def test_the_way_of_a_feature_is_chosen(self, admin: Program, viewer: Program, ports: Ports, ada: Actor) -> None:
        assign(ports, ada, "code_completions", add_endpoint(ports, ada))
        self.read(admin)
        told = admin("PATCH", "/instance/features/code_completions", {"way": "through"})
        assert (told.status_code, told.json["way"]) == (200, "through")
        plan = viewer.get("/instance/plan").json
        assert "through:code_completions" in [each["subject"] for each in plan["actions"]]
        wrong = admin("PATCH", "/instance/features/code_completions", {"way": "around"})
        assert (wrong.status_code, [*wrong.json["errors"]]) == (422, ["way"])
        assert admin("PATCH", "/instance/features/none", {"way": "direct"}).status_code == 404

    def test_gitlab_checks_an_endpoint_for_an_editor(
        self, editor: Program, viewer: Program, ports: Ports, ada: Actor
    ) -> None:
        made = add_endpoint(ports, ada)
        last = f"/endpoints/{made}/gateway-checks/last"
        assert viewer.get(last).status_code == 404
        begun = editor.post(f"/endpoints/{made}/gateway-checks")
        assert (begun.status_code, begun.headers["Location"]) == (202, f"/api/v1{last}")
        wait_for(lambda: not viewer.get(last).json["running"])
        told = viewer.get(last).json
        assert (told["success"], told["endpoint_id"], told["is_old"]) == (True, made, False)
        assert editor.post("/endpoints/none/gateway-checks").status_code == 404

    def test_what_gitlab_has_is_taken_over_with_the_keys_that_were_sent(
        self, admin: Program, gitlab: GitLabServer, ports: Ports
    ) -> None:
        model = gitlab.state.add_model(
            "Pool", family="mistral", identifier="custom_openai/m", endpoint="http://127.0.0.1:9/v1", token="sk-theirs"
        )
        gitlab.state.assign("code_completions", "self_hosted", model)
        assert admin.post("/instance/take-over").status_code == 404
        self.read(admin)
        offer = admin.get("/instance/take-over").json
        (found,) = offer["models"]
        assert (found["match"], found["has_key"], found["endpoint_id"]) == ("new", True, None)
        assert offer["features"] == [{"name": "code_completions", "given": "Pool"}]
        wish = {"model_id": found["model_id"], "endpoint_id": None, "api_key": "sk-typed"}
        unsaid = admin.post("/instance/take-over", {"models": [wish]})
        assert (unsaid.status_code, [*unsaid.json["errors"]]) == (422, ["acknowledged"])
        taken = admin.post("/instance/take-over", {"models": [wish], "acknowledged": True}).json
        assert (len(taken["made"]), taken["features"], taken["keys_missing"]) == (1, ["code_completions"], [])
        stored = endpoint(ports.store, taken["made"][0])
        assert stored is not None
        assert (stored.name, stored.has_key) == ("Pool", True)
        assert gitlab.state.mutations == []
        again = admin.post("/instance/take-over", {"acknowledged": True}).json
        assert (again["made"], again["linked"], again["features"]) == ([], [], [])

    def test_a_wish_for_what_is_not_there_is_told_at_its_place(self, admin: Program, gitlab: GitLabServer) -> None:
        gitlab.state.add_model("Pool", family="mistral", identifier="custom_openai/m", endpoint="http://127.0.0.1:9/v1")
        self.read(admin)
        (found,) = admin.get("/instance/take-over").json["models"]
        wishes = [
            {"model_id": found["model_id"], "endpoint_id": "none"},
            {"model_id": found["model_id"]},
            {"model_id": "gid://gitlab/Ai::SelfHostedModel/999"},
        ]
        told = admin.post("/instance/take-over", {"models": wishes, "features": False})
        assert told.status_code == 422
        assert [*told.json["errors"]] == ["models.0.endpoint_id", "models.1.model_id", "models.2.model_id"]

    def test_changing_is_an_admins(self, program_of: ProgramOf) -> None:
        editor = program_of(Role.EDITOR)
        for path in ("/instance/reads", "/instance/runs", "/instance/take-over"):
            assert editor.post(path).status_code == 403
        assert editor("PATCH", "/instance/features/duo_chat", {"way": "direct"}).status_code == 403

    def test_every_answer_keeps_to_the_document(
        self, app: Flask, ports: Ports, ada: Actor, admin: Program, gitlab: GitLabServer, soak: Callable[[int], int]
    ) -> None:
        gitlab.state.add_model("Pool", family="mistral", identifier="custom_openai/m", endpoint="http://127.0.0.1:9/v1")
        self.read(admin)
        barrage = Barrage(app, ports, ada, admin.token)
        asked = [each for each in barrage.operations() if "instance" in each.path or "gateway" in each.path]
        assert len(asked) == 10
        for operation in asked:
            for mode in GenerationMode:
                barrage.fire(operation, mode, max(4, soak(CASES) // (2 * len(asked))))
        assert {200, 202, 404} <= barrage.passed
        assert 409 not in barrage.passed

    def test_a_run_that_nobody_began_is_unknown(self, viewer: Program) -> None:
        assert viewer.get("/instance/runs/none").status_code == 404


def test_without_an_instance_it_is_said_and_nothing_begins(admin: Program, ports: Ports, ada: Actor) -> None:
    told = admin.get("/instance").json
    assert (told["connected"], told["differences"], {each["step"] for each in told["features"]}) == (
        False,
        None,
        {None},
    )
    made = add_endpoint(ports, ada)
    asked = [
        ("GET", "/instance/plan"),
        ("GET", "/instance/take-over"),
        ("POST", "/instance/reads"),
        ("POST", "/instance/runs"),
        ("POST", "/instance/take-over"),
        ("POST", f"/endpoints/{made}/gateway-checks"),
    ]
    for method, path in asked:
        answer = admin(method, path)
        assert (answer.status_code, answer.json["code"]) == (409, "not_connected"), path


def ended(program: Program, place: str) -> dict[str, object]:
    """A run's answer once it is over."""
    wait_for(lambda: program.get(place).json["state"] != "running")
    told: dict[str, object] = program.get(place).json
    return told


def standing(program: Program, name: str) -> dict[str, object]:
    (found,) = [each for each in program.get("/instance").json["features"] if each["name"] == name]
    told: dict[str, object] = found
    return told
