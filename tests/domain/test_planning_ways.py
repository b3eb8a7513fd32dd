"""A feature that calls its endpoint, then goes through Modelport, and back: what GitLab has after each plan."""

from dataclasses import replace

import pytest

from app.data.loader import Facts
from app.domain.assignments import State
from app.domain.instance import Actual, Provider, Shape, Way
from app.domain.plans import Wanted, through_subject
from app.domain.wanted import Given, Held, feature_of, model_of, relay_of, unused_ways
from tests.domain.instance_cases import SHAPES, has, held, setting
from tests.domain.instance_worlds import World

CHAT = "duo_chat"


def wanted(facts: Facts, way: Way, before: World | None = None) -> Wanted:
    """One endpoint that serves one feature, with what is linked so far."""
    platform, family = facts.platforms["openai_compatible"], facts.families["gpt"]
    links = before.wanted.links if before else ()
    token = next((each.key for each in links if each.subject == through_subject(CHAT)), "")
    given = Given(facts.features[CHAT], State.ENDPOINT, way, "e1", "GPU", family, token=token)
    endpoint = Held("e1", "GPU", platform, family, "http://gpu.example/v1", "custom_openai/m", "mark")
    models = [] if unused_ways({CHAT: given}) else [model_of(endpoint)]
    if way is Way.THROUGH:
        models.append(relay_of(given, platform, "https://modelport.example"))
    return held(models, [feature_of(given)], links, delete=True, many=True)


def after(facts: Facts, way: Way, actual: Actual, before: World | None = None) -> World:
    """The world once the plan was applied and looked at again."""
    world = World(wanted(facts, way, before), actual)
    world.apply(world.plan())
    again = World(wanted(facts, way, world), world.actual)
    assert again.plan().is_empty
    assert again.plan().foreign == ()
    return again


def served(world: World) -> tuple[list[str], str]:
    """The models in GitLab, and which of them the feature has."""
    (feature,) = world.actual.features
    return [each.values.name for each in world.actual.models], feature.model_name


@pytest.mark.parametrize("shape", SHAPES)
def test_the_model_of_each_way_comes_and_the_other_goes(facts: Facts, shape: Shape) -> None:
    relay = "Modelport: General Chat"
    direct = after(facts, Way.DIRECT, has([], [setting(CHAT, Provider.VENDORED)], shape))
    assert served(direct) == (["GPU"], "GPU")
    through = after(facts, Way.THROUGH, direct.actual, direct)
    assert served(through) == ([relay], relay)
    assert served(after(facts, Way.DIRECT, through.actual, through)) == (["GPU"], "GPU")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_token_that_is_no_longer_known_is_replaced_by_a_new_one(facts: Facts, shape: Shape) -> None:
    through = after(facts, Way.THROUGH, has([], [setting(CHAT)], shape))
    links = tuple(replace(each, key="") for each in through.wanted.links)
    (step,) = World(replace(through.wanted, links=links), through.actual).plan().actions
    assert (step.subject, step.sends_key, [each.label for each in step.changes]) == (
        through_subject(CHAT),
        True,
        ["API key"],
    )
