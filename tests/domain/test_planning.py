"""Plans as a whole: they come to an end, do what they say and nothing twice, and are known by their digest."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain import model_values, placing
from app.domain.instance import Actual, Provider, Shape
from app.domain.planning import plan
from app.domain.plans import Kind, Plan, Wanted
from tests.domain.instance_cases import SHAPES, asks, endpoints, has, held, link, setting, settings, there, wants
from tests.domain.instance_worlds import World, made_up

SEEDS = range(60)


def plans_until_empty(world: World) -> Iterator[Plan]:
    """Each plan once it was applied, the empty one at the end included."""
    for _ in range(8):
        found = world.plan()
        yield found
        if found.is_empty:
            return
        world.apply(found)
    pytest.fail("there was always something left to do")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_plan_there_is_nothing_left_to_do(seed: int, shape: Shape) -> None:
    """Applying keeps to GitLab's rules as well: a step that it would refuse fails the world."""
    world = made_up(seed, shape)
    first, *rest = plans_until_empty(world)
    assert len(rest) <= 1
    assert first.of(Kind.DELETE) == ()
    for second in rest:
        assert {each.subject for each in first.actions} <= {*second.left}
        assert {*first.left} <= {*second.left}
        assert [each.subject for each in second.blocked] == [each.subject for each in first.blocked]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_with_deletions_only_those_make_room_for_more(seed: int, shape: Shape) -> None:
    """A name that a deleted model had can be taken in the plan after it; new ones may loosen the brake."""
    found = [*plans_until_empty(made_up(seed, shape, delete=True))]
    assert all(earlier.of(Kind.DELETE) or earlier.braked for earlier in found[:-2])


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_wanted_is_either_done_or_left_or_blocked(seed: int) -> None:
    world = made_up(seed, SHAPES[seed % 2], delete=True)
    found = world.plan()
    told = [each.subject for each in (*found.actions, *found.blocked)] + [*found.left]
    ours = [each for each in told if not each.startswith("model:")]
    models, features = world.wanted.models, world.wanted.features
    assert sorted(ours) == sorted((*(each.subject for each in models), *settings(*(each.name for each in features))))


def test_the_made_up_worlds_hold_all_that_can_happen() -> None:
    found = [made_up(seed, shape, delete=True).plan() for seed in SEEDS for shape in SHAPES]
    assert {each.kind for one in found for each in one.actions} == {*Kind}
    assert any(one.adopted for one in found)
    assert any(one.braked for one in found)
    assert any(each.changed_there for one in found for each in one.actions)
    reasons = " ".join(each.reason for one in found for each in one.blocked)
    for told in ("with another", "before GitLab gives it up", "Another model", "takes no model of", "uses it for"):
        assert told in reasons


def a_whole() -> tuple[Wanted, Actual]:
    """One model of each kind of step, and a feature that gets the new one."""
    models = [wants("new"), wants("same"), wants("other", family="GPT")]
    wanted = held(models, [asks("duo_chat", slug="new")], [link("same", 1), link("other", 2)], delete=True, many=True)
    actual = has([there(1, "same"), there(2, "other"), there(3, "old")], [setting("duo_chat", Provider.DISABLED)])
    return wanted, actual


def test_names_are_freed_and_models_made_before_features_get_them_and_others_go() -> None:
    found = plan(*a_whole())
    assert [(each.kind, each.subject) for each in found.actions] == [
        (Kind.UPDATE, "endpoint:other"),
        (Kind.CREATE, "endpoint:new"),
        (Kind.ASSIGN, "feature:duo_chat"),
        (Kind.DELETE, "model:gid://gitlab/Ai::SelfHostedModel/3"),
    ]
    assert [each.kind for each in found.actions] == [*Kind]
    assert found.left == endpoints("same")


