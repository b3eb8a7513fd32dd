"""When a model's key is sent to GitLab, which shows of it no more than that there is one."""

from dataclasses import replace

import pytest

from app.domain.planning import plan
from app.domain.plans import UNKNOWN_KEY, Action, Kind
from tests.domain.instance_cases import has, held, link, there, wants
from tests.domain.instance_worlds import World

# What is held here, what was sent, whether GitLab has one: what becomes of it, "" for nothing.
CASES = [
    ("", "", False, ""),
    ("", "", True, ""),
    ("", UNKNOWN_KEY, True, ""),
    ("", "k1", True, "the one sent before → is removed"),
    ("", "k1", False, ""),
    ("k1", "k1", True, ""),
    ("k1", "k1", False, "none → is sent"),
    ("k1", "", False, "none → is sent"),
    ("k1", "", True, "one that cannot be compared → is sent"),
    ("k1", UNKNOWN_KEY, True, "one that cannot be compared → is sent"),
    ("k2", "k1", True, "an older one → is sent"),
]


def key_step(here: str, sent: str, has_key: bool) -> Action | None:
    found = plan(held([wants("a", key=here)], links=[link("a", 1, key=sent)]), has([there(1, "a", has_key)]))
    return found.action_for("endpoint:a")


@pytest.mark.parametrize(("here", "sent", "has_key", "told"), CASES)
def test_a_key_is_sent_when_gitlab_has_none_or_another(here: str, sent: str, has_key: bool, told: str) -> None:
    step = key_step(here, sent, has_key)
    assert (f"{step.changes[0].before} → {step.changes[0].after}" if step else "") == told
    if step:
        assert (step.kind, step.sends_key, len(step.changes)) == (Kind.UPDATE, True, 1)
        assert not step.changed_there


@pytest.mark.parametrize(("here", "sent", "has_key"), [case[:3] for case in CASES])
def test_it_is_sent_once(here: str, sent: str, has_key: bool) -> None:
    world = World(held([wants("a", key=here)], links=[link("a", 1, key=sent)]), has([there(1, "a", has_key)]))
    world.apply(world.plan())
    assert world.plan().is_empty
    assert world.actual.models[0].has_key is (bool(here) or (has_key and sent in ("", UNKNOWN_KEY)))


@pytest.mark.parametrize(("here", "sent", "has_key", "told"), CASES)
def test_another_change_goes_with_the_key_and_sends_it_only_where_it_is_due(
    here: str, sent: str, has_key: bool, told: str
) -> None:
    wanted = wants("a", key=here, family="GPT")
    found = plan(held([wanted], links=[link("a", 1, key=sent)]), has([there(1, "a", has_key)]))
    (step,) = found.actions
    assert [each.label for each in step.changes] == ["Family", "API key"][: 2 if told else 1]
    assert step.sends_key is bool(told)


def test_an_adopted_models_key_is_sent_since_nobody_knows_the_one_there() -> None:
    world = World(held([wants("a", key="k1")]), has([there(1, "a", has_key=True)]))
    first = world.plan()
    assert [each.key for each in first.adopted] == [UNKNOWN_KEY]
    assert [(each.kind, each.sends_key) for each in first.actions] == [(Kind.UPDATE, True)]
    world.apply(first)
    assert world.plan().is_empty


def test_a_key_that_somebody_typed_in_gitlab_stays_with_an_adopted_model_without_one() -> None:
    world = World(held([wants("a")]), has([there(1, "a", has_key=True)]))
    assert world.plan().is_empty
    world.apply(world.plan())
    assert world.plan().is_empty
    assert world.actual.models[0].has_key


def test_a_model_that_moves_to_a_platform_without_keys_loses_the_one_that_was_sent() -> None:
    moved = wants("a", platform="BEDROCK", endpoint="", identifier="bedrock/a")
    wanted = replace(moved, takes_endpoint=False)
    found = plan(held([wanted], links=[link("a", 1, key="k1")]), has([there(1, "a", has_key=True)]))
    (step,) = found.actions
    assert [each.label for each in step.changes] == ["Platform", "Identifier", "API key"]
    assert step.sends_key
