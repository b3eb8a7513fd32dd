"""What the page of usage shows: figures, charts, and rows under their names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from app.domain.features import Feature
from app.domain.routing import ENDPOINT
from app.domain.usage import Sums
from app.domain.usage_periods import HIGH, MEDIAN, Grouping, Period, Span, duration, first_token, span_of
from app.models.store import Store
from app.queries import usage as query
from app.queries.usage import Point, Used, UsedName
from app.services.ports import Ports
from app.web.charts import Chart, Series, lines, stacked
from app.web.filters import compact, spent

PERIODS = {
    Period.DAY: "Last 24 hours",
    Period.WEEK: "Last 7 days",
    Period.MONTH: "Last 30 days",
    Period.QUARTER: "Last 90 days",
}
BEFORE = {
    Period.DAY: "the 24 hours before",
    Period.WEEK: "the 7 days before",
    Period.MONTH: "the 30 days before",
    Period.QUARTER: "the 90 days before",
}
DEFAULT = (Period.WEEK, Grouping.FEATURE)
# A change by more than this is said as a factor.
_DOUBLED = 2.0


@dataclass(frozen=True, slots=True)
class Titled:
    """A chart with its heading, and how its figures are written."""

    id: str
    title: str
    chart: Chart
    written: Callable[[float], str]

    @property
    def words(self) -> str:
        """What the drawing says, for who does not see it: from where to where each series goes, and its highest."""
        said = []
        for each in self.chart.series:
            known = [(value, place) for value, place in zip(each.values, self.chart.places, strict=True) if value]
            if known:
                highest, place = max(known, key=lambda pair: pair[0])
                said.append(f"{each.name}: at most {self.written(highest)}, {place}")
            else:
                said.append(f"{each.name}: none")
        return f"{self.title}. {'. '.join(said)}."


@dataclass(frozen=True, slots=True)
class Row:
    """A feature, an endpoint or a token with what it used; `note` says what its name alone does not."""

    key: str
    name: str
    note: str
    href: str | None
    sums: Sums
    gone: bool = False


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Everything that the page shows; `before` holds no buckets."""

    period: Period
    grouping: Grouping
    span: Span
    total: Sums
    before: Sums
    charts: Sequence[Titled]
    rows: Sequence[Row]
    ever: bool


def read_page(ports: Ports, period: Period, grouping: Grouping) -> UsagePage:
    """The usage of a period; what costs is not read where there was no call."""
    store, span = ports.store, span_of(period, ports.clock())
    points = query.over_time(store, span)
    total = Sums()
    for point in points:
        total.merge(point.sums)
    if not total.requests:
        return UsagePage(period, grouping, span, total, Sums(), (), (), query.has_any(store))
    rows = rows_of(store, ports.facts.features, span, grouping)
    before = query.in_all(store, span.before())
    return UsagePage(period, grouping, span, total, before, charts_of(points, span), rows, ever=True)


def rows_of(store: Store, features: Mapping[str, Feature], span: Span, grouping: Grouping) -> list[Row]:
    """What each used, the one with the most calls first."""
    used = query.used_by(store, span, grouping)
    names = query.names(store, grouping, [each.key for each in used])
    if grouping is Grouping.FEATURE:
        return [_feature_row(each, features) for each in used]
    return [_row(each, names.get(each.key), grouping) for each in used]


def _feature_row(used: Used, features: Mapping[str, Feature]) -> Row:
    if used.key in features:
        return Row(used.key, features[used.key].title, used.key, url_for("features.index", _anchor=used.key), used.sums)
    by_name = used.key.startswith(ENDPOINT)
    note = "Called by the endpoint's own name" if by_name else "No feature any more"
    return Row(used.key, used.key.removeprefix(ENDPOINT), note, None, used.sums, gone=not by_name)


def _row(used: Used, known: UsedName | None, grouping: Grouping) -> Row:
    if known is None or known.gone:
        name, note = (known.name, "") if known else ("Name no longer kept", used.key)
        return Row(used.key, name, note, None, used.sums, gone=True)
    if grouping is Grouping.ENDPOINT:
        href = url_for("endpoints.show", endpoint_id=used.key)
    else:
        href = url_for("tokens.index", _anchor=f"token-{used.key}")
    return Row(used.key, known.name, "", href, used.sums)


def charts_of(points: Sequence[Point], span: Span) -> list[Titled]:
    """The four charts of the page."""
    places = [_place(point.at, hourly=span.is_hourly) for point in points]
    sums = [point.sums for point in points]
    requests = stacked(
        places,
        Series("Answered", "main", [each.requests - each.errors for each in sums]),
        Series("Errors", "bad", [each.errors for each in sums]),
    )
    tokens = stacked(
        places,
        Series("In", "main", [each.prompt_tokens for each in sums]),
        Series("Out", "second", [each.completion_tokens for each in sums]),
    )
    return [
        Titled("requests", "Requests", requests, compact),
        Titled("tokens", "Tokens", tokens, compact),
        Titled("first-token", "Time to first token", _times(places, sums, first_token), spent),
        Titled("duration", "Duration", _times(places, sums, duration), spent),
    ]


def _times(places: Sequence[str], sums: Sequence[Sums], read: Callable[[Sums, float], float | None]) -> Chart:
    return lines(
        places,
        Series("Median", "main", [read(each, MEDIAN) for each in sums]),
        Series("95%", "second", [read(each, HIGH) for each in sums]),
    )


def _place(at: datetime, *, hourly: bool) -> str:
    return f"{at:%H:%M}" if hourly else f"{at.day} {at:%b}"


def change(now: float, before: float, span: str) -> str:
    """How a figure changed since the span before: ``12% more than in the 7 days before``."""
    if not before:
        return f"none in {span}"
    ratio = now / before
    if ratio > _DOUBLED:
        return f"{ratio:.1f} times those of {span}"
    hundredths = round(abs(ratio - 1) * 100)
    return f"{hundredths}% {'more' if ratio > 1 else 'fewer'} than in {span}" if hundredths else f"as many as in {span}"


def state(period: Period, grouping: Grouping) -> dict[str, Any]:
    """What stands in an address; what is at its default is left out."""
    given = {"period": (period, DEFAULT[0]), "by": (grouping, DEFAULT[1])}
    return {name: value.value for name, (value, default) in given.items() if value is not default}
