"""Migrations keep what is stored: forwards, backwards and forwards again, on both databases."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from app.domain.roles import Actor
from app.lib.sealed import CannotOpen
from app.models.base import db
from app.models.endpoint import Endpoint
from app.models.schema import REVISION
from app.models.tables import metadata
from app.services import header_values, probes
from app.services.ports import Ports
from tests.fixtures import rows
from tests.fixtures.bare import ports
from tests.fixtures.databases import Database
from tests.fixtures.pages import row_counts
from tests.fixtures.servers import ROOT
from tests.fixtures.stock import add_endpoint, assign, sent_headers

__all__ = ["ports"]
pytestmark = pytest.mark.every_database
MIGRATIONS = ROOT / "migrations"

# A migration as somebody might write it; %s stands for its steps.
LATER = '''"""later"""
import sqlalchemy as sa
from alembic import op
revision = "later"
down_revision = "%s"
branch_labels = depends_on = None
def upgrade() -> None:
    %s
def downgrade() -> None:
    pass
'''
REBUILD = "\n    ".join(
    (
        'with op.batch_alter_table("endpoint") as batch:',
        '    batch.alter_column("tier", type_=sa.String(32))',
        '    batch.add_column(sa.Column("colour", sa.String(16)))',
    )
)


def engine_of(database: Database) -> Engine:
    return create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))


Move = Callable[..., None]


def is_a_model(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether a table or index is one of the metadata: the search index is made by each database's own means."""
    return not (name or "").startswith(("pairing_search", "ix_pairing_search"))


def tables(engine: Engine) -> set[str]:
    """The tables of the metadata that a database has, and any that should not be there."""
    return {name for name in inspect(engine).get_table_names() if is_a_model(name, "table", {})}


@pytest.fixture
def move(database: Database, tmp_path: Path) -> Move:
    """Move the database up or down: `move("base", down=True)`; `later` adds a migration with these steps."""

    def go(revision: str, down: bool = False, later: str = "") -> None:
        folder = MIGRATIONS
        if later:
            folder = tmp_path / "migrations"
            shutil.copytree(MIGRATIONS, folder, dirs_exist_ok=True)
            (folder / "versions" / "later.py").write_text(LATER % (REVISION, later), encoding="utf-8")
        app = Flask("migrations")
        app.config["SQLALCHEMY_DATABASE_URI"] = database.url.replace("postgresql://", "postgresql+psycopg://")
        db.init_app(app)
        migrate = Migrate(app, db, directory=str(folder))
        with app.app_context():
            config = migrate.get_config()
            (command.downgrade if down else command.upgrade)(config, revision)
            db.engine.dispose()

    return go


@pytest.fixture
def seeded(ports: Ports, ada: Actor) -> Ports:
    """A few rows in every table that points to another."""
    for number in range(3):
        endpoint_id = add_endpoint(ports, ada, f"endpoint {number}", api_key="sk-of-the-tests")
        assign(ports, ada, list(ports.facts.features)[number], endpoint_id)
        probes.start_saved(ports, ada, [endpoint_id])
    return ports


def revisions() -> list[str]:
    """Oldest first."""
    return [each.revision for each in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]


def test_the_code_expects_the_newest_migration() -> None:
    assert revisions()[-1] == REVISION


def test_the_models_are_what_the_migrations_make(database: Database) -> None:
    engine = engine_of(database)
    with engine.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": is_a_model}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_table_is_made_and_unmade_again(database: Database, move: Move, seeded: Ports) -> None:
    assert sum(row_counts(seeded).values()) > 50
    seeded.store.engine.dispose()
    for revision in reversed(["base", *revisions()[:-1]]):
        move(revision, down=True)
    engine = engine_of(database)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    for revision in revisions():
        move(revision)
    assert tables(engine) == {"alembic_version", *metadata.tables}
    engine.dispose()


def test_values_of_extra_headers_are_in_clear_below_and_sealed_above(
    move: Move, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_id = add_endpoint(ports, ada, "gateway", headers={"X-Key": "of the tests"})
    ports.store.engine.dispose()
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "another key of the tests, long enough")
    with pytest.raises(CannotOpen):
        move("0009", down=True)
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "a key of the tests that is long enough")
    move("0009", down=True)
    with ports.store.read() as session:
        assert session.execute(select(Endpoint.headers)).all() == [({"X-Key": "of the tests"},)]
    move("head")
    assert (header_values.seal_plain(ports), sent_headers(ports, endpoint_id)) == (1, {"X-Key": "of the tests"})


