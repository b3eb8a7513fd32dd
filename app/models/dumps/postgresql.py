"""A PostgreSQL database table by table, read in one transaction and put back into a schema of its own.

Rows travel in PostgreSQL's own text form (COPY), which gives back every value as it was and any version reads. No
program of PostgreSQL is needed.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.models.dumps.contents import VERSION_TABLE

Session = psycopg.Connection[Any]
# Of the schema that a connection works in, without what an extension brought or others own.
_OURS = """
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
AND pg_has_role(c.relowner, 'USAGE')
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_COLUMNS = f"""
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM (SELECT c.oid, c.relname {_OURS}) c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname
"""  # noqa: S608 (nothing but text of this module)
_POINTS = f"""
SELECT c.relname, t.relname FROM pg_constraint p
JOIN (SELECT c.oid, c.relname {_OURS}) c ON c.oid = p.conrelid JOIN pg_class t ON t.oid = p.confrelid
WHERE p.contype = 'f'
"""  # noqa: S608 (nothing but text of this module)
_FUNCTIONS = f"""
SELECT DISTINCT p.oid::regprocedure::text FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
WHERE NOT g.tgisinternal AND p.pronamespace = current_schema()::regnamespace
AND g.tgrelid IN (SELECT c.oid {_OURS})
"""  # noqa: S608 (nothing but text of this module)
_SEQUENCES = """
SELECT a.attname::text, pg_get_serial_sequence(quote_ident(c.relname), a.attname) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = %s::regclass AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
"""


def plain_url(url: str) -> str:
    """A URL of SQLAlchemy's as PostgreSQL's own programs take it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def within(url: str, schema: str) -> str:
    """The URL with which everything happens in this schema alone."""
    own = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    return own.render_as_string(hide_password=False)


@contextmanager
def connected(url: str) -> Iterator[Session]:
    """A connection whose transaction commits at the end; raises psycopg.Error."""
    with psycopg.connect(plain_url(url), connect_timeout=10) as connection:
        yield connection


@contextmanager
def snapshot(url: str) -> Iterator[Session]:
    """A connection that sees one moment throughout and changes nothing; raises psycopg.Error."""
    with connected(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def columns(connection: Session) -> dict[str, list[str]]:
    """The columns of each of our tables, those left out that the database works out itself."""
    return dict(connection.execute(_COLUMNS).fetchall())


def in_order(connection: Session) -> list[str]:
    """The tables, each after those that it points to."""
    points: dict[str, set[str]] = {table: set() for table in columns(connection)}
    for table, target in connection.execute(_POINTS):
        if target != table and target in points:
            points[table].add(target)
    return list(TopologicalSorter({table: sorted(targets) for table, targets in sorted(points.items())}).static_order())


def rows(connection: Session, table: str, names: Sequence[str]) -> Iterator[bytes | bytearray | memoryview]:
    """A table's rows in pieces."""
    with connection.cursor() as cursor, cursor.copy(_copy(table, names, "TO STDOUT")) as copied:
        yield from copied


def fill(connection: Session, table: str, names: Sequence[str], pieces: Iterable[bytes]) -> None:
    """Put rows into a table, in place of those it has, and let its numbers go on behind them."""
    if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone():
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    with connection.cursor() as cursor, cursor.copy(_copy(table, names, "FROM STDIN")) as copied:
        for piece in pieces:
            copied.write(piece)
    for column, sequence in connection.execute(_SEQUENCES, [sql.Identifier(table).as_string(connection)]).fetchall():
        following = sql.SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}")
        connection.execute(following.format(sql.Identifier(column), sql.Identifier(table)), [sequence])


def make_schema(connection: Session, schema: str) -> None:
    """Make an empty schema, an older one of that name removed."""
    drop_schema(connection, schema)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def drop_schema(connection: Session, schema: str) -> None:
    """Remove a schema with all that is in it."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def replace(connection: Session, staged: str, kept: str) -> None:
    """Put the tables of a schema in the place of those in use, which are kept in another one: both or neither."""
    row = connection.execute("SELECT current_schema()").fetchone()
    own = str(row[0]) if row else "public"
    make_schema(connection, kept)
    _move(connection, own, kept)
    _move(connection, staged, own)
    drop_schema(connection, staged)


def _move(connection: Session, source: str, target: str) -> None:
    """Move tables, with what belongs to them, and the functions of their triggers."""
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(source)))
    functions = [row[0] for row in connection.execute(_FUNCTIONS)]
    place = sql.Identifier(target)
    for table in columns(connection):
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(source, table), place))
    for signature in functions:
        # The database itself wrote the signature, names quoted where they need it.
        connection.execute(sql.SQL("ALTER FUNCTION {} SET SCHEMA {}").format(sql.SQL(signature), place))


def _copy(table: str, names: Sequence[str], direction: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), listed, sql.SQL(direction))


def data_tables(connection: Session) -> list[str]:
    """The tables whose rows a backup holds, in order; the revision is in its manifest."""
    return [table for table in in_order(connection) if table != VERSION_TABLE]
