"""The page that tells what served a feature, and when."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, request

from app.domain.roles import Role
from app.queries import assignments as query
from app.queries.assignments import Period
from app.web import htmx
from app.web.access import needs
from app.web.context import ports
from app.web.feature_pages import known
from app.web.feature_words import STATE_WORDS

timelines = Blueprint("timelines", __name__, url_prefix="/features")
MOST = 100
NO_DAY = "Give a day such as 2026-03-14."
TO_COME = "This day is still to come. Give today or an earlier one."


@timelines.get("/<name>/timeline")
@needs(Role.VIEWER)
def show(name: str) -> Response:
    """What a feature was given, the newest first; with `on`, what served it on a day."""
    feature, store = known(name), ports().store
    typed = request.args.get("on", "").strip()[:40]
    day, error = _day(typed)
    held: tuple[Period, ...] = ()
    if day:
        began = datetime.combine(day, time(), UTC)
        held = query.during(store, name, began, began + timedelta(days=1), MOST)
    return htmx.page_or_fragment(
        "timelines/show.html",
        "timelines/_periods.html",
        422 if error else 200,
        feature=feature,
        typed=typed,
        day=day,
        error=error,
        held=held,
        periods=query.timeline(store, name, MOST),
        most=MOST,
        facts=ports().facts,
        state_words=STATE_WORDS,
    )


def _day(text: str) -> tuple[date | None, str]:
    """The day that was typed, or why it is none; a day without a next one is none."""
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, NO_DAY
    return (None, TO_COME) if day > ports().clock().date() else (day, "")
