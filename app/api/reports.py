"""Reports on entries of the catalogue: list, one, send, take back."""

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf
from app.api.bodies.reports import ReportAnswer, ReportDetail, ReportFields, ReportsAsked, report_values
from app.api.catalogue import load
from app.api.context import ports
from app.api.operations import Located, operation
from app.domain.errors import NotFound
from app.domain.roles import Role
from app.queries import catalogue_reports as query
from app.queries.catalogue_reports import ReportRecord
from app.services import reports as service

reports = Blueprint("reports", __name__)


@reports.get("/reports")
@operation(Role.VIEWER, ListOf[ReportAnswer], query=ReportsAsked, problems=(404,))
def index(asked: ReportsAsked) -> ListOf[ReportAnswer]:
    """List the reports that count for an entry, the newest first."""
    entry_id = load(asked.entry).id
    kind = f"reports {entry_id}"
    last = str(cursors.read(kind, asked.cursor)[0]) if asked.cursor else None
    page = query.page_of(ports().store, entry_id, last, asked.limit)
    following = cursors.write(kind, page.next) if page.next else None
    return ListOf[ReportAnswer](items=[ReportAnswer.of(row) for row in page.rows], next=following)


@reports.post("/reports")
@operation(Role.EDITOR, ReportDetail, 201, body=ReportFields, located=True, problems=(404,))
def create(body: ReportFields) -> Located:
    """Report; it takes the place of this installation's last one on the entry."""
    begun = service.prefill(ports(), body.endpoint_id).draft if body.endpoint_id else None
    entry_id = service.report(ports(), current_actor(), body.draft(begun))
    record = query.own(ports().store, entry_id)
    if record is None:
        raise NotFound("The report was taken back at the same moment.")
    return Located(_told(record), url_for("reports.show", report_id=record.id))


@reports.get("/reports/<report_id>")
@operation(Role.VIEWER, ReportDetail)
def show(report_id: str) -> ReportDetail:
    """Read one report, its test included."""
    record = query.report(ports().store, report_id)
    if record is None:
        raise NotFound("There is no such report that counts.")
    return _told(record)


@reports.delete("/reports/<report_id>")
@operation(Role.EDITOR)
def withdraw(report_id: str) -> None:
    """Take one's own report back; an admin, any."""
    service.withdraw(ports(), current_actor(), report_id)


def _told(record: ReportRecord) -> ReportDetail:
    return ReportDetail(**report_values(record), evidence=dict(record.evidence) if record.evidence else None)
