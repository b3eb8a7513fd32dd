"""Who uses PostgreSQL: portals together, or a restore alone; on SQLite a file beside the database says it."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from app.domain.errors import DatabaseAway
from app.lib import holds
from app.models import occupancy
from app.models.store import Store, prepare_engine


def test_a_restore_waits_for_the_last_portal_and_keeps_the_next_one_out(postgres_url: str) -> None:
    url = f"{postgres_url}/postgres"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    prepare_engine(engine)
    store = Store(engine)
    with store.read() as session:
        session.execute(text("SELECT 1"))
    with psycopg.connect(url) as restoring:
        # The connection is back in the pool, and its portal goes on.
        assert not occupancy.take_alone(restoring)
        engine.dispose()
        assert occupancy.take_alone(restoring)
        with pytest.raises(DatabaseAway, match="being restored"), store.read() as session:
            session.execute(text("SELECT 1"))
    with store.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_file_is_held_together_or_alone(tmp_path: Path) -> None:
    path = tmp_path / "database.lock"
    with holds.shared(path), holds.shared(path), pytest.raises(holds.Held), holds.alone(path):
        pass
    with holds.alone(path), pytest.raises(holds.Held), holds.shared(path):
        pass
    with holds.alone(path):
        pass
