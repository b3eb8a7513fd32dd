"""Rows that are stored many at once read like those that are stored one by one."""

import json
from datetime import timedelta, timezone

import pytest
from sqlalchemy import select

from app.lib import clock
from app.models import bulk
from app.models.bulk import Written
from app.models.catalogue import CatalogueModel, EntryChange, Pairing, Report
from app.services.ports import Ports
from tests.fixtures.bare import ports

__all__ = ["ports"]
pytestmark = pytest.mark.every_database
ANSWERS = {"duo_chat": "works", "caf\u00e9 \u2028": "notes"}
EVIDENCE = {"steps": [{"figures": {"seconds": 0.1, "tokens": 2**53}}]}


def test_many_rows_read_like_single_ones(ports: Ports) -> None:
    at = clock.now().astimezone(timezone(timedelta(hours=5)))
    common = {"installation": "x", "answers": ANSWERS, "grade": 2, "at": at}
    with ports.store.write() as session:
        # Not stored before the rows that need it unless the session is flushed.
        session.add(CatalogueModel(slug="m", name="M", name_key="m", family="other"))
        bulk.insert(session, "pairing", [{"model_slug": "m", "host": host, "name_key": "m"} for host in "ab"])
        first, second = session.scalars(select(Pairing.id).order_by(Pairing.host))
        reports = [common | {"pairing_id": first, "evidence": Written(json.dumps(EVIDENCE))}]
        bulk.insert(session, "report", [*reports, common | {"pairing_id": second, "evidence": None}])
        bulk.insert(session, "entry_change", [{"at": at, "pairing_id": first, "title": "M", "what": "added"}])
        bulk.insert(session, "report", [])
        session.add(Pairing(model_slug="m", host="c", name_key="m"))
    with ports.store.read() as session:
        rows = session.scalars(select(Pairing).order_by(Pairing.host)).all()
        names = [each.name for each in Pairing.__table__.columns if each.name not in _OWN]
        assert len({str([getattr(row, name) for name in names]) for row in rows}) == 1
        assert len({row.number for row in rows}) == 3
        found = {row.pairing_id: row for row in session.scalars(select(Report))}
        assert (found[first].answers, found[first].evidence, found[first].at) == (ANSWERS, EVIDENCE, at)
        assert (found[second].evidence, found[second].state) == (None, "live")
        assert session.scalars(select(Report.id).where(Report.evidence.is_(None))).all() == [found[second].id]
        assert session.scalars(select(EntryChange)).one().changes == {}


_OWN = ("id", "host", "number", "created_at", "updated_at")


def test_each_row_is_changed_by_its_id(ports: Ports) -> None:
    with ports.store.write() as session:
        session.add(CatalogueModel(slug="m", name="M", name_key="m", family="other"))
        bulk.insert(
            session, "pairing", [{"id": each, "model_slug": "m", "host": each, "name_key": "m"} for each in "ab"]
        )
        bulk.change(
            session, "pairing", [{"id": "b", "votes": 3, "answers": ANSWERS}, {"id": "a", "votes": 1, "answers": {}}]
        )
        bulk.change(session, "pairing", [])
    with ports.store.read() as session:
        stored = session.execute(select(Pairing.id, Pairing.votes, Pairing.answers).order_by(Pairing.id)).all()
    assert stored == [("a", 1, {}), ("b", 3, ANSWERS)]
