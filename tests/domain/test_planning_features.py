"""What GitLab's features are given: what is assigned, what is left, what cannot be, and what is none of ours."""

from dataclasses import replace

import pytest

from app.domain.instance import InstanceFeature, Provider, Shape
from app.domain.model_values import FieldChange
from app.domain.planning import NOT_CHANGED, plan, told
from app.domain.plans import Action, Kind, Plan, WantedFeature, WantedModel, setting_of, through_subject
from tests.domain.instance_cases import (
    EIGHTEEN,
    NINETEEN,
    SHAPES,
    asks,
    global_id,
    has,
    held,
    link,
    setting,
    settings,
    there,
    values,
    wants,
)

CHAT = "duo_chat"
LINKS = [link("a", 1), link("b", 2)]
MODELS = [there(1, "a"), there(2, "b")]


def planned(
    wanted: WantedFeature, *seen: InstanceFeature, shape: Shape = NINETEEN, models: tuple[WantedModel, ...] = ()
) -> Plan:
    """The plan for one feature, beside two endpoints a and b that are in step and what else is given."""
    return plan(held([wants("a"), wants("b"), *models], [wanted], LINKS), has(MODELS, seen, shape))


def the_step(found: Plan) -> Action:
    (action,) = found.actions
    return action


# Assigning.


@pytest.mark.parametrize("shape", SHAPES)
def test_a_feature_is_given_the_model_that_is_wanted(shape: Shape) -> None:
    wanted = asks(CHAT, slug="a", remarks=("Mind this.",))
    action = the_step(planned(wanted, setting(CHAT, Provider.SELF_HOSTED, 2), shape=shape))
    assert (action.kind, action.subject, action.title) == (Kind.ASSIGN, "feature:duo_chat", CHAT)
    assert (action.provider, action.target, action.model_id) == (Provider.SELF_HOSTED, "endpoint:a", global_id(1))
    assert action.seen_setting == f"SELF_HOSTED:{global_id(2)}"
    assert action.changes == (FieldChange("Model", "model 2", "a"),)
    assert (action.remarks, action.sends_key) == (("Mind this.",), False)


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (asks(CHAT, slug="a"), setting(CHAT, Provider.SELF_HOSTED, 1)),
        (asks(CHAT, Provider.DISABLED), setting(CHAT, Provider.DISABLED)),
        (asks(CHAT, Provider.UNASSIGNED), setting(CHAT, Provider.UNASSIGNED)),
        (asks(CHAT, Provider.VENDORED), setting(CHAT, Provider.VENDORED)),
        (asks(CHAT, Provider.VENDORED), setting(CHAT, Provider.VENDORED, managed="Claude of GitLab")),
        (asks(CHAT, Provider.VENDORED, agreed="VENDORED"), setting(CHAT, Provider.VENDORED, managed="Another")),
    ],
)
def test_what_is_equal_is_left(wanted: WantedFeature, seen: InstanceFeature) -> None:
    """Which of its own models GitLab has chosen is its own affair."""
    found = planned(wanted, seen)
    assert (found.is_empty, found.blocked) == (True, ())
    assert settings(CHAT)[0] in found.left


@pytest.mark.parametrize(
    ("provider", "before", "after"),
    [
        (Provider.DISABLED, "model 1", "Disabled"),
        (Provider.VENDORED, "model 1", "GitLab-managed model"),
        (Provider.UNASSIGNED, "model 1", "No model"),
    ],
)
def test_a_feature_is_taken_from_its_model(provider: Provider, before: str, after: str) -> None:
    action = the_step(planned(asks(CHAT, provider), setting(CHAT, Provider.SELF_HOSTED, 1)))
    assert (action.provider, action.target, action.model_id) == (provider, "", "")
    assert action.changes == (FieldChange("Model", before, after),)


@pytest.mark.parametrize(
    ("agreed", "flag"),
    [
        ("", False),
        (setting_of(Provider.SELF_HOSTED, global_id(2)), False),
        (setting_of(Provider.SELF_HOSTED, global_id(1)), True),
        ("DISABLED", True),
    ],
)
def test_a_step_says_whether_it_undoes_what_was_changed_in_gitlab(agreed: str, flag: bool) -> None:
    action = the_step(planned(asks(CHAT, slug="a", agreed=agreed), setting(CHAT, Provider.SELF_HOSTED, 2)))
    assert action.changed_there is flag


def test_a_new_model_has_no_id_yet_and_is_made_first() -> None:
    gone = replace(setting(CHAT, Provider.SELF_HOSTED), model_id="")
    for seen in (setting(CHAT), gone):
        found = planned(asks(CHAT, slug="new"), seen, models=(wants("new"),))
        create, assign = found.actions
        assert (create.kind, assign.kind) == (Kind.CREATE, Kind.ASSIGN)
        assert (assign.target, assign.model_id) == (create.subject, "")


def test_a_model_that_is_renamed_in_the_same_plan_is_told_by_its_new_name() -> None:
    found = plan(held([wants("a", "z")], [asks(CHAT, slug="a")], LINKS), has(MODELS, [setting(CHAT)]))
    assert found.action_for("feature:duo_chat").changes[0].after == "z"  # type: ignore[union-attr]


def test_one_feature_goes_through_modelport_and_another_calls_the_endpoint() -> None:
    relay = WantedModel(through_subject(CHAT), values("Modelport: Chat"), "token")
    through = WantedFeature(CHAT, "Chat", Provider.SELF_HOSTED, through_subject(CHAT))
    direct = asks("code_completions", slug="a")
    actual = has(MODELS, [setting(CHAT, Provider.SELF_HOSTED, 1), setting("code_completions")])
    found = plan(held([wants("a"), relay], [through, direct], LINKS), actual)
    assert [(each.subject, each.target, each.model_id) for each in found.actions] == [
        ("through:duo_chat", "", ""),
        ("feature:duo_chat", "through:duo_chat", ""),
        ("feature:code_completions", "endpoint:a", global_id(1)),
    ]


