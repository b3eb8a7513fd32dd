"""The stand-in for GitLab, held against GitLab's schema and the rules that its source shows."""

import json
from collections.abc import Iterator

import pytest
from graphql import get_introspection_query, parse, print_schema, validate

from app.domain.gitlab import FEATURE_UPDATE, MODEL_CREATE
from tests.fakes.gitlab.records import Account
from tests.fakes.gitlab.schema import SHAPES, schema
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import failed
from tests.peers.gitlab_asking import CHECK, DELETE, FEATURES, LIST, NEW, UPDATE, ask, errors, send


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    with GitLabServer() as server:
        yield server


@pytest.mark.parametrize("shape", SHAPES)
def test_both_shapes_are_plain_schemas(shape: str) -> None:
    assert "@since" not in print_schema(schema(shape))
    assert validate(schema(shape), parse(get_introspection_query())) == []
    assert validate(schema(shape), parse(FEATURE_UPDATE)) == validate(schema(shape), parse(MODEL_CREATE)) == []


def test_the_older_shape_has_only_what_was_there() -> None:
    old, new = schema("18.9"), schema("19")
    gone = set(new.type_map) - set(old.type_map)
    assert {"AiSelfHostedModelProvider", "AiModelSelectionAllowListModelEdge"} <= gone
    assert str(old.type_map["AiSelfHostedModelUpdateInput"].fields["endpoint"].type) == "String!"  # type: ignore[attr-defined]
    assert "GLAB_ASK_GIT_COMMAND" in old.type_map["AiFeatures"].values  # type: ignore[attr-defined]
    assert "GLAB_ASK_GIT_COMMAND" not in old.type_map["AiModelSelectionFeatures"].values  # type: ignore[attr-defined]


def test_the_older_shape_refuses_the_platform() -> None:
    with GitLabServer("18.9") as server:
        assert "provider" in ask(server, MODEL_CREATE, input=NEW)["errors"][0]["message"]
        assert server.state.refused_queries
        assert not server.state.mutations
        older = {name: value for name, value in NEW.items() if name != "provider"}
        assert errors(ask(server, MODEL_CREATE, input=older)) == []


