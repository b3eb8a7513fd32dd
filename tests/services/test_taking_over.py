"""Taking over what an instance has: everything comes here, nothing is written there, and the plan is empty then."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.errors import Invalid, NotFound
from app.domain.taking_over import Match
from app.models.endpoint import Endpoint
from app.queries import taking_over as query
from app.queries.assignments import serving
from app.queries.taking_over import Offer
from app.services import endpoints, instance_choices, instance_reads, taking_over
from app.services.assignments import State
from app.services.taking_over import TakenOver, Wish
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import KEY, Sync, give, in_step, links_of, only_19
from tests.fixtures.stock import add_endpoint, audit_rows, uses

BEDROCK = "bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0"


def furnish(gitlab: GitLabServer) -> None:
    """Two models and assignments of each kind, as an administrator would have left them."""
    state = gitlab.state
    mistral = state.add_model(
        "Mistral Small", endpoint="http://127.0.0.1:8000/v1", identifier="custom_openai/mistral-small", token="a-key"
    )
    other = state.add_model("Trial", family="general", endpoint="http://127.0.0.1:8001/v1", identifier="qwen")
    state.assign("code_completions", "self_hosted", mistral)
    state.assign("code_generations", "self_hosted", mistral)
    state.assign("duo_chat", "self_hosted", other)
    state.assign("review_merge_request", "vendored")
    state.assign("summarize_review", "disabled")


def offer(sync: Sync) -> Offer:
    found = query.offer(sync.ports.store, sync.ports.facts, instance_reads.url_of(sync.ports), sync.ports.origin)
    assert found is not None
    return found


def take_over(sync: Sync, wishes: Sequence[Wish] | None = None, *, with_features: bool = True) -> TakenOver:
    sync.read()
    wanted = taking_over.usual(offer(sync)) if wishes is None else wishes
    return taking_over.take_over(
        sync.ports, sync.actor, wanted, with_features=with_features, acknowledged=with_features
    )


def matches(sync: Sync) -> dict[str, Match]:
    return {each.model.values.name: each.match for each in offer(sync).models}


def endpoint(sync: Sync, endpoint_id: str) -> Endpoint:
    with sync.ports.store.read() as session:
        return session.get_one(Endpoint, endpoint_id)


def test_a_fresh_portal_gets_everything_and_gitlab_is_not_touched(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    taken = take_over(sync)
    assert (len(taken.made), taken.linked, taken.left_out) == (2, (), ())
    states = {name: each.state for name, each in serving(sync.ports.store).items()}
    assert states == {
        "code_completions": "endpoint",
        "code_generations": "endpoint",
        "duo_chat": "endpoint",
        "review_merge_request": "managed",
        "summarize_review": "disabled",
    }
    assert uses(sync.ports.store, "code_completions") == ["Mistral Small"]
    assert {each.endpoint_id for each in links_of(sync.ports.store).values()} == set(taken.made)
    assert sync.plan().is_empty
    assert sync.apply().total == 0
    assert gitlab.state.mutations == []
    assert gitlab.state.token_reads == []


def test_keys_that_gitlab_has_are_listed_until_they_are_typed(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    made = take_over(sync).made
    (missing,) = query.keys_missing(sync.ports.store, 10)
    assert (missing.name, missing.endpoint_id in made) == ("Mistral Small", True)
    wish = Wish(gitlab.state.model("Mistral Small").gid)
    assert "api_key" not in repr(replace(wish, api_key=KEY))


@only_19
def test_a_key_that_is_typed_on_the_way_is_kept_sealed_and_sent_by_the_next_plan(
    sync: Sync, gitlab: GitLabServer
) -> None:
    furnish(gitlab)
    sync.read()
    take_over(sync, [Wish(gitlab.state.model("Mistral Small").gid, api_key=KEY)], with_features=False)
    assert query.keys_missing(sync.ports.store, 10) == ()
    assert [each.changes[-1].after for each in sync.plan().actions] == ["is sent"]
    sync.apply()
    assert gitlab.state.model("Mistral Small").token == KEY
    assert sync.plan().is_empty


@only_19
def test_a_second_time_changes_nothing(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    take_over(sync)
    before, audited = links_of(sync.ports.store).keys(), len(audit_rows(sync.ports.store, "endpoint:create"))
    again = take_over(sync)
    assert (again.made, again.linked, again.features) == ((), (), ())
    assert links_of(sync.ports.store).keys() == before
    assert len(audit_rows(sync.ports.store, "endpoint:create")) == audited
    assert set(matches(sync).values()) == {Match.LINKED}


@only_19
def test_what_is_here_already_is_linked_by_name_and_place(sync: Sync, gitlab: GitLabServer) -> None:
    state, at = gitlab.state, "https://models.example.com/v1"
    same = add_endpoint(sync.ports, sync.actor, "Same", identifier="same", family="other")
    place = add_endpoint(sync.ports, sync.actor, "Here", identifier="place")
    named = add_endpoint(sync.ports, sync.actor, "Named", identifier="here")
    state.add_model("Same", endpoint=at, identifier="custom_openai/same")
    state.add_model("There", endpoint=f"{at}/", identifier="custom_openai/place")
    state.add_model("named", endpoint="http://127.0.0.1:8001/v1", identifier="custom_openai/there")
    sync.read()
    assert matches(sync) == {"Same": Match.SAME, "There": Match.PLACE, "named": Match.NAME}
    taken = take_over(sync)
    assert (taken.made, set(taken.linked)) == ((), {same, place, named})
    changes = {each.title: {change.label for change in each.changes} for each in sync.plan().actions}
    assert changes == {"Same": {"Family"}, "There": {"Name"}, "named": {"Name", "Endpoint", "Identifier"}}


@only_19
def test_two_names_that_are_one_here_are_left_out_whatever_is_asked(sync: Sync, gitlab: GitLabServer) -> None:
    one, two = gitlab.state.add_model("Mistral"), gitlab.state.add_model("MISTRAL")
    gitlab.state.assign("duo_chat", "self_hosted", one)
    taken = take_over(sync, [Wish(one.gid), Wish(two.gid)])
    assert (taken.made, [name for name, _ in taken.left_out]) == ((), ["duo_chat"])
    assert "Mistral was not taken over" in taken.left_out[0][1]


@only_19
def test_models_that_lead_here_become_no_endpoints_whatever_is_asked(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    instance_choices.set_way(sync.ports, sync.actor, "code_completions", "through")
    sync.apply()
    gitlab.state.add_model("Ours too", endpoint=f"{sync.ports.origin}/v1", identifier="custom_openai/duo_chat:raw")
    sync.read()
    assert matches(sync)["Modelport: Code Completion"] == matches(sync)["Ours too"] == Match.OURS
    everything = [Wish(each.gid) for each in gitlab.state.models.values()]
    assert take_over(sync, everything).made == ()
    assert f"endpoint:{endpoint_id}" in links_of(sync.ports.store)


@only_19
def test_bedrock_needs_a_region_and_until_then_nothing_is_written(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    claude = gitlab.state.add_model("Claude", family="claude_3", provider="BEDROCK", identifier=BEDROCK)
    with pytest.raises(Invalid) as caught:
        take_over(sync)
    assert [*caught.value.fields] == [f"{claude.gid}.region"]
    assert (links_of(sync.ports.store), serving(sync.ports.store)) == ({}, {})
    wishes = [
        replace(each, region="eu-central-1") if each.model_id == claude.gid else each
        for each in taking_over.usual(offer(sync))
    ]
    assert len(take_over(sync, wishes).made) == 3
    assert sync.plan().is_empty
    assert gitlab.state.mutations == []


@only_19
def test_features_that_somebody_touched_here_stay(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    give(sync, "duo_chat", State.DISABLED)
    taken = take_over(sync)
    assert "duo_chat" not in taken.features
    assert serving(sync.ports.store)["duo_chat"].state == "disabled"
    assert [each.subject for each in sync.plan().actions] == ["feature:duo_chat"]


@only_19
def test_what_is_skipped_leaves_its_features_out_with_the_reason(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    sync.read()
    wishes = [replace(each, skip=True) for each in taking_over.usual(offer(sync))]
    taken = take_over(sync, wishes)
    assert (taken.made, {name for name, _ in taken.left_out}) == (
        (),
        {"code_completions", "code_generations", "duo_chat"},
    )
    assert set(taken.features) == {"review_merge_request", "summarize_review"}


@only_19
def test_the_note_has_to_be_taken_before_features_are_given(sync: Sync, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    sync.read()
    wishes = taking_over.usual(offer(sync))
    with pytest.raises(Invalid) as caught:
        taking_over.take_over(sync.ports, sync.actor, wishes, with_features=True, acknowledged=False)
    assert [*caught.value.fields] == ["acknowledged"]
    assert links_of(sync.ports.store) == {}


@only_19
def test_before_the_first_reading_there_is_nothing_to_take_over(sync: Sync) -> None:
    with pytest.raises(NotFound):
        taking_over.take_over(sync.ports, sync.actor, (), with_features=True, acknowledged=True)


@only_19
def test_a_link_to_an_endpoint_that_is_gone_or_taken_is_refused_and_nothing_is_written(
    sync: Sync, gitlab: GitLabServer
) -> None:
    taken = in_step(sync)
    one, two = gitlab.state.add_model("One"), gitlab.state.add_model("Two")
    free, gone = (add_endpoint(sync.ports, sync.actor, name) for name in ("Free", "Gone"))
    endpoints.delete(sync.ports, sync.actor, gone, None)
    before = links_of(sync.ports.store).keys()
    with pytest.raises(NotFound):
        take_over(sync, [Wish(one.gid, link_to=gone)])
    with pytest.raises(Invalid) as caught:
        take_over(sync, [Wish(one.gid, link_to=taken)])
    assert [*caught.value.fields] == [f"{one.gid}.link_to"]
    with pytest.raises(Invalid) as caught:
        take_over(sync, [Wish(one.gid, link_to=free), Wish(two.gid, link_to=free)])
    assert {*caught.value.fields} == {f"{one.gid}.link_to", f"{two.gid}.link_to"}
    assert links_of(sync.ports.store).keys() == before


@only_19
def test_a_name_that_an_endpoint_of_another_model_has_is_a_fault_of_its_own_row(
    sync: Sync, gitlab: GitLabServer
) -> None:
    in_step(sync)
    gitlab.state.rename(gitlab.state.model("Mistral"), "Was Mistral", author="")
    namesake = gitlab.state.add_model("Mistral", identifier="custom_openai/another")
    fresh = gitlab.state.add_model("Fresh", endpoint="http://127.0.0.1:8001/v1", identifier="custom_openai/fresh")
    with pytest.raises(Invalid) as caught:
        take_over(sync, [Wish(namesake.gid), Wish(fresh.gid)])
    assert [*caught.value.fields] == [f"{namesake.gid}.name"]
    assert len(links_of(sync.ports.store)) == 1
