"""What an entry's page shows of its discussion: a page of comments, and the form for the next one."""

from dataclasses import dataclass

from app.queries import comments as query
from app.queries.comments import CommentRecord, Comments
from app.web.access import current_actor
from app.web.context import ports
from app.web.forms.comments import CommentForm

PAGE = 50


@dataclass(frozen=True, slots=True)
class Talk:
    """Comments of an entry, the oldest first, from the one behind `after` on; `next` leads to the later ones.

    `number` counts all that stand. The form is for the end of the discussion alone.
    """

    rows: tuple[CommentRecord, ...]
    number: int
    after: str
    next: str | None
    form: CommentForm


def talk_of(pairing_id: str, after: str = "", form: CommentForm | None = None) -> Talk:
    """A page of an entry's discussion, in two statements and one more for a later page."""
    store = ports().store
    found = query.page_of(store, pairing_id, current_actor().key, after or None, PAGE)
    return talk(found, query.count(store, pairing_id), after, form)


def talk(found: Comments, number: int, after: str = "", form: CommentForm | None = None) -> Talk:
    """The same from what was read already."""
    return Talk(found.rows, number, after, found.next, form or CommentForm())
