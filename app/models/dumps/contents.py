"""What a database of any of our revisions holds, read without its models, which fit the newest revision alone."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

VERSION_TABLE = "alembic_version"


class Connection(Protocol):
    """What the connections of sqlite3 and psycopg have in common."""

    def execute(self, query: Any, parameters: Any = ..., /) -> Any:
        """Run one statement; the answer has fetchone and can be iterated."""


class SealedColumn(NamedTuple):
    """A column of sealed secrets; `purpose` is what they are bound to, with {id} for the row's."""

    table: str
    column: str
    purpose: str


class SealedValue(NamedTuple):
    """One sealed secret: where it is, what it is bound to, and the sealed text."""

    place: str
    purpose: str
    sealed: str


def quoted(name: str) -> str:
    """A name as both databases take it in SQL."""
    return '"' + name.replace('"', '""') + '"'


def revision(connection: Connection) -> str:
    """The revision of the tables. Raises what the database raises where there is none."""
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 (names of ours, quoted)
    return str(row[0]) if row else ""


def counts(connection: Connection, tables: Sequence[str]) -> dict[str, int]:
    """Rows per table."""
    return {
        name: int(connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])  # noqa: S608 (names of ours, quoted)
        for name in tables
    }


def sealed_values(
    connection: Connection, columns: Sequence[SealedColumn], present: dict[str, set[str]]
) -> Iterator[SealedValue]:
    """Every sealed secret; `present` are the columns of each table, since an older revision lacks some."""
    for table, column, purpose in columns:
        if column not in present.get(table, ()):
            continue
        wanted = f"SELECT id, {quoted(column)} FROM {quoted(table)} WHERE {quoted(column)} <> ''"  # noqa: S608 (names of ours, quoted)
        for row in connection.execute(wanted):
            yield SealedValue(f"{table} {row[0]}", purpose.format(id=row[0]), str(row[1]))


def end_sessions(connection: Connection, present: dict[str, set[str]]) -> int:
    """End every browser's session and every sign-in under way; the number of sessions."""
    ended = 0
    for table in ("sign_in_session", "sign_in_transaction", "sign_in_handoff"):
        if table in present:
            number = connection.execute(f"DELETE FROM {quoted(table)}").rowcount  # noqa: S608 (names of ours, quoted)
            ended += number if table == "sign_in_session" else 0
    return ended