def test_pages_follow_their_cursors_and_hold_no_more_than_they_may() -> None:
    with GitLabServer(page_size=3) as server:
        for number in range(5):
            server.state.add_model(f"m{number}")
        first = ask(server, LIST, first=500)["data"]["aiSelfHostedModels"]
        server.state.remove(server.state.model("m2"))
        rest = ask(server, LIST, after=first["pageInfo"]["endCursor"])["data"]["aiSelfHostedModels"]
    assert [each["name"] for each in first["nodes"]] == ["m4", "m3", "m2"]
    assert [each["name"] for each in rest["nodes"]] == ["m1", "m0"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


def test_a_batch_keeps_what_succeeded(gitlab: GitLabServer) -> None:
    model = gitlab.state.add_model("Small", family="codestral")
    given = {"provider": "SELF_HOSTED", "aiSelfHostedModelId": model.gid}
    answer = ask(gitlab, FEATURE_UPDATE, input=given | {"features": ["DUO_AGENT_PLATFORM", "DUO_CHAT"]})
    assert errors(answer) == ["Codestral is incompatible with the All agents, except Agentic Chat feature"]
    assert gitlab.state.settings["duo_chat"].model == model.number
    assert gitlab.state.settings["duo_agent_platform"].provider == "unassigned"
    assert errors(ask(gitlab, FEATURE_UPDATE, input=given | {"features": []})) == ["At least one feature is required"]


def test_all_complaints_come_in_one_string(gitlab: GitLabServer) -> None:
    gitlab.state.add_model("GPU")
    wrong = NEW | {"endpoint": "gpu/v1", "identifier": "x" * 256}
    assert errors(ask(gitlab, MODEL_CREATE, input=wrong)) == [
        "Endpoint is blocked: Only allowed schemes are http, https, Name has already been taken, "
        "Identifier is too long (maximum is 255 characters)"
    ]


def test_an_omitted_token_stays_and_an_empty_one_clears(gitlab: GitLabServer) -> None:
    model = gitlab.state.add_model("GPU", token="a-key")
    ask(gitlab, UPDATE, input=NEW | {"id": model.gid})
    assert model.token == "a-key"
    ask(gitlab, UPDATE, input=NEW | {"id": model.gid, "apiToken": ""})
    assert model.token == ""
    assert gitlab.state.token_reads == []
    ask(gitlab, "{ aiSelfHostedModels { nodes { apiToken } } }")
    assert gitlab.state.token_reads == [model.gid]


def test_a_connection_check_fails_in_its_result(gitlab: GitLabServer) -> None:
    gitlab.state.check_answer = lambda given: failed("no key" if "apiToken" not in given else "wrong key")
    payload = ask(gitlab, CHECK, input=NEW)["data"]["aiSelfHostedModelConnectionCheck"]
    assert payload == {"result": {"success": False, "message": "no key", "errors": ["no key"]}, "errors": []}
    assert gitlab.state.models == {}


def test_a_used_model_stays_or_takes_its_settings_with_it(gitlab: GitLabServer) -> None:
    model = gitlab.state.add_model("GPU")
    gitlab.state.assign("duo_chat", "self_hosted", model)
    assert errors(ask(gitlab, DELETE, input={"id": model.gid}))
    gitlab.state.refuses_used = False
    assert errors(ask(gitlab, DELETE, input={"id": model.gid})) == []
    assert gitlab.state.settings["duo_chat"].provider == "unassigned"
    assert errors(ask(gitlab, DELETE, input={"id": model.gid})) == ["Self-hosted model not found"]


def test_beta_hides_models_and_features_while_it_is_off(gitlab: GitLabServer) -> None:
    gitlab.state.add_model("General", family="general")
    gitlab.state.beta = False
    assert ask(gitlab, LIST)["data"]["aiSelfHostedModels"]["nodes"] == []
    shown = {each["feature"] for each in ask(gitlab, FEATURES)["data"]["aiFeatureSettings"]["nodes"]}
    assert "duo_chat" in shown
    assert "summarize_review" not in shown
    assert errors(ask(gitlab, MODEL_CREATE, input=NEW | {"name": "General"})) == ["Name has already been taken"]


@pytest.mark.parametrize(
    ("token", "status"), [("", 200), ("Bearer wrong", 401), ("bearer glpat-stand-in-0123456789", 200)]
)
def test_tokens_decide(gitlab: GitLabServer, token: str, status: int) -> None:
    assert send(gitlab, "/api/graphql", {"query": "{ duoSettings { updatedAt } }"}, Authorization=token)[0] == status
    assert send(gitlab, "/api/v4/user", Authorization=token)[0] == (401 if not token else status)


def test_a_narrow_token_reads_and_changes_nothing(gitlab: GitLabServer) -> None:
    gitlab.state.scopes = ("read_api",)
    assert ask(gitlab, LIST)["data"]["aiSelfHostedModels"] is not None
    assert "permission" in ask(gitlab, MODEL_CREATE, input=NEW)["errors"][0]["message"]
    gitlab.state.scopes = ("read_user",)
    assert send(gitlab, "/api/graphql", {"query": LIST})[0] == 401
    assert "insufficient_scope" in send(gitlab, "/api/v4/user")[1]
    assert '"read_user"' in send(gitlab, "/api/v4/personal_access_tokens/self")[1]
    assert gitlab.state.mutations == []


def test_who_is_no_administrator_sees_nothing(gitlab: GitLabServer) -> None:
    gitlab.state.account = Account(2, "nox", "Nox", is_admin=False)
    assert ask(gitlab, LIST) == {"data": {"aiSelfHostedModels": None}}
    gitlab.state.loud = True
    assert "permission" in ask(gitlab, LIST)["errors"][0]["message"]
    assert send(gitlab, "/api/v4/audit_events")[0] == 403
    assert "is_admin" not in send(gitlab, "/api/v4/user")[1]


def test_a_token_in_the_address_is_noted(gitlab: GitLabServer) -> None:
    send(gitlab, f"/api/v4/user?private_token={gitlab.token}")
    assert gitlab.state.violations == ["private_token in the address"]


def test_changes_are_told_page_by_page(gitlab: GitLabServer) -> None:
    ask(gitlab, MODEL_CREATE, input=NEW)
    gitlab.state.rename(gitlab.state.model("GPU"), "GPU 2", author="Eve")
    newest = json.loads(send(gitlab, "/api/v4/audit_events?per_page=1")[1])
    oldest = json.loads(send(gitlab, "/api/v4/audit_events?per_page=1&page=2")[1])
    assert [each["details"]["author_name"] for each in newest + oldest] == ["Eve", "Administrator"]
    assert oldest[0]["details"]["custom_message"] == "Self-hosted model GPU/mistral/http://gpu/v1 created"
    assert json.loads(send(gitlab, "/api/v4/audit_events?created_after=2099-01-01T00:00:00Z")[1]) == []


def test_what_gitlab_does_not_expect_is_its_own_error(gitlab: GitLabServer) -> None:
    gone = "gid://gitlab/Ai::SelfHostedModel/99"
    told = [
        send(gitlab, "/api/graphql", {"query": UPDATE, "variables": {"input": NEW | {"id": gone}}}),
        send(gitlab, "/api/graphql", {"query": f'{{ aiSelfHostedModels(id: "{gone}") {{ nodes {{ id }} }} }}'}),
        send(gitlab, "/api/graphql", {"query": MODEL_CREATE, "variables": {"input": NEW | {"name": "x" * 256}}}),
    ]
    assert {status for status, _ in told} == {500}
    assert gitlab.state.models == {}


def test_a_disabled_feature_keeps_its_model(gitlab: GitLabServer) -> None:
    model = gitlab.state.add_model("GPU")
    gitlab.state.assign("duo_chat", "self_hosted", model)
    ask(gitlab, FEATURE_UPDATE, input={"features": ["DUO_CHAT"], "provider": "DISABLED"})
    assert (gitlab.state.settings["duo_chat"].provider, gitlab.state.uses(model.number) != []) == ("disabled", True)
    ask(gitlab, FEATURE_UPDATE, input={"features": ["DUO_CHAT"], "provider": "VENDORED"})
    assert gitlab.state.uses(model.number) == []
