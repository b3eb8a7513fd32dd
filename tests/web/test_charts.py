"""Geometry of small charts."""

import pytest

from app.web.charts import HEIGHT, Series, lines, scale, stacked

PLACES = ("Mon", "Tue", "Wed", "Thu")


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 1), (0.3, 1), (1, 1), (1.2, 2), (3, 5), (7, 10), (10, 10), (11, 20), (240, 250), (999, 1000), (4812, 5000)],
)
def test_the_scale_ends_at_a_round_figure(highest: float, top: float) -> None:
    assert scale(highest) == top


def test_bars_stand_on_each_other_and_end_at_their_sum() -> None:
    chart = stacked(PLACES, Series("Answered", "main", [30, 0, 50, 1]), Series("Errors", "bad", [20, 0, 0, 0]))
    assert (chart.top, chart.width) == (50, 40)
    first, on_top, third, _ = chart.bars
    assert (first.kind, first.y, first.height) == ("main", 40, 60)
    assert (on_top.kind, on_top.y, on_top.height, on_top.x) == ("bad", 0, 40, first.x)
    assert (third.y, third.height) == (0, HEIGHT)
    assert third.x - first.x == 20


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    chart = lines(PLACES, Series("Median", "main", [10, 5, None, 10]))
    assert [each.points for each in chart.lines] == ["5,0 15,50", "31.5,0 38.5,0"]


@pytest.mark.parametrize("values", [[], [0, 0], [None, None]])
def test_nothing_is_drawn_of_nothing(values: list[float | None]) -> None:
    places = PLACES[: len(values)]
    series = Series("Requests", "main", values)
    assert stacked(places, series).is_empty
    assert stacked(places, series).bars == []
    assert lines(places, series).is_empty


def test_no_shape_leaves_its_box() -> None:
    values = [float(n * 37 % 101) for n in range(90)]
    chart = stacked([str(n) for n in range(90)], Series("a", "main", values), Series("b", "bad", values[::-1]))
    for bar in chart.bars:
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.02
        assert 0 <= bar.x < bar.x + bar.width <= chart.width