def test_steps_are_found_by_their_kind_and_by_their_subject() -> None:
    found = plan(*a_whole())
    assert [each.kind for each in found.of(Kind.CREATE, Kind.DELETE)] == [Kind.CREATE, Kind.DELETE]
    assert found.action_for("feature:duo_chat").kind is Kind.ASSIGN  # type: ignore[union-attr]
    assert (found.action_for("endpoint:same"), found.blocked_for("endpoint:same")) == (None, None)


def test_nothing_held_and_nothing_there_is_an_empty_plan() -> None:
    assert plan(held(), has()) == Plan()
    assert Plan().is_empty


@pytest.mark.parametrize("delete", [False, True])
def test_what_is_held_by_nobody_is_foreign_and_left_alone(delete: bool) -> None:
    actual = has([there(1, "old")])
    assert plan(held(delete=delete), actual).foreign == actual.models
    assert plan(held(delete=delete), actual).is_empty


def test_equal_plans_have_one_digest() -> None:
    one, other = plan(*a_whole()), plan(*a_whole())
    assert one is not other
    assert one.digest == other.digest
    assert len(one.digest) == 16


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_the_digest_of_a_made_up_plan_does_not_hang_on_chance(seed: int) -> None:
    first, again = (made_up(seed, SHAPES[0], delete=True).plan() for _ in range(2))
    assert first == again
    assert first.digest == again.digest
    assert (first.digest == Plan().digest) is first.is_empty


def test_the_digest_differs_when_the_steps_or_what_they_saw_differ() -> None:
    wanted, actual = a_whole()
    same, other, old = actual.models
    renamed = replace(other, values=replace(other.values, endpoint="http://other.example:8000/v1/"))
    variants: list[tuple[Any, Any]] = [
        (wanted, actual),
        (replace(wanted, delete=False), actual),
        (replace(wanted, models=wanted.models[:2]), actual),
        (replace(wanted, models=(replace(wanted.models[0], key="k"), *wanted.models[1:])), actual),
        (wanted, replace(actual, models=(same, renamed, old))),
        (wanted, replace(actual, features=(setting("duo_chat", Provider.SELF_HOSTED, 1),))),
        (replace(wanted, features=(asks("duo_chat", slug="same"),)), actual),
    ]
    assert len({plan(*each).digest for each in variants}) == len(variants)


def test_the_digest_does_not_differ_by_what_is_left_alone() -> None:
    wanted, actual = a_whole()
    more = replace(actual, features=(*actual.features, setting("of_another_version")))
    assert plan(wanted, more).digest == plan(wanted, actual).digest
    assert plan(wanted, more).unknown != plan(wanted, actual).unknown


@pytest.mark.parametrize("count", [60, 600])
def test_each_model_is_compared_three_times_at_most_however_many_there_are(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third is equal, a third hands its names on in one long chain, a third is new; 25 features get some of each."""
    compared = []

    def counted(*given: Any) -> Iterator[model_values.FieldChange]:
        compared.append(given)
        return differences(*given)

    differences = model_values.differences
    monkeypatch.setattr(model_values, "differences", counted)
    monkeypatch.setattr(placing, "differences", counted)
    slugs = [f"m{number}" for number in range(count)]
    features = [f"feature_{number}" for number in range(25)]
    models = [wants(slug, slug if number % 3 else f"m{number + 3}") for number, slug in enumerate(slugs)]
    present = [(number, slug) for number, slug in enumerate(slugs) if number % 3 < 2]
    asked = [asks(name, slug=slugs[number]) for number, name in enumerate(features)]
    shape = replace(SHAPES[1], features=frozenset(name.upper() for name in features))
    actual = has([there(*each) for each in present], [setting(name) for name in features], shape)
    found = plan(held(models, asked, [link(slug, number) for number, slug in present]), actual)
    assert [len(found.of(kind)) for kind in Kind] == [count // 3, count // 3, 25, 0]
    assert (len(found.left), found.blocked) == (count // 3, ())
    assert count <= len(compared) <= 3 * count
