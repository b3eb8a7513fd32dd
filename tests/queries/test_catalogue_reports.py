"""What stands behind an entry: its reports and its history."""

from app.lib import clock
from app.models.catalogue import Installation, Report
from app.queries import catalogue_history, catalogue_reports
from app.services import catalogue_entries
from app.services.ports import Ports
from tests.fixtures import crowds


def test_reports_are_read_newest_first_and_page_by_page(ports: Ports) -> None:
    ids = crowds.fill(ports.store, clock.now(), pairings=1, reports=40, votes=0)
    first = catalogue_reports.page_of(ports.store, ids[0], size=20)
    second = catalogue_reports.page_of(ports.store, ids[0], first.next, size=20)
    found = [*first.rows, *second.rows]
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert (len(found), second.next) == (36, None)
    assert {each.installation_label for each in found} >= {"Installation 1", f"{2:040x}"[:8]}
    assert catalogue_reports.page_of(ports.store, ids[0], "gone").rows == ()


def test_a_report_of_an_installation_that_nobody_took_in_is_not_trusted(ports: Ports) -> None:
    with ports.store.write() as session:
        row = catalogue_entries.obtain(ports, session, "Granite", "vllm", "", "other")
        session.add(Installation(id="us", public_key="", is_self=True, trusted=True, first_seen_at=ports.clock()))
        for who in ("us", "stranger"):
            session.add(Report(pairing_id=row.id, installation=who, answers={}, grade=1, at=ports.clock()))
    found = {each.installation: each for each in catalogue_reports.page_of(ports.store, row.id).rows}
    assert (found["us"].here, found["us"].trusted, found["us"].has_evidence) == (True, True, False)
    assert (found["stranger"].here, found["stranger"].trusted) == (False, False)
    own = catalogue_reports.own(ports.store, row.id)
    assert own == found["us"]
    assert found["us"].evidence is None


def test_history_goes_on_where_the_last_page_ended(ports: Ports) -> None:
    with ports.store.write() as session:
        row = catalogue_entries.obtain(ports, session, "Granite", "vllm", "", "other")
        for number in range(4):
            catalogue_entries.note(ports, session, row, "Granite", "tier", "", {"n": [None, number]})
    first = catalogue_history.page_of(ports.store, row.id, size=3)
    second = catalogue_history.page_of(ports.store, row.id, first.next, size=3)
    assert [each.changes.get("n", [0, -1])[1] for each in (*first.rows, *second.rows)] == [3, 2, 1, 0, -1]
    assert second.next is None
