"""What a change of an assignment would make of a feature."""

from dataclasses import replace

from app.domain.assignments import State
from app.domain.differences import Linked, Side, difference

GOOD = Linked("g", "Good", "mistral", tier="supported", level="full", readiness="works", region="EU")
WEAK = Linked("w", "Weak", "other", readiness="limits", note_due=True)
NOTHING = Side()


def served(*links: Linked) -> Side:
    return Side(State.ENDPOINT, links)


def test_what_stays_the_same_is_no_change() -> None:
    same = difference("duo_chat", served(GOOD), served(GOOD))
    assert (same.changes, same.worse, same.notice) == (False, (), "")


def test_a_better_one_makes_nothing_worse() -> None:
    assert difference("duo_chat", served(replace(WEAK, region="")), served(GOOD)).worse == ()


def test_everything_that_gets_worse_is_a_sentence() -> None:
    found = difference("duo_chat", served(GOOD, WEAK), served(replace(WEAK, readiness="no", region="US")))
    assert found.worse == (
        "The tier falls from supported to other.",
        "Readiness goes from “Works” to “Will not work”.",
        "Data leave EU for US.",
    )
    assert found.unfit == "Will not work."


def test_a_lower_level_within_a_tier_and_a_lost_fallback_are_said() -> None:
    found = difference("duo_chat", served(GOOD, WEAK), served(replace(GOOD, endpoint_id="x", level="partial")))
    assert found.worse == ("GitLab's level goes from full to partial.", "It loses a fallback: Weak.")


def test_taking_the_model_away_says_so() -> None:
    assert difference("duo_chat", served(GOOD, WEAK), NOTHING).worse == ("Good no longer answers for it.",)


def test_each_link_below_supported_is_due_and_the_weakest_tier_speaks() -> None:
    compatible = replace(WEAK, endpoint_id="c", tier="compatible")
    found = difference("duo_chat", NOTHING, served(compatible, WEAK))
    assert [each.endpoint_id for each in found.due] == ["c", "w"]
    assert found.notice.startswith("Nobody has stated")
    assert difference("duo_chat", NOTHING, served(GOOD, compatible)).notice.startswith("This model is expected")


def test_a_fallback_in_another_region_is_told() -> None:
    found = difference("duo_chat", NOTHING, served(GOOD, WEAK))
    assert found.leaving == ("Weak: Its region is not recorded, so data may leave EU.",)


def test_what_already_answers_is_not_unfit() -> None:
    unknown = replace(GOOD, readiness="unknown", readiness_reasons=("Not measured yet: chat.",))
    assert difference("duo_chat", NOTHING, served(unknown)).unfit == "Not judged. Not measured yet: chat."
    assert difference("duo_chat", served(unknown), served(unknown, WEAK)).unfit == ""
