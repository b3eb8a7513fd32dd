"""Who answers for an endpoint: what a record needs, until when it holds."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.errors import Invalid
from app.domain.responsibilities import ResponsibilityDraft, check, is_due, is_valid, latest, region_left

TODAY = date(2026, 11, 25)
DRAFT = ResponsibilityDraft("EU (Frankfurt)", "Acme", "30 days", "no", "", "", "2027-11-25")


def wrong(**values: str) -> dict[str, tuple[str, ...]]:
    with pytest.raises(Invalid) as refusal:
        check(replace(DRAFT, **values), TODAY)
    return dict(refusal.value.fields)


def test_a_full_record_holds_until_its_day() -> None:
    assert check(DRAFT, TODAY) == date(2027, 11, 25)


@pytest.mark.parametrize("day", ["2026-11-26", "2029-11-25"])
def test_tomorrow_and_three_years_are_the_ends(day: str) -> None:
    assert check(replace(DRAFT, valid_until=day), TODAY).isoformat() == day


@pytest.mark.parametrize(
    ("day", "words"),
    [("", "Give the last day"), ("soon", "Give the last day"), ("2026-02-30", "Give the last day"),
     ("2026-11-25", "until tomorrow"), ("1999-01-01", "until tomorrow"), ("2029-11-26", "until 2029-11-25")],
)  # fmt: skip
def test_a_day_that_does_not_fit_is_told_at_its_field(day: str, words: str) -> None:
    assert words in wrong(valid_until=day)["valid_until"][0]


def test_each_field_has_its_own_sentence() -> None:
    assert wrong(region=" ")["region"] == ("Say where the data are processed, for example EU (Frankfurt).",)
    assert wrong(training_use="maybe")["training_use"] == ("Choose yes, no or unknown.",)
    assert wrong(cost_note="x" * 2001)["cost_note"] == ("The note on cost may have 2,000 characters; this has 2,001.",)
    assert set(wrong(region="", training_use="", valid_until="")) == {"region", "training_use", "valid_until"}


def test_a_leap_day_has_a_last_day_too() -> None:
    assert latest(date(2028, 2, 29)) == date(2031, 2, 28)


@pytest.mark.parametrize(
    ("days", "valid", "due"), [(-1, False, True), (0, True, True), (30, True, True), (31, True, False)]
)
def test_it_is_due_from_thirty_days_before_its_end(days: int, valid: bool, due: bool) -> None:
    until = TODAY + timedelta(days=days)
    assert (is_valid(until, TODAY), is_due(until, TODAY)) == (valid, due)


def test_a_fallback_says_when_it_leaves_the_region() -> None:
    assert region_left("EU", "US") == "Data leave EU for US."
    assert region_left("EU", "") == "Its region is not recorded, so data may leave EU."
    assert region_left("EU (Frankfurt)", " eu  (frankfurt)") == region_left("", "US") == ""
