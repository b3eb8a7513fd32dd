"""How times, figures and attributes are written."""

from datetime import UTC, datetime, timedelta

import pytest
from markupsafe import Markup

from app.web.filters import ago, attributes, compact, figure, moment, share, spent

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-12), "12 min ago"),
        (timedelta(hours=-11), "11 h ago"),
        (timedelta(hours=-13), "yesterday"),
        (timedelta(days=-4), "4 days ago"),
        (timedelta(days=-41), "12 October 2026"),
        (timedelta(minutes=59), "in 59 min"),
        (timedelta(days=1), "tomorrow"),
        (timedelta(days=9), "in 9 days"),
        (timedelta(days=30), "22 December 2026"),
    ],
)
def test_a_time_is_said_as_a_person_would(gap: timedelta, words: str) -> None:
    assert ago(NOON + gap, NOON) == words


def test_a_test_shortly_before_midnight_is_hours_old_not_yesterdays() -> None:
    assert ago(NOON.replace(hour=23), NOON.replace(day=23, hour=1)) == "2 h ago"


def test_the_exact_time_names_its_zone() -> None:
    assert moment(NOON) == "22 November 2026, 12:00 UTC"


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(3, "3 ms"), (999.4, "999 ms"), (1900, "1.9 s"), (125_000, "2 min 5 s")]
)
def test_a_duration_has_the_unit_that_suits_it(milliseconds: float, words: str) -> None:
    assert spent(milliseconds) == words


def test_thousands_stand_apart() -> None:
    assert figure(131072) == "131,072"


def test_attributes_are_escaped_and_empty_ones_left_out() -> None:
    values = {"aria_label": 'Test "<a>"', "disabled": True, "hidden": False, "title": None, "for_": "x"}
    assert attributes(values) == 'aria-label="Test &#34;&lt;a&gt;&#34;" disabled for="x"'


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (2.5, "2.5"), (9999, "9,999"), (10_000, "10k"), (12_345, "12.3k"), (4_600_000, "4.6M"), (7.8e9, "7.8G")],
)
def test_a_large_number_is_said_in_little_room(number: float, words: str) -> None:
    assert compact(number) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "0%"), (0, 9, "0%"), (9, 9, "100%"), (1, 5, "20%"), (1, 9999, "0.1%"), (9998, 9999, "99.9%")],
)
def test_a_share_is_none_or_all_only_where_it_is(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words


def test_a_value_that_is_markup_already_ends_no_attribute() -> None:
    written = attributes({"data_copy": Markup('{"name": " onfocus=steal() "}')})
    assert written == 'data-copy="{&#34;name&#34;: &#34; onfocus=steal() &#34;}"'
