"""How migrations run: one at a time, all or nothing, with proof afterwards that no row was lost.

On SQLite a table is changed by copying it; with foreign keys on, dropping the old copy deletes every child
row without an error. So they are switched off before the transaction begins (inside one the pragma does
nothing), and checked before it ends.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from app.models import tables
from app.models.locks import MIGRATING


def counts(connection: Connection) -> dict[str, int]:
    """Rows per table."""
    names = inspect(connection).get_table_names()
    quote = connection.dialect.identifier_preparer.quote
    return {name: connection.execute(text(f"SELECT count(*) FROM {quote(name)}")).scalar_one() for name in names}  # noqa: S608


def migrate_sqlite(connection: Connection) -> None:
    """Foreign keys off, BEGIN IMMEDIATE, migrate, check, commit."""
    raw = connection.connection.driver_connection
    raw.isolation_level = None
    connection.exec_driver_sql("PRAGMA busy_timeout=30000")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        run(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration would leave {len(broken)} rows pointing nowhere; nothing was changed")
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def run(connection: Connection) -> None:
    """The migration itself; raises RuntimeError when a table that stays has fewer rows than before."""
    before = counts(connection)
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=True,
        compare_type=True,
        # The transaction is ours: Alembic's own would begin after the pragma could still act.
        transactional_ddl=False,
    )
    context.run_migrations()
    after = counts(connection)
    lost = [
        name for name, number in before.items() if name in after and after[name] < number and name != "alembic_version"
    ]
    if lost:
        raise RuntimeError(f"the migration would lose rows of {', '.join(sorted(lost))}; nothing was changed")


def main() -> None:
    """Migrate the database of the running app."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(url, poolclass=NullPool)
    try:
        if engine.dialect.name == "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                migrate_sqlite(connection)
        else:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATING})
                run(connection)
    finally:
        engine.dispose()


main()
