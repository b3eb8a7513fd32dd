"""Features that GitLab calls Modelport for: which token it holds, when that is renewed, and when it ends."""

from dataclasses import replace

import pytest

from app.domain.errors import TokenRefused
from app.models.instance import InstanceLink
from app.services import api_tokens, instance_choices
from app.services.assignments import State
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.records import Model
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.lab import Clock
from tests.fixtures.instance import (
    KEY,
    ORIGIN,
    Sync,
    give,
    in_step,
    links_of,
    live_tokens,
    mutations_of,
    only_19,
    requests_of,
)

CREATE, UPDATE, SET = "aiSelfHostedModelCreate", "aiSelfHostedModelUpdate", "aiFeatureSettingUpdate"
FEATURE, NAME = "code_completions", "Modelport: Code Completion"
SUBJECT = f"through:{FEATURE}"


def through(sync: Sync, way: str = "through") -> None:
    instance_choices.set_way(sync.ports, sync.actor, FEATURE, way)


def relayed(sync: Sync, gitlab: GitLabServer) -> Model:
    """The feature goes through Modelport, in GitLab too."""
    in_step(sync)
    through(sync)
    assert sync.apply().state == "done"
    return gitlab.state.model(NAME)


def answers(sync: Sync, token: str) -> bool:
    try:
        return api_tokens.authenticate(sync.ports, token).features == (FEATURE,)
    except TokenRefused:
        return False


def link_of(sync: Sync) -> InstanceLink:
    return links_of(sync.ports.store)[SUBJECT]


def test_gitlab_gets_modelports_address_and_a_token_for_the_one_feature(sync: Sync, gitlab: GitLabServer) -> None:
    model = relayed(sync, gitlab)
    assert (model.endpoint, model.identifier) == (f"{ORIGIN}/v1", f"custom_openai/{FEATURE}:raw")
    assert gitlab.state.settings[FEATURE].model == model.number
    bearer = api_tokens.authenticate(sync.ports, model.token)
    assert (bearer.actor, bearer.features) == (None, (FEATURE,))
    assert KEY not in model.token
    (token,) = live_tokens(sync.ports.store)
    assert (token.id, token.maker_name) == (link_of(sync).key, sync.actor.name)
    assert mutations_of(gitlab, sync.apply) == []
    assert len(live_tokens(sync.ports.store)) == 1


