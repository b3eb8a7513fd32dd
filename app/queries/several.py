"""Several small reads in one statement, for pages that show a number from here and a name from there."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session


class Line(NamedTuple):
    """One row of any of the reads; what a read has no use for is "" or 0."""

    name: str
    label: str
    number: int
    own: int


def part(*, name: Any = "", label: Any = "", number: Any = 0, own: Any = 0) -> Select[Any]:
    """A read whose columns, or whose fixed values, are those of Line."""
    return select(*(_column(value) for value in (name, label, number, own)))


def several(session: Session, parts: Mapping[str, Select[Any]]) -> Mapping[str, list[Line]]:
    """The rows of each part, in no order."""
    found: dict[str, list[Line]] = {key: [] for key in parts}
    for key, *values in session.execute(union_all(*(_marked(key, each) for key, each in parts.items()))):
        found[key].append(Line(*values))
    return found


def values_of(column: InstrumentedAttribute[str]) -> Select[Any]:
    """Each value of an indexed column once, as names: one look into the index for each, however many rows have it."""
    values = select(func.min(column).label("value")).cte(recursive=True)
    following = select(func.min(column)).where(column > values.c.value).scalar_subquery()
    values = values.union_all(select(following).where(values.c.value.is_not(None)))
    return part(name=values.c.value).where(values.c.value.is_not(None))


def _column(value: Any) -> Any:
    return literal(value) if isinstance(value, str | int) else value


def _marked(key: str, wanted: Select[Any]) -> Select[Any]:
    return select(literal(key), *wanted.subquery().c)
