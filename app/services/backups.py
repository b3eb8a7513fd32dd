"""Backups: one archive per database, whichever kind it is, made while others read and write."""

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.lib import archive, sealed
from app.lib.archive import Reader
from app.models.dumps import contents, postgresql, sqlite
from app.services.sealed_columns import IN_BACKUPS

FORMAT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
MEMBER = "modelport.db"
_URL = "sqlite:///"
_FIELDS = {"format": int, "database": str, "revision": str, "version": str, "created_at": str, "rows": dict,
           "key_ids": list}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: `rows` per table, `key_ids` of the keys that its secrets need, never a key.

    `audit_head` is the newest row's place in the audit's chain and its hash, None where rows are not chained.
    `columns` of each table are there for PostgreSQL alone.
    """

    database: str
    revision: str
    version: str
    created_at: str
    rows: Mapping[str, int]
    key_ids: tuple[str, ...]
    audit_head: Mapping[str, Any] | None = None
    columns: Mapping[str, tuple[str, ...]] | None = None


class BadBackup(Exception):
    """A file that cannot be restored, as a sentence about it."""


def kind_of(database: str) -> str:
    """Which kind of database a URL means."""
    return SQLITE if database.startswith(_URL) else POSTGRESQL


def sqlite_path(database: str) -> Path:
    """The file of a SQLite database's URL."""
    return Path(database.removeprefix(_URL))


def make(database: str, path: Path, version: str, now: datetime) -> Manifest:
    """Write a backup of the database at this URL to a new file, while it is in use.

    Raises OSError for a file that cannot be written, sqlite3.DatabaseError and psycopg.Error for a database that
    cannot be read. Nothing is left behind then.
    """
    made = {"format": FORMAT, "version": version, "created_at": now.isoformat(timespec="seconds")}
    with archive.written(path) as writer:
        # The digests of the members come with the end of the block.
        if kind_of(database) == SQLITE:
            writer.manifest = made | _add_sqlite(writer, sqlite_path(database), path.parent)
        else:
            writer.manifest = made | _add_postgresql(writer, database)
        return manifest_of(writer.manifest)


def _add_sqlite(writer: archive.Writer, source: Path, folder: Path) -> dict[str, Any]:
    # Beside the backup: where that has room, its copy has; and /tmp may be small, or open to others.
    with tempfile.TemporaryDirectory(prefix=".modelport-", dir=folder) as place:
        copied = Path(place) / MEMBER
        sqlite.copy(source, copied)
        with sqlite.reading(copied) as connection:
            told = {"database": SQLITE} | _about(connection, sqlite.columns(connection))
        writer.add(MEMBER, _pieces(copied))
    return told


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(archive.CHUNK), b"")


def _add_postgresql(writer: archive.Writer, database: str) -> dict[str, Any]:
    with postgresql.snapshot(database) as connection:
        columns = postgresql.columns(connection)
        tables = postgresql.data_tables(connection)
        for table in tables:
            writer.add(member_of(table), postgresql.rows(connection, table, columns[table]))
        told = _about(connection, {name: set(names) for name, names in columns.items()})
        rows = {table: told["rows"][table] for table in tables}
    return {"database": POSTGRESQL} | told | {"rows": rows, "columns": {table: columns[table] for table in tables}}


def member_of(table: str) -> str:
    """The member that holds a table's rows."""
    return f"tables/{table}.copy"


def _about(connection: contents.Connection, present: dict[str, set[str]]) -> dict[str, Any]:
    ids = {sealed.key_id_of(each.sealed) for each in contents.sealed_values(connection, IN_BACKUPS, present)}
    return {
        "revision": contents.revision(connection),
        "rows": contents.counts(connection, sorted(present)),
        "key_ids": sorted(ids),
        "audit_head": _audit_head(connection, present),
    }


def _audit_head(connection: contents.Connection, present: dict[str, set[str]]) -> dict[str, Any] | None:
    """Where the audit's chain stands in this very copy, so that a log cut short later is seen."""
    if "audit_head" not in present:
        return None
    row = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
    return {"seq": row[0], "hash": row[1]} if row and row[0] else None


def manifest_of(told: Mapping[str, Any]) -> Manifest:
    """The manifest from its JSON; raises BadBackup for one that is not of this format."""
    if not all(isinstance(told.get(name), kind) for name, kind in _FIELDS.items()):
        raise BadBackup("is no backup of Modelport")
    if told["format"] != FORMAT:
        raise BadBackup(f"has format {told['format']}, this version reads {FORMAT}: take the version that made it")
    columns = told.get("columns")
    return Manifest(
        database=told["database"],
        revision=told["revision"],
        version=told["version"],
        created_at=told["created_at"],
        rows=told["rows"],
        key_ids=tuple(told["key_ids"]),
        audit_head=told.get("audit_head"),
        columns={table: tuple(names) for table, names in columns.items()} if columns else None,
    )


def verified(reader: Reader) -> Manifest:
    """The manifest of a backup whose every member is what its digest says; raises BadBackup."""
    try:
        manifest = manifest_of(reader.manifest)
        reader.verify()
    except archive.BadArchive as error:
        raise BadBackup(str(error)) from error
    return manifest


def missing_keys(manifest: Manifest, sealer: sealed.Sealer | None) -> list[str]:
    """Ids of the keys that the backup's secrets need and the ring lacks."""
    return [each for each in manifest.key_ids if sealer is None or not sealer.knows(each)]


def unreadable(values: Iterator[contents.SealedValue], sealer: sealed.Sealer) -> list[str]:
    """Where secrets are that no longer open, although their key is in the ring."""
    places = []
    for each in values:
        try:
            sealer.open(each.sealed, each.purpose)
        except sealed.CannotOpen as error:
            if error.reason != "unknown_key":
                places.append(each.place)
    return places


def sound(path: Path, manifest: Manifest) -> list[str]:
    """What is wrong with a SQLite database that came out of a backup; empty where it is sound."""
    found = sqlite.faults(path)
    if found:
        return found
    try:
        with sqlite.reading(path) as connection:
            same = contents.revision(connection) == manifest.revision
            if same and contents.counts(connection, list(manifest.rows)) == dict(manifest.rows):
                return []
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return ["it is not the database that its manifest describes"]