@only_19
def test_an_endpoint_that_serves_through_modelport_alone_is_not_told(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    gitlab.state.remove(gitlab.state.model("Mistral"))
    through(sync)
    sync.apply()
    assert [each.name for each in gitlab.state.models.values()] == [NAME]
    give(sync, "duo_chat", State.ENDPOINT, endpoint_id)
    sync.apply()
    assert {each.name: each.token == KEY for each in gitlab.state.models.values()} == {NAME: False, "Mistral": True}


@only_19
def test_back_to_direct_the_token_ends_once_gitlab_uses_it_no_more(sync: Sync, gitlab: GitLabServer) -> None:
    token = relayed(sync, gitlab).token
    through(sync, "direct")
    sync.read()
    assert answers(sync, token), "GitLab calls with it until its setting is another one"
    assert mutations_of(gitlab, sync.apply) == [SET]
    sync.read()
    assert not answers(sync, token)
    assert live_tokens(sync.ports.store) == []
    through(sync)
    assert mutations_of(gitlab, sync.apply) == [UPDATE, SET]
    assert answers(sync, gitlab.state.model(NAME).token)
    assert mutations_of(gitlab, sync.apply) == []


@only_19
@pytest.mark.parametrize("state", [State.DISABLED, State.MANAGED, State.UNASSIGNED])
def test_a_feature_that_is_given_nothing_here_needs_no_token(sync: Sync, gitlab: GitLabServer, state: State) -> None:
    token = relayed(sync, gitlab).token
    give(sync, FEATURE, state)
    sync.apply()
    sync.read()
    assert not answers(sync, token)
    assert live_tokens(sync.ports.store) == []


@only_19
def test_a_token_whose_model_somebody_deleted_in_gitlab_ends(sync: Sync, gitlab: GitLabServer) -> None:
    token = relayed(sync, gitlab).token
    through(sync, "direct")
    gitlab.state.remove(gitlab.state.model(NAME))
    sync.read()
    assert not answers(sync, token)
    assert live_tokens(sync.ports.store) == []


@only_19
def test_a_model_that_somebody_deleted_is_made_again_with_a_new_token(sync: Sync, gitlab: GitLabServer) -> None:
    token = relayed(sync, gitlab).token
    gitlab.state.remove(gitlab.state.model(NAME))
    assert mutations_of(gitlab, sync.apply) == [CREATE, SET]
    assert not answers(sync, token)
    assert answers(sync, gitlab.state.model(NAME).token)
    assert len(live_tokens(sync.ports.store)) == 1


@only_19
@pytest.mark.parametrize("days", [335, 334], ids=["30 days left", "31 days left"])
def test_a_token_that_ends_within_thirty_days_is_replaced(sync: Sync, gitlab: GitLabServer, days: int) -> None:
    clock = Clock()
    sync = replace(sync, ports=replace(sync.ports, clock=clock))
    model = relayed(sync, gitlab)
    first = model.token
    clock.shows(days=days, minutes=1)
    reading = requests_of(gitlab, sync.read)
    extra = requests_of(gitlab, sync.apply) - reading
    assert extra == (2 if days == 335 else 0)
    assert (model.token != first) == (days == 335)
    assert answers(sync, model.token)
    assert len(live_tokens(sync.ports.store)) == 1
    assert answers(sync, first) == (days == 334)


@only_19
def test_a_token_that_was_revoked_is_replaced(sync: Sync, gitlab: GitLabServer) -> None:
    model = relayed(sync, gitlab)
    first = model.token
    api_tokens.revoke(sync.ports, sync.actor, live_tokens(sync.ports.store)[0].id)
    assert mutations_of(gitlab, sync.apply) == [UPDATE]
    assert (answers(sync, first), answers(sync, model.token)) == (False, True)
    assert mutations_of(gitlab, sync.apply) == []


@only_19
def test_a_token_that_somebody_took_out_in_gitlab_is_replaced(sync: Sync, gitlab: GitLabServer) -> None:
    model = relayed(sync, gitlab)
    gitlab.state.change(model, token="")
    assert mutations_of(gitlab, sync.apply) == [UPDATE]
    assert answers(sync, model.token)
    assert len(live_tokens(sync.ports.store)) == 1


@only_19
def test_a_refused_renewal_leaves_the_token_that_gitlab_holds_and_no_other(sync: Sync, gitlab: GitLabServer) -> None:
    clock = Clock()
    sync = replace(sync, ports=replace(sync.ports, clock=clock))
    model = relayed(sync, gitlab)
    clock.shows(days=350)
    gitlab.faults.add(Kind.UNAVAILABLE, UPDATE, 1, 2)
    for _ in range(2):
        assert sync.apply().state == "failed"
        assert answers(sync, model.token)
        assert len(live_tokens(sync.ports.store)) == 1
    assert sync.apply().state == "done"
    assert answers(sync, model.token)
    assert len(live_tokens(sync.ports.store)) == 1


@only_19
def test_a_renewal_without_an_answer_keeps_both_until_gitlab_has_one_for_certain(
    sync: Sync, gitlab: GitLabServer
) -> None:
    model = relayed(sync, gitlab)
    api_tokens.revoke(sync.ports, sync.actor, live_tokens(sync.ports.store)[0].id)
    gitlab.faults.add(Kind.ANSWER_LOST, UPDATE)
    assert sync.apply().steps[0].outcome == "unclear"
    assert answers(sync, model.token)
    sync.apply()
    assert answers(sync, model.token)
    assert len(live_tokens(sync.ports.store)) == 1


@only_19
def test_a_refused_model_leaves_no_token(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    through(sync)
    gitlab.faults.add(Kind.UNAVAILABLE, CREATE)
    run = sync.apply()
    assert [each.outcome for each in run.steps] == ["failed", "skipped"]
    assert live_tokens(sync.ports.store) == []
    assert SUBJECT not in links_of(sync.ports.store)


@only_19
def test_one_that_was_never_made_and_is_wanted_no_more_leaves_no_token(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    through(sync)
    gitlab.faults.add(Kind.CLOSED, CREATE)
    assert sync.apply().steps[0].outcome == "unclear"
    assert len(live_tokens(sync.ports.store)) == 1
    through(sync, "direct")
    sync.read()
    assert live_tokens(sync.ports.store) == []
    assert SUBJECT not in links_of(sync.ports.store)
