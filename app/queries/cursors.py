"""Pages that go on after a row: rows that come or go in between move nobody's page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

# A column to order by and whether it falls; the last one tells any two rows apart.
Order = Sequence[tuple[Any, bool]]


def ordered(order: Order) -> list[ColumnElement[Any]]:
    """The order as a statement takes it."""
    return [column.desc() if falls else column.asc() for column, falls in order]


def after(order: Order, row: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a row comes after this one, whose values stand as the order's columns do."""
    alternatives = []
    for position, (column, falls) in enumerate(order):
        same = [earlier == row[number] for number, (earlier, _) in enumerate(order[:position])]
        alternatives.append(and_(*same, column < row[position] if falls else column > row[position]))
    return or_(*alternatives)
