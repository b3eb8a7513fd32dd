"""Many rows of one table in one statement, for what is too much for SQLAlchemy's own look at each value of each row.

Rows have the values that their columns take, and all of them the same names. What they leave out gets its column's
default, unless that one looks at the rest of its row. Nothing that the session holds of these rows is told of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import JSON, BindParameter, ColumnDefault, Dialect, Insert, Table, Update, bindparam, update
from sqlalchemy import insert as inserting
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from app.models.base import UtcDateTime, metadata

Row = Mapping[str, Any]


class Written(str):
    """JSON that is written already and is stored as it is."""

    __slots__ = ()


def insert(session: Session, table: str, rows: Sequence[Row]) -> None:
    """Store new rows."""
    if not rows:
        return
    columns = metadata.tables[table]
    values = {name: [row[name] for row in rows] for name in rows[0]} | _left_out(columns, rows, "default")
    # Inline, so that no database is asked for the keys that it gave.
    _run(session, columns, inserting(columns).inline().values(_named(values)), values)


def change(session: Session, table: str, rows: Sequence[Row]) -> None:
    """Give stored rows other values, each by its `id`."""
    if not rows:
        return
    columns = metadata.tables[table]
    values = {name: [row[name] for row in rows] for name in rows[0]} | _left_out(columns, rows, "onupdate")
    statement = update(columns).where(columns.c.id == bindparam("of", type_=columns.c.id.type))
    _run(session, columns, statement.values(_named(values.keys() - {"id"})), values)


def _named(names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name) for name in names}


def _left_out(table: Table, rows: Sequence[Row], when: str) -> dict[str, list[Any]]:
    """A value for each column that these rows leave out, and for each row; `when` is default or onupdate."""
    found: dict[str, list[Any]] = {}
    for column in table.columns:
        default = getattr(column, when)
        if column.name not in rows[0] and isinstance(default, ColumnDefault):
            made = default.arg
            if default.is_callable and isinstance(column.type, UtcDateTime):
                # They are all written at one moment.
                made = made(None)
            found[column.name] = [made(None) if callable(made) else made for _ in rows]
    return found


def _run(session: Session, table: Table, statement: Insert | Update, values: Mapping[str, Sequence[Any]]) -> None:
    connection = session.connection()
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    places = compiled.positiontup or list(compiled.binds)
    stored = [_stored(table, "id" if place == "of" else place, values, dialect) for place in places]
    rows: Any = list(zip(*stored, strict=True))
    if not compiled.positiontup:
        rows = [dict(zip(places, row, strict=True)) for row in rows]
    session.flush()
    connection.exec_driver_sql(str(compiled), rows)


def _stored(table: Table, name: str, values: Mapping[str, Sequence[Any]], dialect: Dialect) -> Sequence[Any]:
    """The values of one column as the driver takes them."""
    kind = table.columns[name].type
    if isinstance(kind, JSON):
        return _all_json(values[name])
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values[name]
    if isinstance(kind, UtcDateTime):
        # Many rows are of the same moment.
        convert = lru_cache(maxsize=256)(convert)
    return [convert(value) for value in values[name]]


def _all_json(values: Sequence[Any]) -> list[str | None]:
    """Many rows share a value, which is written once."""
    written: dict[int, str | None] = {}
    for value in values:
        if id(value) not in written:
            written[id(value)] = _json(value)
    return [written[id(value)] for value in values]


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, Written):
        return value
    return to_json(value).decode()
