"""The audit log, newest first."""

from flask import Blueprint

from app.api import cursors
from app.api.bodies.audit import AuditAnswer, AuditFilter
from app.api.bodies.common import ListOf
from app.api.context import ports
from app.api.operations import operation
from app.domain.roles import Role
from app.queries import audit as query

audit = Blueprint("audit", __name__)
KIND = "audit"


@audit.get("/audit")
@operation(Role.ADMIN, ListOf[AuditAnswer], query=AuditFilter)
def index(asked: AuditFilter) -> ListOf[AuditAnswer]:
    """List changes, the newest first."""
    older = int(cursors.read(KIND, asked.cursor)[0]) if asked.cursor else None
    page = query.page_of(ports().store, asked.filter(), older, size=asked.limit)
    following = cursors.write(KIND, page.older) if page.older is not None else None
    return ListOf[AuditAnswer](items=[AuditAnswer.of(row) for row in page.rows], next=following)
