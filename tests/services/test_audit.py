"""One audit row per change, in the change's own transaction."""

import pytest
from sqlalchemy import select

from app.domain.roles import Actor
from app.lib import logs
from app.models.audit import AuditRow
from app.services import audit
from app.services.ports import Ports

SUBJECT = ("thing", "id-1", "A thing")


def rows(ports: Ports) -> list[AuditRow]:
    with ports.store.read() as session:
        return list(session.scalars(select(AuditRow).order_by(AuditRow.id)))


def test_a_row_says_who_did_what_to_which_object_in_which_request(ports: Ports, ada: Actor) -> None:
    token = logs.request_id.set("request-7")
    with ports.store.write() as session:
        audit.record(ports, session, ada, "thing:paint", SUBJECT, {"colour": ("red", "blue")})
    logs.request_id.reset(token)
    (row,) = rows(ports)
    assert (row.action, row.object_type, row.object_id, row.object_name) == ("thing:paint", *SUBJECT)
    assert (row.person, row.person_name, row.role, row.request_id) == (ada.key, "Ada Admin", "admin", "request-7")
    assert row.changes == {"colour": ["red", "blue"]}
    assert row.at.tzinfo


def test_a_change_that_fails_leaves_no_row(ports: Ports, ada: Actor) -> None:
    def change() -> None:
        with ports.store.write() as session:
            audit.record(ports, session, ada, "thing:break", SUBJECT)
            session.flush()
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 -- our own, from the line above
        change()
    assert rows(ports) == []


def test_rows_keep_the_order_of_the_changes(ports: Ports, ada: Actor) -> None:
    for number in range(3):
        with ports.store.write() as session:
            audit.record(ports, session, ada, f"thing:{number}", SUBJECT)
    assert [row.action for row in rows(ports)] == ["thing:0", "thing:1", "thing:2"]
    assert len({row.id for row in rows(ports)}) == 3


def test_only_fields_that_differ_are_changes() -> None:
    before = {"a": 1, "b": [1], "gone": "x"}
    assert audit.differences(before, {"a": 1, "b": [2], "new": None}) == {"b": ([1], [2])}
    assert audit.differences({}, {"a": "x"}) == {"a": (None, "x")}
