"""The client against a GitLab in two shapes: what it reads and what it changes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.instance import BEDROCK_STAND_IN, About, Provider
from app.domain.instance_troubles import InstanceError
from tests.clients.gitlab_running import CLOUD, KEY, POOL, code_of, of
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import failed


def test_the_shape_is_told(server: GitLabServer) -> None:
    shape = of(server).shape()
    assert shape.is_18 is (server.state.shape == "18.9") is shape.endpoint_required
    assert {"MISTRAL", "CLAUDE_3"} <= shape.families
    assert "DUO_CHAT" in shape.features
    assert ("QWEN" in shape.families) is not shape.is_18
    assert shape.platforms == (frozenset() if shape.is_18 else {"API", "BEDROCK", "VERTEX_AI"})


def test_a_model_comes_back_as_it_was_made(server: GitLabServer) -> None:
    client = of(server)
    shape = client.shape()
    made = client.create(shape, POOL, KEY)
    assert (made.values, made.has_key) == (POOL, True)
    assert client.models() == (made,) == client.models(shape)
    assert client.model(made.id) == made
    assert server.state.model("GPU pool").token == KEY


def test_bedrock_has_no_endpoint(server: GitLabServer) -> None:
    client = of(server)
    made = client.create(client.shape(), CLOUD, None)
    assert (made.values, made.has_key) == (CLOUD, False)
    [(_, sent)] = server.state.mutations
    older = server.state.shape == "18.9"
    assert sent["endpoint"] == (BEDROCK_STAND_IN if older else None)
    assert sent.get("provider") == (None if older else "BEDROCK")
    assert "apiToken" not in sent


@pytest.mark.parametrize(("key", "stored"), [(None, "old-key"), ("", ""), (KEY, KEY)])
def test_an_update_keeps_clears_or_replaces_the_key(server: GitLabServer, key: str | None, stored: str) -> None:
    model = server.state.add_model("GPU pool", token="old-key")
    client = of(server)
    changed = client.update(client.shape(), model.gid, POOL, key)
    assert (changed.values, changed.has_key) == (POOL, bool(stored))
    assert server.state.model("GPU pool").token == stored


def test_an_update_takes_the_endpoint_away(server: GitLabServer) -> None:
    model = server.state.add_model("Cloud", endpoint="http://old/v1")
    client = of(server)
    assert client.update(client.shape(), model.gid, CLOUD, None).values == CLOUD


def test_a_model_is_removed(server: GitLabServer) -> None:
    model = server.state.add_model("GPU pool")
    client = of(server)
    client.delete(model.gid)
    assert client.models() == ()
    assert client.model(model.gid) is None


def test_a_model_that_is_not_in_the_list_is_still_found_by_its_id(newer: GitLabServer) -> None:
    """GitLab keeps models of beta families out of its list while beta is off."""
    model = newer.state.add_model("Llama", family="llama3")
    newer.state.beta = False
    client = of(newer)
    assert client.models() == ()
    found = client.model(model.gid)
    assert found is not None
    assert found.values.family == "LLAMA3"


@pytest.mark.parametrize("kind", [Kind.INTERNAL, Kind.FIELD_TIMEOUT, Kind.UNAVAILABLE])
def test_a_model_that_cannot_be_looked_up_is_not_taken_for_gone(newer: GitLabServer, kind: Kind) -> None:
    model = newer.state.add_model("GPU pool")
    client = of(newer)
    shape = client.shape()
    newer.faults.add(kind, "aiSelfHostedModels", times=2 if kind is Kind.UNAVAILABLE else 1)
    found = client.model(model.gid, shape)
    assert found is not None
    newer.faults.add(kind, "aiSelfHostedModels", times=None)
    assert code_of(lambda: client.model(model.gid, shape)) in {"unavailable", "incomplete"}


def test_a_feature_is_assigned_and_read(server: GitLabServer) -> None:
    model = server.state.add_model("GPU pool")
    client = of(server)
    client.assign("code_completions", Provider.SELF_HOSTED, model.gid)
    client.assign("duo_chat", Provider.DISABLED)
    features = {each.name: each for each in client.features()}
    completions = features["code_completions"]
    assert (completions.provider, completions.model_id, completions.model_name) == (
        "SELF_HOSTED",
        model.gid,
        "GPU pool",
    )
    assert (completions.title, completions.section, completions.state) == ("Code Completion", "Code Suggestions", "GA")
    assert completions.families is not None
    assert "MISTRAL" in completions.families
    assert features["duo_chat"].provider is Provider.DISABLED
    assert features["code_generations"].provider is Provider.UNASSIGNED


def test_gitlabs_own_model_is_named(newer: GitLabServer) -> None:
    client = of(newer)
    client.assign("duo_chat", Provider.VENDORED)
    [chat] = [each for each in client.features() if each.name == "duo_chat"]
    assert (chat.provider, chat.model_id, bool(chat.managed)) == (Provider.VENDORED, "", True)


def test_everything_is_read_at_once(server: GitLabServer) -> None:
    server.state.add_model("GPU pool")
    actual = of(server).read()
    assert actual.shape.is_18 is (server.state.shape == "18.9")
    assert [each.values.name for each in actual.models] == ["GPU pool"]
    assert {each.name.upper() for each in actual.features} <= actual.shape.features


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_every_page_is_read_with_one_request_each(server: GitLabServer, count: int) -> None:
    for number in range(count):
        server.state.add_model(f"Model {number}")
    assert len(of(server).models()) == count
    assert len(server.state.asked("aiSelfHostedModels")) == max(1, -(-count // 100))


def test_five_hundred_models_take_little_time(newer: GitLabServer) -> None:
    for number in range(500):
        newer.state.add_model(f"Model {number}")
    client = of(newer)
    started = time.thread_time()
    assert len(client.models()) == 500
    assert time.thread_time() - started < 0.3


def test_what_gitlab_refuses_is_said_in_its_words(server: GitLabServer) -> None:
    client = of(server)
    shape = client.shape()
    client.create(shape, POOL, None)
    with pytest.raises(InstanceError) as found:
        client.create(shape, POOL, None)
    assert (found.value.code, found.value.words) == ("refused", "Name has already been taken")
    assert "GitLab refuses it: Name has already been taken" in found.value.message


@pytest.mark.parametrize("message", ["", "The self-hosted model server returned code 401: Unauthorized"])
def test_a_connection_check_is_a_value(server: GitLabServer, message: str) -> None:
    if message:
        server.state.check_answer = failed(message)
    client = of(server)
    health = client.check(client.shape(), POOL, KEY)
    assert (health.success, health.errors) == (not message, (message,) if message else ())
    assert health.message == (message or "Successfully connected to the self-hosted model")


def test_the_health_check_names_its_probes(newer: GitLabServer) -> None:
    newer.state.health.append(failed("no way"))
    assert [(each.success, each.errors) for each in of(newer).health()] == [
        (True, ()),
        (True, ()),
        (False, ("no way",)),
    ]


def test_duo_settings_go_by_their_names(newer: GitLabServer) -> None:
    told = of(newer).duo_settings()
    assert told["aiGatewayUrl"] == "http://gateway:5052"
    assert told["aiGatewayTimeoutSeconds"] == 60


def test_gitlab_tells_about_itself(newer: GitLabServer) -> None:
    assert of(newer).about() == About(
        "19.2.1-ee", True, "root", True, ("api",), "2099-12-31", "ultimate", False, ("GitLab_DuoEnterprise",)
    )


def test_what_is_not_told_stays_empty(newer: GitLabServer) -> None:
    newer.state.switched_off = {"/license", "/personal_access_tokens/self"}
    newer.faults.add(Kind.PROXY_PAGE, "/metadata")
    assert of(newer).about() == About(account="root", is_admin=True)


def test_changes_are_told_by_the_audit_events(newer: GitLabServer) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    model = newer.state.add_model("GPU pool", author="Ada")
    newer.state.assign("duo_chat", "self_hosted", model, author="Ada")
    newer.state.rename(model, "Pool", author="Ed")
    changed = of(newer).changed_since(began)
    assert [(each.author, each.event) for each in changed] == [
        ("Ed", "self_hosted_model_updated"),
        ("Ada", "self_hosted_model_feature_changed"),
        ("Ada", "self_hosted_model_created"),
    ]
    assert changed[1].text == "Feature duo_chat changed to Self-hosted model (GPU pool)"
    assert began < changed[0].at <= datetime.now(UTC)
    assert of(newer).changed_since(datetime.now(UTC) + timedelta(minutes=1)) == ()


def test_more_changes_than_a_page_holds_are_told(newer: GitLabServer) -> None:
    for number in range(150):
        newer.state.add_model(f"Model {number}", author="Ada")
    assert len(of(newer).changed_since(datetime.now(UTC) - timedelta(hours=1))) == 150


def test_without_audit_events_no_change_is_told(newer: GitLabServer) -> None:
    newer.state.switched_off = {"/audit_events"}
    assert of(newer).changed_since(datetime.now(UTC)) == ()
