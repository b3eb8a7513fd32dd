"""A line of the audit log, and how the log is narrowed."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.api.bodies.common import Paged, Plain, Stored
from app.queries.audit import AuditRecord, Filter


class AuditFilter(Paged):
    """What is shown; days are UTC and included, `object` is an id or part of a name."""

    type: Plain = Field("", max_length=255)
    object: Plain = Field("", max_length=255)
    person: Plain = Field("", max_length=600)
    action: Plain = Field("", max_length=255)
    since: date | None = None
    until: date | None = None

    def filter(self) -> Filter:
        """As the queries take it."""
        # There must be a day after the last one.
        until = None if self.until == date.max else self.until
        return Filter(self.type, self.object, self.person, self.action, self.since, until)


class AuditAnswer(Stored):
    """One change; `changes` maps a field to before and after and never holds a secret.

    `seq` counts without gaps and is null for changes from before the chain; `hash` covers the fields and `previous`.
    """

    seq: int | None
    at: datetime
    action: str
    object_type: str
    object_id: str
    object_name: str
    person: str
    person_name: str
    role: str
    session: str
    address: str
    request_id: str
    changes: dict[str, list[Any]]
    previous: str
    hash: str

    @classmethod
    def of(cls, record: AuditRecord) -> "AuditAnswer":
        """A record as it is answered."""
        values = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
        marks = {"id": str(record.id), "version": 1, "created_at": record.at, "updated_at": record.at}
        return cls(**values | marks)
