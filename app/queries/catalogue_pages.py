"""All that an entry's page shows, in one read."""

from dataclasses import dataclass

from app.models.store import Store
from app.queries import catalogue, catalogue_reports, comments
from app.queries.catalogue import Entry
from app.queries.catalogue_reports import ReportRecord, Reports, Votes
from app.queries.comments import Comments


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with the first pages of what stands behind it; `own` is this installation's report."""

    entry: Entry
    reports: Reports
    own: ReportRecord | None
    votes: Votes
    comments: Comments
    comment_count: int


def shown(store: Store, host: str, slug: str, variant: str = "", reader: str = "") -> Shown | None:
    """An entry by its address, in six statements; `reader` is a person's key. None where there is none."""
    with store.read() as session:
        entry = catalogue.entry_in(session, host, slug, variant)
        if entry is None:
            return None
        return Shown(
            entry,
            catalogue_reports.page_in(session, entry.id),
            catalogue_reports.own_in(session, entry.id),
            catalogue_reports.votes_in(session, entry.id, reader),
            comments.page_in(session, entry.id, reader),
            comments.count_in(session, entry.id),
        )