# What cannot be given.


def reason(found: Plan) -> str:
    """Why the one feature is blocked; nothing is done on it and it does not count as in step."""
    blocked = found.blocked_for("feature:duo_chat")
    assert blocked is not None
    assert blocked.consequence == NOT_CHANGED
    assert found.action_for(blocked.subject) is None
    assert blocked.subject not in found.left
    return blocked.reason


@pytest.mark.parametrize(
    ("families", "fits"),
    [(None, True), (("MISTRAL", "GPT"), True), (("GPT",), False), ((), False)],
)
def test_a_family_that_gitlab_does_not_list_for_a_feature_is_refused(
    families: tuple[str, ...] | None, fits: bool
) -> None:
    found = planned(asks(CHAT, slug="a"), setting(CHAT, families=families))
    if fits:
        assert found.blocked == ()
        assert the_step(found).target == "endpoint:a"
    else:
        assert "no model of the family of the test" in reason(found)


def test_the_list_of_families_does_not_matter_without_a_model() -> None:
    assert the_step(planned(asks(CHAT, Provider.DISABLED), setting(CHAT, families=()))).provider is Provider.DISABLED


def test_the_family_that_counts_is_the_one_the_model_gets() -> None:
    for family, fits in (("GPT", True), ("MISTRAL", False)):
        wanted = held([wants("a", family=family)], [asks(CHAT, slug="a")], [link("a", 1, family="CLAUDE_3")])
        actual = has([there(1, "a", family="CLAUDE_3")], [setting(CHAT, families=("GPT", "CLAUDE_3"))])
        assert (plan(wanted, actual).blocked == ()) is fits


@pytest.mark.parametrize(("shape", "told"), [(EIGHTEEN, "GitLab 18"), (NINETEEN, "GitLab 19")])
@pytest.mark.parametrize("provider", [Provider.SELF_HOSTED, Provider.DISABLED])
def test_a_feature_that_the_schema_does_not_know_is_blocked(shape: Shape, told: str, provider: Provider) -> None:
    older = replace(shape, features=shape.features - {"DUO_CHAT"})
    found = planned(asks(CHAT, provider, "a"), setting(CHAT), shape=older)
    assert reason(found) == f"{told} does not know the feature."


@pytest.mark.parametrize("provider", [Provider.SELF_HOSTED, Provider.DISABLED])
def test_a_setting_that_beta_or_licence_hides_is_blocked(provider: Provider) -> None:
    assert "shows no setting" in reason(planned(asks(CHAT, provider, "a"), setting("code_completions")))


@pytest.mark.parametrize(
    "model",
    [
        replace(wants("new"), faults=("Too long.",)),
        wants("new", family="QWEN"),
        wants("new", "a"),  # the name of another one
    ],
)
def test_a_feature_whose_model_cannot_be_made_is_blocked_too(model: WantedModel) -> None:
    found = planned(asks(CHAT, slug="new"), setting(CHAT), models=(model,))
    assert "Its model cannot be given" in reason(found)
    assert found.blocked_for("endpoint:new") is not None
    assert found.is_empty


def test_a_feature_whose_endpoint_is_switched_off_keeps_what_it_has() -> None:
    wanted = held([], [asks(CHAT, slug="a")], LINKS, kept=frozenset({"endpoint:a"}))
    found = plan(wanted, has(MODELS, [setting(CHAT, Provider.SELF_HOSTED, 1)]))
    assert reason(found) == "Its endpoint is switched off here."


def test_a_model_that_gitlab_keeps_as_it_is_can_be_given_all_the_same() -> None:
    wanted = held([replace(wants("a"), faults=("Too long.",))], [asks(CHAT, slug="a")], LINKS)
    found = plan(wanted, has(MODELS, [setting(CHAT)]))
    assert the_step(found).model_id == global_id(1)
    assert [each.subject for each in found.blocked] == ["endpoint:a"]


# What is none of ours.


def test_features_of_another_version_are_listed_and_left_alone() -> None:
    strange = setting("tea_making", Provider.SELF_HOSTED, 1)
    found = planned(asks(CHAT, Provider.DISABLED), setting(CHAT, Provider.DISABLED), strange)
    assert (found.unknown, found.is_empty) == ((strange,), True)


def test_known_features_that_nobody_touched_here_are_left_alone_and_not_listed() -> None:
    found = plan(held(), has(MODELS, [setting(CHAT, Provider.SELF_HOSTED, 1)]))
    assert (found.is_empty, found.unknown, found.left) == (True, (), ())


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (setting(CHAT, Provider.SELF_HOSTED, 1), "model 1"),
        (setting(CHAT, Provider.SELF_HOSTED), "a model that is gone"),
        (setting(CHAT, Provider.VENDORED, managed="Claude"), "Claude (GitLab-managed)"),
        (setting(CHAT, Provider.VENDORED), "GitLab-managed model"),
        (setting(CHAT, Provider.DISABLED), "Disabled"),
        (setting(CHAT, Provider.DISABLED, managed="Claude"), "Disabled"),
        (setting(CHAT, Provider.UNASSIGNED), "No model"),
    ],
)
def test_what_a_feature_is_given_is_told_in_words(seen: InstanceFeature, words: str) -> None:
    assert told(seen) == words
