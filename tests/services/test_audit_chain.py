"""The audit log proves that nothing was altered, and no change happens that it cannot prove."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import NoResultFound

from app.domain.audit_chain import BEGIN, COVERED, CUT, NEW_KEY, read_head
from app.domain.roles import Actor
from app.lib import clock, logs
from app.lib.sealed import Sealer
from app.models.audit import AuditCut, AuditHead, AuditRow
from app.models.store import Store
from app.services import audit, audit_chain, audit_retention, endpoints
from app.services.audit_verify import verify, verify_when_due
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint, audit_rows

FOREIGN = "another ring's key that is long enough 57"
OWN = "a key of the tests that is long enough"


def note(ports: Ports, actor: Actor, *names: str) -> None:
    """An entry for each name, each in a transaction of its own."""
    for name in names:
        with ports.store.write() as session:
            subject = ("thing", name, f"Thing {name}")
            audit.record(ports, session, actor, "thing:paint", subject, {"colour": (None, name)})


def forge(store: Store, *changes: str) -> None:
    """What somebody does who may do anything to the database, and has no key."""
    with store.write() as session:
        if store.is_sqlite:
            for name in ("audit_row_stays", "audit_row_remains"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            session.execute(text("ALTER TABLE audit_row DISABLE TRIGGER USER"))
        for change in changes:
            session.execute(text(change))


def renumbered(*pairs: tuple[int, int]) -> list[str]:
    """Statements that give rows other numbers, one after the other."""
    return [f"UPDATE audit_row SET seq = {after} WHERE seq = {before}" for before, after in pairs]  # noqa: S608


def copied(seq: str, hashes: str = "hash, hash") -> str:
    """A statement that adds a row like the sixth."""
    same = ", ".join(name for name in COVERED if name != "seq")
    put = f"INSERT INTO audit_row (seq, {same}, previous, hash)"
    return f"{put} SELECT {seq}, {same}, {hashes} FROM audit_row WHERE seq = 6"  # noqa: S608


FAKE_CUT = "INSERT INTO audit_cut (id, at, seq, hash) SELECT 1, at, seq, hash FROM audit_row WHERE seq = 2"
# What is done to six entries, the first that is wrong then, and what is said of it.
FORGERIES = {
    "an edit": (["UPDATE audit_row SET person_name = 'Nobody' WHERE seq = 3"], 3, "was changed after it was written"),
    "edited values": (["UPDATE audit_row SET changes = '{}' WHERE seq = 2"], 2, "was changed"),
    "another time": (["UPDATE audit_row SET at = '2020-01-01 00:00:00' WHERE seq = 4"], 4, "was changed"),
    "one deleted": (["DELETE FROM audit_row WHERE seq = 3"], 3, "Entry 3 is missing"),
    "the first deleted": (["DELETE FROM audit_row WHERE seq = 1"], 1, "Entry 1 is missing"),
    "a gap closed": (
        ["DELETE FROM audit_row WHERE seq = 3", *renumbered((4, 3), (5, 4), (6, 5))],
        3,
        "does not follow",
    ),
    "two changed places": (renumbered((2, 90), (3, 2), (90, 3)), 2, "does not follow"),
    "one added": ([copied("7"), "UPDATE audit_head SET seq = 7"], 7, "or was written without the key"),
    "one added behind the head": ([copied("7")], 7, "behind the head"),
    "one added without a number": ([copied("NULL", "'', ''")], None, "before the chain"),
    "the end cut off": (["DELETE FROM audit_row WHERE seq > 4"], 5, "Entry 5 is missing: the log ends before"),
    "a cut that nobody made": ([FAKE_CUT, "DELETE FROM audit_row WHERE seq <= 2"], 2, "no entry tells of it"),
    "the head taken away": (["DELETE FROM audit_head"], None, "is gone"),
}
TABLES = tuple(each.__table__ for each in (AuditRow, AuditHead, AuditCut))


def test_what_is_done_behind_the_portals_back_is_found(ports: Ports, ada: Actor) -> None:
    note(ports, ada, *"abcdef")
    with ports.store.read() as session:
        kept = {table: session.execute(select(table)).mappings().all() for table in TABLES}
    for forgery, (changes, wrong, said) in FORGERIES.items():
        assert verify(ports).sentence == "The chain holds: 6 entries, up to number 6."
        forge(ports.store, *changes)
        found = verify(ports).broken
        assert found is not None, forgery
        assert (found.seq, said in found.sentence) == (wrong, True), f"{forgery}: {found}"
        with ports.store.write() as session:
            for table, rows in kept.items():
                session.execute(delete(table))
                if rows:
                    session.execute(insert(table), [dict(row) for row in rows])


def test_what_is_cut_off_with_its_head_shows_by_an_anchor_alone(ports: Ports, ada: Actor) -> None:
    note(ports, ada, *"abcdef")
    anchor = read_head(audit_chain.head_of(ports).text)
    with ports.store.read() as session:
        fourth = session.scalar(select(AuditRow.hash).where(AuditRow.seq == 4))
    forge(ports.store, "DELETE FROM audit_row WHERE seq > 4")
    with ports.store.write() as session:
        session.execute(update(AuditHead).values(seq=4, hash=fourth))
    assert verify(ports).holds
    cut_off = verify(ports, anchor)
    assert "Entry 5 is missing: the anchor knows the log up to 6" in cut_off.sentence
    note(ports, ada, *"xyz")
    assert verify(ports).holds
    written_anew = verify(ports, anchor)
    assert written_anew.broken is not None
    assert (written_anew.broken.seq, "written anew" in written_anew.sentence) == (6, True)
    assert verify(ports, audit_chain.head_of(ports)).holds


def test_an_entry_says_from_where_and_in_which_session(ports: Ports, ada: Actor) -> None:
    token = logs.client_address.set("192.0.2.7")
    note(ports, replace(ada, session_id="0123456789abcdef" * 4), "a")
    logs.client_address.reset(token)
    note(ports, ada, "b")
    first, second = audit_rows(ports.store, "thing:paint")
    assert (first.session, first.address, second.session, second.address) == ("0123456789ab", "192.0.2.7", "", "")
    assert (first.seq, second.seq, second.previous) == (1, 2, first.hash)


def test_the_chain_is_locked_after_everything_else(ports: Ports, ada: Actor) -> None:
    first = add_endpoint(ports, ada)
    with statements(ports.store) as sent:
        endpoints.delete(ports, ada, first, 1)
    at = next(place for place, each in enumerate(sent) if "audit_head" in each)
    assert at > next(place for place, each in enumerate(sent) if "UPDATE revision" in each)
    assert all("audit_" in each for each in sent[at:])


def test_a_change_whose_entry_cannot_be_written_does_not_happen(ports: Ports, ada: Actor) -> None:
    forge(ports.store, "DELETE FROM audit_head")
    with pytest.raises(NoResultFound):
        add_endpoint(ports, ada)
    with ports.store.read() as session:
        assert session.execute(text("SELECT count(*) FROM endpoint")).scalar() == 0


def test_what_was_there_before_is_covered_by_the_first_entry(ports: Ports, ada: Actor) -> None:
    who = {"object_type": "x", "object_id": "x", "object_name": "x", "person": "p", "person_name": "p", "role": "admin"}
    with ports.store.write() as session:
        session.execute(insert(AuditRow), [{"at": ports.clock(), "action": f"a:{n}", **who} for n in range(3)])
    assert verify(ports).holds
    note(ports, ada, "a")
    (begin,) = audit_rows(ports.store, BEGIN)
    assert (begin.seq, begin.changes["earlier"][1][:18]) == (1, "3 entries, SHA-256")
    assert verify(ports).holds
    forge(ports.store, "UPDATE audit_row SET role = 'viewer' WHERE action = 'a:1'")
    assert "before the chain" in verify(ports).sentence


def test_without_its_key_the_log_goes_on_under_a_new_one_and_says_so(ports: Ports, ada: Actor) -> None:
    note(ports, ada, *"ab")
    lost = replace(ports, sealer=Sealer([FOREIGN]))
    note(lost, ada, *"cd")
    (said,) = audit_rows(ports.store, NEW_KEY)
    assert (said.seq, said.changes) == (3, {"key": [1, 2], "reason": [None, "unknown_key"]})
    verdict = verify(lost)
    assert (verdict.holds, verdict.broken, verdict.unreadable) == (False, None, ((1, 2),))
    both = replace(ports, sealer=Sealer([FOREIGN, OWN]))
    assert (verify(both).holds, verify(both).rows) == (True, 5)
    forge(ports.store, "UPDATE audit_row SET role = 'viewer' WHERE seq = 4")
    assert verify(lost).broken is not None


def test_what_is_old_goes_and_the_rest_still_proves_itself(
    ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_retention, "MOST_AT_ONCE", 2)
    old = replace(ports, clock=lambda: clock.now() - timedelta(days=40))
    note(old, ada, *"abcde")
    note(ports, ada, "new")
    anchor = audit_chain.head_of(ports)
    audit_retention.clear(ports, 0)
    audit_retention.clear(ports, 50)
    assert len(audit_rows(ports.store, "thing:paint")) == 6
    audit_retention.clear(ports, 30)
    audit_retention.clear(ports, 30)
    assert [row.object_id for row in audit_rows(ports.store, "thing:paint")] == ["new"]
    assert [row.changes["until"][1] for row in audit_rows(ports.store, CUT)] == [2, 4, 5]
    assert (verify(ports).holds, verify(ports, anchor).holds) == (True, True)
    with pytest.raises(Exception, match="neither changed nor deleted"), ports.store.write() as session:
        session.execute(text("DELETE FROM audit_row WHERE seq > 5"))
    forge(ports.store, "DELETE FROM audit_row WHERE seq = 6")
    assert "Entry 6 is missing" in verify(ports).sentence


def test_the_daily_check_is_noted_and_what_is_wrong_is_logged(
    ports: Ports, ada: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    audit_chain.tell_head(ports)
    assert "head" not in caplog.text, "there is none yet"
    note(ports, ada, *"ab")
    audit_chain.tell_head(ports)
    assert f"the audit log's head is {audit_chain.head_of(ports).text}" in caplog.text
    verify_when_due(ports)
    forge(ports.store, "UPDATE audit_row SET role = 'viewer' WHERE seq = 1")
    verify_when_due(ports)
    assert "does not hold" not in caplog.text, "it was checked less than a day ago"
    verify_when_due(replace(ports, clock=lambda: clock.now() + timedelta(days=2)))
    assert "the audit log does not hold: Entry 1 was changed" in caplog.text


@pytest.mark.parametrize("wrong", ["", "7", "7:abc", "x:" + "0" * 64, f"7:{'0' * 64}:"])
def test_an_anchor_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="a number, a colon and 64"):
        read_head(wrong)
