"""Comments: written, put right, removed, looked after."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.comments import PER_MINUTE
from app.domain.errors import Busy, Conflict, Invalid, NotFound, RoleMissing
from app.domain.roles import Actor
from app.queries import comments as queries
from app.services import catalogue_entries, comments
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import audit_rows

TEXT = "65,536 and a cache in FP8. <b>Stable</b> for three weeks."


@pytest.fixture
def entry(ports: Ports) -> str:
    """An entry to speak of."""
    with ports.store.write() as session:
        return catalogue_entries.obtain(ports, session, "Granite 9 12B", "vllm", "", "other").id


class Later:
    """A clock that a test moves."""

    def __init__(self, ports: Ports) -> None:
        self.now = ports.clock()

    def __call__(self) -> datetime:
        return self.now


def test_a_viewer_comments_and_everybody_reads_it(ports: Ports, vi: Actor, entry: str) -> None:
    comment_id = comments.add(ports, vi, entry, f"  {TEXT}\r\n")
    (found,) = queries.page_of(ports.store, entry).rows
    assert (found.id, found.text, found.person_name, found.version) == (comment_id, TEXT, "Vi Viewer", 1)
    assert (found.host, found.slug, found.model) == ("vllm", "granite-9-12b", "Granite 9 12B")
    assert queries.count(ports.store, entry) == 1
    (row,) = audit_rows(ports.store, "comment:create")
    assert (row.object_id, row.object_name, row.role) == (comment_id, "Granite 9 12B", "viewer")


def test_bad_texts_and_missing_entries_write_nothing(ports: Ports, vi: Actor, entry: str) -> None:
    with pytest.raises(Invalid):
        comments.add(ports, vi, entry, " ")
    with pytest.raises(NotFound):
        comments.add(ports, vi, "nowhere", TEXT)
    assert queries.count(ports.store, entry) == 0


def test_only_the_author_edits_and_only_what_was_seen(ports: Ports, vi: Actor, ada: Actor, entry: str) -> None:
    comment_id = comments.add(ports, vi, entry, TEXT)
    with pytest.raises(NotFound):
        comments.edit(ports, ada, comment_id, 1, "Mine now")
    comments.edit(ports, vi, comment_id, 1, "Four weeks by now.")
    with pytest.raises(Conflict) as stale:
        comments.edit(ports, vi, comment_id, 1, "Three after all.")
    assert stale.value.theirs.text == "Four weeks by now."
    found = queries.comment(ports.store, comment_id)
    assert found
    assert (found.version, found.edited_at is not None) == (2, True)


def test_an_unchanged_text_is_no_edit(ports: Ports, vi: Actor, entry: str) -> None:
    comment_id = comments.add(ports, vi, entry, TEXT)
    comments.edit(ports, vi, comment_id, None, TEXT)
    found = queries.comment(ports.store, comment_id)
    assert found
    assert (found.version, found.edited_at) == (1, None)


def test_of_a_removed_comment_the_place_stays_and_the_text_goes(
    ports: Ports, vi: Actor, ed: Actor, ada: Actor, entry: str
) -> None:
    first, second = (comments.add(ports, vi, entry, text) for text in ("Rude words", "A question"))
    with pytest.raises(NotFound):
        comments.remove(ports, ed, first)
    comments.remove(ports, ada, first)
    comments.remove(ports, vi, second, 1)
    found = queries.page_of(ports.store, entry).rows
    assert [(each.text, each.removed_by) for each in found] == [("", "Ada Admin"), ("", "Vi Viewer")]
    assert queries.count(ports.store, entry) == 0
    with pytest.raises(NotFound):
        comments.edit(ports, vi, first, None, "Again")
    assert "Rude words" not in str([row.changes for row in audit_rows(ports.store, "comment:delete")])


def test_removing_what_was_edited_since_is_a_conflict(ports: Ports, vi: Actor, ada: Actor, entry: str) -> None:
    comment_id = comments.add(ports, vi, entry, TEXT)
    comments.edit(ports, vi, comment_id, 1, "Nicer words")
    with pytest.raises(Conflict):
        comments.remove(ports, ada, comment_id, 1)
    assert queries.count(ports.store, entry) == 1


def test_a_person_flags_once_and_may_take_it_back(ports: Ports, vi: Actor, ed: Actor, entry: str) -> None:
    comment_id = comments.add(ports, vi, entry, TEXT)
    for actor in (ed, ed, vi):
        comments.flag(ports, actor, comment_id, True)
    (found,) = queries.flagged(ports.store, ed.key).rows
    assert (found.id, found.flags, found.flagged, found.version) == (comment_id, 2, True, 1)
    comments.flag(ports, vi, comment_id, False)
    comments.flag(ports, vi, comment_id, False)
    (found,) = queries.flagged(ports.store, vi.key).rows
    assert (found.flags, found.flagged) == (1, False)
    assert [len(audit_rows(ports.store, f"comment:{verb}")) for verb in ("flag", "unflag")] == [2, 1]


def test_a_moderator_dismisses_or_removes(ports: Ports, vi: Actor, ed: Actor, ada: Actor, entry: str) -> None:
    kept, gone = (comments.add(ports, vi, entry, text) for text in ("Fair", "Foul"))
    for comment_id in (kept, gone):
        comments.flag(ports, ed, comment_id, True)
    with pytest.raises(RoleMissing):
        comments.dismiss(ports, ed, kept)
    assert queries.flagged_count(ports.store) == 2
    comments.dismiss(ports, ada, kept)
    comments.remove(ports, ada, gone)
    assert (queries.flagged_count(ports.store), queries.count(ports.store, entry)) == (0, 1)


def test_more_than_a_few_a_minute_have_to_wait(ports: Ports, vi: Actor, ed: Actor, entry: str) -> None:
    clock = Later(ports)
    ports = replace(ports, clock=clock)
    for number in range(PER_MINUTE):
        comments.add(ports, vi, entry, f"Comment {number}")
        clock.now += timedelta(seconds=1)
    with pytest.raises(Busy) as busy:
        comments.add(ports, vi, entry, "One more")
    assert busy.value.retry_after == 60 - PER_MINUTE
    comments.add(ports, ed, entry, "Somebody else may")
    clock.now += timedelta(seconds=busy.value.retry_after)
    comments.add(ports, vi, entry, "One more")


def test_pages_go_on_where_the_last_one_ended(ports: Ports, vi: Actor, entry: str) -> None:
    clock = Later(ports)
    ports = replace(ports, clock=clock)
    written = []
    for number in range(7):
        written.append(comments.add(ports, vi, entry, f"Comment {number}"))
        clock.now += timedelta(minutes=1)
    first = queries.page_of(ports.store, entry, size=3)
    comments.remove(ports, vi, written[2])
    with statements(ports.store) as sent:
        second = queries.page_of(ports.store, entry, cursor=first.next, size=3)
    assert len(sent) == 2
    third = queries.page_of(ports.store, entry, cursor=second.next, size=3)
    assert [each.id for page in (first, second, third) for each in page.rows] == written
    assert third.next is None
    assert queries.page_of(ports.store, entry, cursor="gone").rows == ()