def test_the_audit_log_stays_as_it_is_at_the_newest_migration(seeded: Ports) -> None:
    """On SQLite a migration that rebuilds the table would lose its triggers."""
    for change in ("UPDATE audit_row SET role = 'viewer'", "DELETE FROM audit_row"):
        with pytest.raises(IntegrityError, match="neither changed nor deleted"), seeded.store.write() as session:
            session.execute(text(change))


def test_a_table_that_is_rebuilt_keeps_its_rows_and_those_that_point_to_it(move: Move, seeded: Ports) -> None:
    before = row_counts(seeded)
    move("later", later=REBUILD)
    assert row_counts(seeded) == before
    with seeded.store.read() as session:
        assert session.execute(text("SELECT colour FROM endpoint")).all() == [(None,)] * 3


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ('op.execute("DELETE FROM standing")', "would lose rows of standing"),
        ('op.execute("DELETE FROM audit_row")', "neither changed nor deleted"),
        ('op.execute("DELETE FROM probe WHERE 1 = 1")', "would lose rows of probe"),
        ('op.execute("DELETE FROM endpoint WHERE 1 = 1")', ""),
        ('op.drop_column("endpoint", "nothing")', ""),
        ('op.execute("UPDATE endpoint SET tier = \'x\'")\n    raise RuntimeError("half way")', "half way"),
        ('op.create_table("half", sa.Column("id", sa.Integer()))\n    op.execute("nonsense")', ""),
    ],
    ids=[
        "all of a table",
        "the audit",
        "children too",
        "what others point to",
        "a mistake",
        "an error",
        "an error after a table",
    ],
)
def test_a_migration_that_would_lose_rows_or_fails_changes_nothing(
    move: Move, seeded: Ports, steps: str, says: str
) -> None:
    before = row_counts(seeded)
    with pytest.raises(Exception, match=says or None):
        move("later", later=steps)
    assert row_counts(seeded) == before
    with seeded.store.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == REVISION
        assert session.execute(text("SELECT count(*) FROM endpoint WHERE tier = 'x'")).scalar() == 0
    assert "half" not in inspect(seeded.store.engine).get_table_names()


def test_on_sqlite_a_row_that_would_point_nowhere_stops_the_migration(
    database: Database, move: Move, seeded: Ports
) -> None:
    moved_away = "op.execute(\"UPDATE probe SET endpoint_id = 'nobody'\")"
    with pytest.raises(Exception, match="pointing nowhere" if database.kind == "sqlite" else "foreign key"):
        move("later", later=moved_away)
    with seeded.store.read() as session:
        assert session.execute(text("SELECT count(*) FROM probe WHERE endpoint_id = 'nobody'")).scalar() == 0


def test_two_that_migrate_at_once_do_it_once(database: Database, move: Move) -> None:
    move("base", down=True)

    # Alembic keeps what it works on in a module, so two at once are two processes.
    migrate = f"from tests.fixtures.schema import create_schema; create_schema({database.url!r})"
    both = [subprocess.Popen([sys.executable, "-c", migrate], cwd=ROOT) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    engine = engine_of(database)
    assert tables(engine) == {"alembic_version", *metadata.tables}
    engine.dispose()


def release_tags() -> list[str]:
    """The tags of this checkout; none where it is no checkout."""
    done = subprocess.run(["git", "tag"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split()


@pytest.mark.parametrize("tag", [*release_tags(), "HEAD"])
def test_the_database_of_every_release_is_one_that_the_walk_below_upgrades(tag: str) -> None:
    shown = subprocess.run(["git", "show", f"{tag}:app/models/schema.py"], cwd=ROOT, capture_output=True, text=True)
    found = re.search(r'REVISION = "(\w+)"', shown.stdout)
    assert found, "this tag says no revision"
    assert found[1] in revisions()
    if tag != "HEAD":
        # What a release migrated with is never changed, so the same revision is the same database.
        changed = ["git", "diff", "--diff-filter=MDR", "--name-only", tag, "--", "migrations/versions"]
        done = subprocess.run(changed, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == ""


@pytest.mark.every_database
def test_rows_of_every_revision_come_up_down_and_up_again(
    database: Database, move: Move, soak: Callable[[int], int]
) -> None:
    move("base", down=True)
    engine = engine_of(database)
    number = soak(200)
    for before, revision in pairwise(["base", *revisions()]):
        stored = rows.everything(engine)
        move(revision)
        up = rows.everything(engine)
        assert rows.changed(stored, up) == []
        rows.fill(engine, number)
        move(before, down=True)
        assert rows.everything(engine) == stored
        move(revision)
        assert rows.everything(engine) == up
        rows.fill(engine, number)
    assert rows.empty(engine) == []
    engine.dispose()
