"""Restoring PostgreSQL: the backup is put into a schema of its own, migrated, and only then takes the tables' place."""

from typing import TYPE_CHECKING, Any

import psycopg

from app.cli.console import Refused
from app.cli.schema import move_up, revision_of
from app.cli.uses import SERVED
from app.models import occupancy
from app.models.dumps import contents, postgresql
from app.services import backups
from app.services.backups import BadBackup, Manifest
from app.services.sealed_columns import IN_BACKUPS

if TYPE_CHECKING:
    from app.cli.restore import Staging
    from app.config import Settings
    from app.lib.archive import Reader

STAGED = "modelport_restore"


def restore(
    settings: "Settings", reader: "Reader", manifest: Manifest, staging: "Staging", stamp: str
) -> dict[str, Any]:
    """Restore while nobody uses the database; see `restore.execute` for the values. Raises Refused and BadBackup."""
    kept = f"modelport_before_restore_{stamp.lower()}"
    database = settings.database
    try:
        with postgresql.connected(database) as guard:
            if not occupancy.take_alone(guard):
                raise Refused(SERVED)
            was_there = revision_of(settings) is not None
            try:
                told = _staged(database, reader, manifest, staging)
                with postgresql.connected(database) as connection:
                    postgresql.replace(connection, STAGED, kept)
            finally:
                with postgresql.connected(database) as connection:
                    postgresql.drop_schema(connection, STAGED)
    except psycopg.Error as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Refused(f"Nothing was restored: the database says “{said}”.") from error
    return told | {"to": revision_of(settings), "kept": f"schema {kept}" if was_there else None}


def _staged(database: str, reader: "Reader", manifest: Manifest, staging: "Staging") -> dict[str, Any]:
    """Fill a schema of its own from the backup, compare, bring it to this version and end its sessions."""
    inside = postgresql.within(database, STAGED)
    with postgresql.connected(database) as connection:
        postgresql.make_schema(connection, STAGED)
    move_up(inside, manifest.revision)
    with postgresql.connected(inside) as connection:
        _fill(connection, reader, manifest)
    move_up(inside)
    with postgresql.connected(inside) as connection:
        present = {table: set(names) for table, names in postgresql.columns(connection).items()}
        ended = contents.end_sessions(connection, present)
        unreadable = backups.unreadable(contents.sealed_values(connection, IN_BACKUPS, present), staging.sealer)
    staging.note(inside, manifest)
    return {"sessions_ended": ended, "unreadable": unreadable}


def _fill(connection: postgresql.Session, reader: "Reader", manifest: Manifest) -> None:
    """Fill the tables and count what arrived; raises BadBackup."""
    order, columns = postgresql.data_tables(connection), postgresql.columns(connection)
    told = manifest.columns or {}
    if {table: set(columns[table]) for table in order} != {table: set(names) for table, names in told.items()}:
        raise BadBackup(f"does not hold the tables of revision {manifest.revision}")
    for table in order:
        postgresql.fill(connection, table, told[table], reader.chunks(backups.member_of(table)))
    if contents.counts(connection, order) != dict(manifest.rows):
        raise BadBackup("does not hold the rows that its manifest counts")
