"""What one call adds to the sums, how sums are put together, and what is read from them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain.usage import (
    DURATION_BOUNDS,
    FIRST_TOKEN_BOUNDS,
    TOKEN_BOUNDS,
    CallOutcome,
    Sums,
    empty,
    estimate_tokens,
    hour_of,
    quantile,
    together,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def call(**values: Any) -> CallOutcome:
    """A chat that went well, but for what is said."""
    names = {"feature": "duo_chat", "endpoint_id": "e1", "endpoint": "mistral", "token_id": "t1"}
    where = {"at": NOON, "operation": "chat", "platform": "openai_compatible", "served_name": "served"}
    return CallOutcome(**{**where, **names, **values})


def summed(*calls: CallOutcome) -> Sums:
    sums = Sums()
    for each in calls:
        sums.add(each)
    return sums


def filled(buckets: Sequence[int]) -> dict[int, int]:
    """Which buckets hold how many."""
    return {at: count for at, count in enumerate(buckets) if count}


def test_each_call_is_counted_with_what_it_came_to() -> None:
    sums = summed(
        call(prompt_tokens=100, completion_tokens=20, first_token_ms=40.5, duration_ms=900),
        call(error="timeout", fallback=True, estimated=True, prompt_tokens=7, duration_ms=100),
    )
    assert (sums.requests, sums.errors, sums.fallbacks, sums.estimated) == (2, 1, 1, 1)
    assert (sums.prompt_tokens, sums.completion_tokens) == (107, 20)
    assert (sums.first_token_ms, sums.duration_ms) == (40.5, 1000)


@pytest.mark.parametrize(("spent", "bucket"), [(0, 0), (10, 0), (10.1, 1), (81920, 13), (81921, 14), (10**9, 14)])
def test_a_bound_belongs_to_the_bucket_below_it_and_the_last_takes_the_rest(spent: float, bucket: int) -> None:
    assert filled(summed(call(duration_ms=spent)).duration_buckets) == {bucket: 1}


def test_a_call_without_a_stream_has_no_first_token() -> None:
    sums = summed(call(duration_ms=50), call(first_token_ms=0.0))
    assert filled(sums.first_token_buckets) == {0: 1}


def test_sums_put_together_are_those_of_all_their_calls() -> None:
    calls = [call(prompt_tokens=n, first_token_ms=n * 3.0, duration_ms=n * 7.0, estimated=n % 2 == 0) for n in range(9)]
    one, other = summed(*calls[:4]), summed(*calls[4:])
    one.merge(other)
    assert one == summed(*calls)
    assert other == summed(*calls[4:])


def test_buckets_that_were_kept_before_a_bound_was_added_still_add_up() -> None:
    assert together([1, 2], [1, 1, 1]) == [2, 3, 1]
    assert together([], [0, 4]) == [0, 4]


@pytest.mark.parametrize("bounds", [DURATION_BOUNDS, FIRST_TOKEN_BOUNDS, TOKEN_BOUNDS])
def test_bounds_rise_and_leave_one_bucket_above(bounds: tuple[int, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))
    assert empty(bounds) == [0] * (len(bounds) + 1)


@pytest.mark.parametrize(
    ("buckets", "share", "value"),
    [
        ([0, 0, 0], 0.5, None),
        ([4, 0, 0], 0.5, 5.0),
        ([0, 4, 0], 0.25, 12.5),
        ([1, 1, 0], 0.5, 10.0),
        ([0, 0, 3], 0.5, 20.0),
        ([1, 0, 1], 0.95, 20.0),
        ([2, 2, 0], 1.0, 20.0),
    ],
)
def test_a_quantile_lies_within_its_bucket(buckets: list[int], share: float, value: float | None) -> None:
    assert quantile(buckets, (10, 20), share) == value


def test_the_median_of_many_calls_is_near_the_real_one() -> None:
    sums = summed(*(call(duration_ms=float(n)) for n in range(1, 2001)))
    assert quantile(sums.duration_buckets, DURATION_BOUNDS, 0.5) == pytest.approx(1000, rel=0.1)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("äöüß", 2), ("\ud800", 1)])
def test_tokens_are_estimated_by_bytes(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_an_hour_is_one_of_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert hour_of(datetime(2026, 11, 27, 17, 45, 9, 3, tzinfo=east)) == NOON
