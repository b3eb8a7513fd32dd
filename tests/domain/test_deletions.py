"""What GitLab has and nobody here holds: deleted only when asked, never when used, and never much at once."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.instance import InstanceFeature, Provider
from app.domain.planning import plan
from app.domain.plans import BRAKE, Kind, Link, Plan, WantedFeature, through_subject
from tests.domain.instance_cases import asks, endpoints, global_id, has, held, link, setting, there, values, wants
from tests.domain.instance_worlds import World

CHAT = "duo_chat"
SLUGS = tuple("abcde")
LINKS = [link(slug, number) for number, slug in enumerate(SLUGS, 1)]
OURS = [there(number, slug) for number, slug in enumerate(SLUGS, 1)]
OLD = there(9, "old")


def planned(*features: InstanceFeature, foreign: int = 1, wanted: tuple[WantedFeature, ...] = (), **more: Any) -> Plan:
    """The plan for five endpoints in step and a number of foreign models, the first of them named old."""
    others = [OLD, *(there(number, f"old {number}") for number in range(10, 9 + foreign))][:foreign]
    ours = [wants(slug) for slug in SLUGS]
    return plan(held(ours, wanted, LINKS, **{"delete": True} | more), has([*OURS, *others], features))


def deleted(found: Plan) -> list[str]:
    return [each.model_id for each in found.of(Kind.DELETE)]


def test_a_foreign_model_is_deleted_when_that_is_asked_for() -> None:
    found = planned()
    (action,) = found.actions
    assert (action.kind, action.subject, action.title) == (Kind.DELETE, f"model:{OLD.id}", "old")
    assert (action.model_id, action.seen, action.values) == (OLD.id, OLD.values, None)
    assert found.foreign == (OLD,)


def test_without_being_asked_for_nothing_is_deleted_and_nothing_is_held_back() -> None:
    found = planned(setting(CHAT, Provider.SELF_HOSTED, 9), delete=False, many=True)
    assert (found.is_empty, found.braked, found.blocked, found.foreign) == (True, 0, (), (OLD,))


# What is in use.


def test_what_a_feature_uses_stays_and_all_its_features_are_named() -> None:
    uses = [
        setting(CHAT, Provider.SELF_HOSTED, 9),
        replace(setting("of_another_version", Provider.SELF_HOSTED, 9), title="Tea making"),
        replace(setting("untitled", Provider.SELF_HOSTED, 9), title=""),
    ]
    found = planned(*uses, setting("review_merge_request", Provider.SELF_HOSTED, 1))
    (blocked,) = found.blocked
    assert (blocked.subject, blocked.title) == (f"model:{OLD.id}", "old")
    assert (blocked.reason, blocked.consequence) == (
        "GitLab uses it for duo_chat, Tea making, untitled.",
        "It stays in GitLab.",
    )
    assert (found.is_empty, found.braked) == (True, 0)


def test_what_a_feature_used_until_this_plan_is_deleted_after_it() -> None:
    found = planned(setting(CHAT, Provider.SELF_HOSTED, 9), wanted=(asks(CHAT, slug="a"),))
    assert [each.kind for each in found.actions] == [Kind.ASSIGN, Kind.DELETE]
    assert found.blocked == ()


@pytest.mark.parametrize("families", [None, ("GPT",)])
def test_a_model_stays_when_its_feature_cannot_leave_it(families: tuple[str, ...] | None) -> None:
    stays = families is not None
    seen = setting(CHAT, Provider.SELF_HOSTED, 9, families=families)
    found = planned(seen, wanted=(asks(CHAT, slug="a"),))
    assert deleted(found) == ([] if stays else [OLD.id])
    assert [each.subject for each in found.blocked] == (["feature:duo_chat", f"model:{OLD.id}"] if stays else [])


# The brake.


@pytest.mark.parametrize(
    ("ours", "foreign", "many", "gone", "braked"),
    [
        (4, 1, False, 1, 0),  # 20 % exactly
        (3, 1, False, 0, 1),
        (8, 2, False, 2, 0),
        (7, 2, False, 0, 2),
        (3, 1, True, 1, 0),
        (0, 3, False, 0, 3),
        (0, 3, True, 3, 0),
        (0, 0, False, 0, 0),
    ],
)
def test_more_than_a_fifth_of_all_is_held_back_until_asked_twice(
    ours: int, foreign: int, many: bool, gone: int, braked: int
) -> None:
    """All or none of them: there is no telling which of them somebody meant."""
    slugs = [f"m{number}" for number in range(ours)]
    models = [there(number, slug) for number, slug in enumerate(slugs)]
    others = [there(100 + number, f"old {number}") for number in range(foreign)]
    wanted = held(map(wants, slugs), links=[link(slug, n) for n, slug in enumerate(slugs)], delete=True, many=many)
    found = plan(wanted, has([*models, *others]))
    assert (len(deleted(found)), found.braked, len(found.foreign)) == (gone, braked, foreign)
    assert BRAKE == 0.2


def test_what_is_used_does_not_press_the_brake() -> None:
    used = [setting(CHAT, Provider.SELF_HOSTED, 9), setting("review_merge_request", Provider.SELF_HOSTED, 10)]
    found = planned(*used, foreign=3)
    assert deleted(found) == [global_id(11)]
    assert (found.braked, len(found.blocked)) == (0, 2)


def test_the_brake_holds_back_deletions_alone() -> None:
    found = planned(setting(CHAT), foreign=5, wanted=(asks(CHAT, slug="a"),))
    assert [each.kind for each in found.actions] == [Kind.ASSIGN]
    assert found.braked == 5


# What is foreign and what is not.


def test_an_endpoint_that_is_switched_off_keeps_its_model() -> None:
    found = plan(held(links=[link("off", 1)], kept=frozenset(endpoints("off")), delete=True, many=True), has([OURS[0]]))
    assert (found.is_empty, found.foreign, found.left, found.blocked) == (True, (), (), ())


def test_an_endpoint_that_is_gone_here_leaves_a_foreign_model() -> None:
    """Whether or not its link outlived it."""
    for links in ([link("gone", 1)], []):
        assert deleted(plan(held(links=links, delete=True, many=True), has([OURS[0]]))) == [global_id(1)]


def test_a_model_that_cannot_be_changed_is_not_foreign() -> None:
    faulty = replace(wants("a", family="GPT"), faults=("Too long.",))
    found = plan(held([faulty], links=LINKS[:1], delete=True, many=True), has(OURS[:1]))
    assert (found.is_empty, found.foreign) == (True, ())


def test_an_adopted_model_is_not_foreign() -> None:
    found = plan(held([wants("a")], delete=True, many=True), has(OURS[:1]))
    assert (found.is_empty, found.foreign, len(found.adopted)) == (True, (), 1)


def test_the_model_of_a_feature_that_calls_its_endpoint_again_is_foreign_once_nothing_uses_it() -> None:
    relay = there(7, "Modelport: Chat")
    links = [*LINKS, Link(through_subject(CHAT), relay.id, relay.values, "token")]
    wanted = held(map(wants, SLUGS), [asks(CHAT, slug="a")], links, delete=True)
    world = World(wanted, has([*OURS, relay], [setting(CHAT, Provider.SELF_HOSTED, 7)]))
    found = world.plan()
    assert found.foreign == (relay,)
    assert [(each.kind, each.model_id) for each in found.actions] == [
        (Kind.ASSIGN, global_id(1)),
        (Kind.DELETE, relay.id),
    ]
    world.apply(found)
    assert world.plan().is_empty
    assert relay not in world.actual.models
    assert through_subject(CHAT) not in {each.subject for each in world.wanted.links}


def test_a_name_is_free_in_the_plan_after_the_deletion() -> None:
    wanted = held([wants("a", "old")], [], delete=True, many=True)
    world = World(wanted, has([there(9, "old", family="GPT")]))
    found = [world.plan()]
    world.apply(found[0])
    found.append(world.plan())
    world.apply(found[1])
    assert [[each.kind for each in one.actions] for one in found] == [[Kind.DELETE], [Kind.CREATE]]
    assert [each.values for each in world.actual.models] == [values("old")]
