"""Which of GitLab's models is whose, and the steps that make them equal: create, update, adopt, names and keys."""

from dataclasses import replace

import pytest

from app.domain.instance import InstanceModel, Shape
from app.domain.placing import NOT_CHANGED, NOT_CREATED
from app.domain.planning import plan
from app.domain.plans import UNKNOWN_KEY, Action, Kind, Link, Plan, WantedModel
from tests.domain.instance_cases import (
    EIGHTEEN,
    NINETEEN,
    SHAPES,
    endpoints,
    global_id,
    has,
    held,
    link,
    there,
    values,
    wants,
)


def planned(wanted: WantedModel, *models: InstanceModel, known: Link | None = None, shape: Shape = NINETEEN) -> Plan:
    """The plan for one endpoint, with its link where there is one."""
    return plan(held([wanted], links=[known] if known else []), has(models, shape=shape))


def the_step(found: Plan) -> Action:
    (action,) = found.actions
    return action


def changed(action: Action) -> list[tuple[str, str, str]]:
    return [(each.label, each.before, each.after) for each in action.changes]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_gitlab_lacks_is_created(shape: Shape) -> None:
    action = the_step(planned(replace(wants("a", key="k1"), remarks=("Mind this.",)), shape=shape))
    assert (action.kind, action.subject, action.title) == (Kind.CREATE, "endpoint:a", "a")
    assert (action.values, action.seen, action.model_id, action.sends_key) == (values("a"), None, "", True)
    assert action.remarks == ("Mind this.",)
    assert [each.label for each in action.changes] == [
        "Name", "Platform", "Family", "Endpoint", "Identifier", "API key",
    ]  # fmt: skip


def test_what_is_created_without_a_key_sends_none() -> None:
    action = the_step(planned(wants("a")))
    assert not action.sends_key
    assert "API key" not in {each.label for each in action.changes}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_equal_is_left(shape: Shape) -> None:
    found = planned(wants("a"), there(1, "a"), known=link("a", 1), shape=shape)
    assert (found.is_empty, found.left, found.adopted, found.foreign) == (True, endpoints("a"), (), ())


def test_what_differs_is_updated_and_both_sides_are_told() -> None:
    found = planned(replace(wants("a", family="GPT"), remarks=("Mind this.",)), there(1, "a"), known=link("a", 1))
    action = the_step(found)
    assert action.remarks == ("Mind this.",)
    assert (action.kind, action.model_id, action.seen) == (Kind.UPDATE, global_id(1), values("a"))
    assert action.values == values("a", family="GPT")
    assert changed(action) == [("Family", "MISTRAL", "GPT")]
    assert not action.changed_there
    assert found.left == ()


@pytest.mark.parametrize(
    ("in_gitlab", "agreed", "flag"),
    [
        ({"family": "GPT"}, {}, True),
        ({"family": "GPT"}, {"family": "GPT"}, False),
        ({"family": "GPT"}, {"family": "CLAUDE_3"}, True),
        ({"family": "GPT"}, {"family": "GPT", "endpoint": "http://a.example:8000/v1/"}, False),
    ],
)
def test_a_step_says_whether_it_undoes_what_was_changed_in_gitlab(
    in_gitlab: dict[str, str], agreed: dict[str, str], flag: bool
) -> None:
    assert the_step(planned(wants("a"), there(1, "a", **in_gitlab), known=link("a", 1, **agreed))).changed_there is flag


def test_what_was_never_agreed_on_was_not_changed_there() -> None:
    known = replace(link("a", 1), values=None)
    assert not the_step(planned(wants("a"), there(1, "a", family="GPT"), known=known)).changed_there


def test_what_was_deleted_in_gitlab_is_created_anew() -> None:
    action = the_step(planned(wants("a", key="k1"), there(2, "b"), known=link("a", 1, key="k1")))
    assert (action.kind, action.model_id, action.sends_key) == (Kind.CREATE, "", True)


