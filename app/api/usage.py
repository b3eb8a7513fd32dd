"""Usage: what feature calls came to, by feature, endpoint or token."""

from collections.abc import Mapping

from flask import Blueprint

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf
from app.api.bodies.usage import UsageAnswer, UsageFilter
from app.api.context import ports
from app.api.operations import operation
from app.domain.errors import RoleMissing
from app.domain.roles import Role
from app.domain.routing import ENDPOINT
from app.domain.usage_periods import Grouping, Period, span_of
from app.queries import usage as query
from app.queries.usage import UsedName

usage = Blueprint("usage", __name__)


@usage.get("/usage")
@operation(Role.VIEWER, ListOf[UsageAnswer], query=UsageFilter)
def index(asked: UsageFilter) -> ListOf[UsageAnswer]:
    """List what each used, in the order of ids."""
    period, by = Period(asked.period), Grouping(asked.by)
    if by is Grouping.TOKEN and not current_actor().role.covers(Role.ADMIN):
        raise RoleMissing("Usage by token needs a token with the role admin.")
    kind = f"usage {period} {by}"
    last = str(cursors.read(kind, asked.cursor)[0]) if asked.cursor else ""
    span = span_of(period, ports().clock())
    # By id, because the order by calls changes from one page to the next.
    used = sorted(query.used_by(ports().store, span, by), key=lambda each: each.key)
    rest = [each for each in used if each.key > last]
    shown, following = cursors.cut(rest[: asked.limit + 1], asked.limit, lambda each: cursors.write(kind, each.key))
    names = _names(by, [each.key for each in shown])
    items = [UsageAnswer.of(each, names.get(each.key, UsedName("", gone=True)), span, by) for each in shown]
    return ListOf[UsageAnswer](items=items, next=following)


def _names(by: Grouping, keys: list[str]) -> Mapping[str, UsedName]:
    """What the ids are called; of endpoints that are called by their own name that name."""
    if by is not Grouping.FEATURE:
        return query.names(ports().store, by, keys)
    features = ports().facts.features
    titled = {key: UsedName(features[key].title) for key in keys if key in features}
    return titled | {key: UsedName(key.removeprefix(ENDPOINT)) for key in keys if key.startswith(ENDPOINT)}
