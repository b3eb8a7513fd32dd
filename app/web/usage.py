"""Usage: what feature calls came to, as a page and to take away. No prompt and no answer is kept anywhere."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, Response, request, url_for

from app.domain.errors import RoleMissing
from app.domain.roles import Role
from app.domain.usage import Sums
from app.domain.usage_periods import HIGH, MEDIAN, Grouping, Period, duration, first_token, span_of
from app.lib import sheets
from app.queries import usage as query
from app.web import htmx
from app.web.access import may, needs
from app.web.context import context, ports
from app.web.usage_pages import BEFORE, DEFAULT, PERIODS, change, read_page, state

usage = Blueprint("usage", __name__)
Choice = TypeVar("Choice", bound=StrEnum)
COLUMNS = (
    "begin", "step", "by", "key", "name", "requests", "errors", "fallbacks", "estimated", "tokens_in", "tokens_out",
    "first_token_p50_ms", "first_token_p95_ms", "duration_p50_ms", "duration_p95_ms",
)  # fmt: skip


@usage.get("/usage")
@needs(Role.VIEWER)
def index() -> Response:
    """The figures of a period; its whole state is in the address."""
    period, grouping = _wanted()
    return htmx.page_or_fragment(
        "usage/index.html",
        "usage/_usage.html",
        seen=read_page(ports(), period, grouping),
        periods=[(each.value, words) for each, words in PERIODS.items()],
        groupings=[each for each in Grouping if _may_see(each)],
        before=BEFORE[period],
        change=change,
        address=lambda by: url_for("usage.index", **state(period, by)),
        csv=url_for("usage.export", **state(period, grouping)),
        first_token=first_token,
        duration=duration,
        origin=context().origin,
    )


@usage.get("/usage.csv")
@needs(Role.VIEWER)
def export() -> Response:
    """Every hour or day of the period with what each used in it, the oldest first, sent while it is read."""
    period, grouping = _wanted()
    response = Response(_csv(period, grouping), mimetype="text/csv")
    name = f"modelport-usage-{period.value}-by-{grouping.value}-{ports().clock():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted() -> tuple[Period, Grouping]:
    """What the address asks for, words that make no sense count as not given; raises RoleMissing."""
    period, grouping = _choice("period", DEFAULT[0]), _choice("by", DEFAULT[1])
    if not _may_see(grouping):
        raise RoleMissing("Usage by token needs the role admin.")
    return period, grouping


def _choice(name: str, default: Choice) -> Choice:
    try:
        return type(default)(request.args.get(name, ""))
    except ValueError:
        return default


def _may_see(grouping: Grouping) -> bool:
    """Who has which token is an admin's to know."""
    return grouping is not Grouping.TOKEN or may(Role.ADMIN)


def _csv(period: Period, grouping: Grouping) -> Iterator[str]:
    """The request is over when this runs, so what is needed of it was taken before."""
    store = ports().store
    titles = {key: feature.title for key, feature in ports().facts.features.items()}
    span = span_of(period, ports().clock())

    def write() -> Iterator[str]:
        yield sheets.line(COLUMNS)
        for begin, used in query.steps(store, span, grouping):
            found = query.names(store, grouping, [each.key for each in used])
            known = titles | {key: each.name for key, each in found.items()}
            head = (begin.isoformat(), "hour" if span.is_hourly else "day", grouping.value)
            yield "".join(sheets.line([*head, each.key, known.get(each.key, ""), *_cells(each.sums)]) for each in used)

    return write()


def _cells(sums: Sums) -> Iterator[str]:
    """Figures as COLUMNS has them; what was not measured is empty."""
    counts = (sums.requests, sums.errors, sums.fallbacks, sums.estimated, sums.prompt_tokens, sums.completion_tokens)
    yield from map(str, counts)
    for read in (first_token, duration):
        for share in (MEDIAN, HIGH):
            value = read(sums, share)
            yield "" if value is None else f"{value:.1f}"