def test_before_19_a_platform_is_no_difference_of_its_own() -> None:
    wanted = wants("a", platform="BEDROCK", identifier="bedrock/a", endpoint="")
    model = there(1, "a", platform="BEDROCK", identifier="bedrock/a", endpoint="")
    assert planned(wanted, model, known=link("a", 1), shape=EIGHTEEN).is_empty
    renamed = replace(wanted, values=replace(wanted.values, platform="API"))
    assert planned(renamed, model, known=link("a", 1), shape=EIGHTEEN).is_empty
    assert not planned(renamed, model, known=link("a", 1), shape=NINETEEN).is_empty


# Adopting, and names that are taken.


@pytest.mark.parametrize(("has_key", "mark"), [(False, ""), (True, UNKNOWN_KEY)])
def test_an_equal_model_of_that_name_is_adopted(has_key: bool, mark: str) -> None:
    found = planned(wants("a"), there(1, "a", has_key, endpoint="http://A.example:8000/v1/"))
    (adopted,) = found.adopted
    assert (adopted.subject, adopted.model_id, adopted.key) == ("endpoint:a", global_id(1), mark)
    assert adopted.values == values("a", endpoint="http://A.example:8000/v1/")
    assert (found.is_empty, found.left, found.foreign) == (True, endpoints("a"), ())


def test_what_was_sent_and_never_confirmed_is_known_by_its_mark() -> None:
    found = planned(wants("a", key="k1"), there(1, "a", True), known=Link("endpoint:a", key="k1"))
    assert found.is_empty
    assert found.adopted == (Link("endpoint:a", global_id(1), values("a"), "k1"),)


def test_the_key_of_a_model_made_anew_by_somebody_else_is_not_taken_for_ours() -> None:
    found = planned(wants("a", key="k1"), there(2, "a", True), known=link("a", 1, key="k1"))
    assert found.adopted[0].key == UNKNOWN_KEY
    assert the_step(found).sends_key


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"family": "GPT"}, "another family."),
        ({"family": "GPT", "identifier": "custom_openai/b"}, "another family and identifier."),
        (
            {"family": "GPT", "endpoint": "http://b", "identifier": "custom_openai/b"},
            "another family, endpoint and identifier.",
        ),
    ],
)
def test_a_namesake_that_differs_is_in_the_way(others: dict[str, str], told: str) -> None:
    found = planned(wants("a"), there(1, "a", **others))
    (blocked,) = found.blocked
    assert (blocked.subject, blocked.title, blocked.consequence) == ("endpoint:a", "a", NOT_CREATED)
    assert told in blocked.reason
    assert (found.is_empty, found.adopted) == (True, ())


def test_of_two_namesakes_none_is_chosen() -> None:
    found = planned(wants("a"), there(1, "a"), there(2, "a"))
    assert found.blocked_for("endpoint:a").reason.startswith("GitLab has 2 models named a.")  # type: ignore[union-attr]
    assert (found.is_empty, found.adopted, len(found.foreign)) == (True, (), 2)


def test_a_namesake_that_is_linked_is_never_adopted() -> None:
    """It stays under its name, be its own endpoint wanted, switched off or gone."""
    kept = frozenset({"endpoint:b"})
    for models, more in (([wants("b", "a")], {}), ([], {"kept": kept}), ([], {})):
        found = plan(held([wants("a"), *models], links=[link("b", 1, "a")], **more), has([there(1, "a")]))
        assert found.is_empty
        assert found.blocked_for("endpoint:a").consequence == NOT_CREATED  # type: ignore[union-attr]
        assert found.adopted == ()


# Renames.


def test_a_name_that_is_given_up_can_be_taken_in_the_same_plan() -> None:
    """In whatever order they are wanted: a to b, b to c, c to d, and a new one takes the name a."""
    models = [there(1, "a"), there(2, "b"), there(3, "c")]
    links = [link("one", 1, "a"), link("two", 2, "b"), link("three", 3, "c")]
    wanted = [wants("one", "b", endpoint=models[0].values.endpoint), wants("two", "c"), wants("three", "d")]
    for order in (wanted, wanted[::-1]):
        found = plan(held([wants("new", "a"), *order], links=links), has(models))
        assert tuple(each.subject for each in found.actions) == endpoints("three", "two", "one", "new")
        assert found.blocked == ()


