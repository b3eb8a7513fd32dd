"""Geometry of small charts: figures over time in, shapes in a box of numbers out.

The box is stretched to whatever room the page has, so it holds shapes alone; what is to be read stands around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Units of the box: each place has a slot this wide, the highest figure of the scale is at 0.
SLOT = 10.0
HEIGHT = 100.0
_BAR = 7.0
_STEPS = (1, 2, 2.5, 5, 10)

Figure = float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One figure for each place, None where there is none. `kind` is how it is drawn: main, second, bad."""

    name: str
    kind: str
    values: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle of one series."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, broken where a figure is missing; `points` as SVG wants them."""

    kind: str
    points: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, with the top of its scale; `places` has a name for each figure's place."""

    places: Sequence[str]
    series: Sequence[Series]
    top: float
    bars: Sequence[Shape] = ()
    lines: Sequence[Line] = ()

    @property
    def width(self) -> float:
        """Of the box."""
        return SLOT * len(self.places)

    @property
    def is_empty(self) -> bool:
        """Whether no figure is above nothing."""
        return not any(value for each in self.series for value in each.values)


def stacked(places: Sequence[str], *series: Series) -> Chart:
    """Bars, the first series at the bottom and the next on top of it."""
    heights = [sum(value or 0 for value in column) for column in zip(*(each.values for each in series), strict=True)]
    top = scale(max(heights, default=0))
    bars = []
    for at in range(len(places)):
        below = 0.0
        for each in series:
            value = each.values[at] or 0
            if value:
                height = _rounded(value / top * HEIGHT)
                below = _rounded(below + height)
                bars.append(Shape(each.kind, at * SLOT + (SLOT - _BAR) / 2, _rounded(HEIGHT - below), _BAR, height))
    return Chart(places, series, top, bars=bars)


def lines(places: Sequence[str], *series: Series) -> Chart:
    """One line for each series."""
    top = scale(max((value or 0 for each in series for value in each.values), default=0))
    drawn = [Line(each.kind, points) for each in series for points in _runs(each.values, top)]
    return Chart(places, series, top, lines=drawn)


def scale(highest: float) -> float:
    """The next round figure that is not below the highest; 1 where there is nothing."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(highest))) - 1) if highest >= 1 else 1.0
    return next(step * power for step in _STEPS if step * power >= highest)


def _runs(values: Sequence[Figure], top: float) -> list[str]:
    """Where figures follow each other; one that stands alone becomes a short dash."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((at * SLOT + SLOT / 2, _rounded(HEIGHT - value / top * HEIGHT)))
    for run in runs:
        if len(run) == 1:
            ((x, y),) = run
            run[:] = [(x - _BAR / 2, y), (x + _BAR / 2, y)]
    return [" ".join(f"{x:g},{y:g}" for x, y in run) for run in runs if run]


def _rounded(number: float) -> float:
    return round(number, 2)
