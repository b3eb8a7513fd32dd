"""Which features an endpoint serves, as a column of other reads."""

from sqlalchemy import ScalarSelect, func, select, union

from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Endpoint


def served() -> ScalarSelect[str | None]:
    """The names of the features that each endpoint serves, first or as a fallback, between commas."""
    first = select(Assignment.feature, Assignment.endpoint_id)
    fallback = select(Assignment.feature, Fallback.endpoint_id).join(Fallback, Fallback.assignment_id == Assignment.id)
    serving = union(first, fallback.where(Assignment.state == "endpoint")).subquery()
    names = func.aggregate_strings(serving.c.feature, ",")
    return select(names).where(serving.c.endpoint_id == Endpoint.id).correlate(Endpoint).scalar_subquery()


def names(joined: str | None) -> frozenset[str]:
    """What `served` gave, as names."""
    return frozenset(joined.split(",")) if joined else frozenset()