def test_names_that_are_only_swapped_are_stuck_and_others_are_not() -> None:
    models = [there(1, "a"), there(2, "b"), there(3, "c")]
    wanted = [wants("one", "b"), wants("two", "a"), wants("three", "c", family="GPT")]
    found = plan(held(wanted, links=[link("one", 1, "a"), link("two", 2, "b"), link("three", 3, "c")]), has(models))
    assert [each.subject for each in found.actions] == ["endpoint:three"]
    assert {each.subject: each.consequence for each in found.blocked} == dict.fromkeys(
        endpoints("one", "two"), NOT_CHANGED
    )
    assert "the name b" in found.blocked_for("endpoint:one").reason  # type: ignore[union-attr]
    assert found.foreign == ()


def test_a_name_of_a_foreign_model_cannot_be_taken() -> None:
    found = plan(held([wants("one", "b")], links=[link("one", 1, "a")]), has([there(1, "a"), there(2, "b")]))
    assert (found.is_empty, [each.subject for each in found.blocked]) == (True, ["endpoint:one"])
    assert [each.id for each in found.foreign] == [global_id(2)]


@pytest.mark.parametrize("faults", [(), ("It is too long.",)])
def test_a_name_that_is_not_given_up_after_all_is_not_free(faults: tuple[str, ...]) -> None:
    """One waits for a foreign model's name, or cannot be changed at all: what it is named now stays taken."""
    stuck = replace(wants("one", "b"), faults=faults)
    found = plan(held([wants("new", "a"), stuck], links=[link("one", 1, "a")]), has([there(1, "a"), there(2, "b")]))
    assert found.is_empty
    assert {each.subject for each in found.blocked} == {*endpoints("one", "new")}
    assert found.blocked_for("endpoint:new").consequence == NOT_CREATED  # type: ignore[union-attr]


def test_of_two_that_want_one_name_only_one_gets_it() -> None:
    for links, models in (([], []), ([link("one", 1, "b")], [there(1, "b")])):
        found = plan(held([wants("one", "a"), wants("two", "a")], links=links), has(models))
        assert the_step(found).subject == "endpoint:one"
        assert [each.subject for each in found.blocked] == ["endpoint:two"]


# What GitLab cannot be given.


@pytest.mark.parametrize(
    ("shape", "others", "told"),
    [
        (NINETEEN, {"family": "QWEN"}, "GitLab 19 does not know the family of the test."),
        (EIGHTEEN, {"family": "GEMINI"}, "GitLab 18 does not know the family of the test."),
        (NINETEEN, {"platform": "AZURE"}, "This GitLab does not know the platform AZURE."),
        (EIGHTEEN, {"identifier": "vertex_ai/a", "platform": "VERTEX_AI"}, "since version 19"),
    ],
)
def test_what_the_schema_does_not_take_is_blocked(shape: Shape, others: dict[str, str], told: str) -> None:
    new = planned(wants("a", **others), shape=shape)
    linked = planned(wants("a", **others), there(1, "a"), known=link("a", 1), shape=shape)
    for found, consequence in ((new, NOT_CREATED), (linked, NOT_CHANGED)):
        (blocked,) = found.blocked
        assert told in blocked.reason
        assert (blocked.consequence, found.is_empty, found.foreign) == (consequence, True, ())


@pytest.mark.parametrize("platform", ["API", "BEDROCK", "VERTEX_AI"])
def test_since_19_each_platform_is_taken_whatever_the_identifier_begins_with(platform: str) -> None:
    action = the_step(planned(wants("a", platform=platform, identifier="vertex_ai/a")))
    assert action.values == values("a", platform=platform, identifier="vertex_ai/a")


def test_all_faults_are_told_at_once_and_nothing_is_adopted() -> None:
    found = planned(replace(wants("a", family="QWEN"), faults=("One.", "Two.")), there(1, "a", family="QWEN"))
    assert found.blocked[0].reason.startswith("One. Two. GitLab 19 does not know")
    assert (len(found.blocked), found.adopted) == (1, ())
