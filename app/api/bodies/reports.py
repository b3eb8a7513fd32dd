"""A report as it is sent and as it is told."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from app.api.bodies.catalogue import Variant
from app.api.bodies.common import Id, Paged, Plain, Stored, Taken
from app.domain.ratings import Grade
from app.domain.reports import ReportDraft
from app.queries.catalogue_reports import ReportRecord


class ReportsAsked(Paged):
    """The entry whose reports are listed, by its id."""

    entry: Id = ""


class VersionFields(Taken):
    """What it ran on, as far as it is to be told."""

    server: Plain = ""
    quantisation: Plain = ""
    gpus: Plain = ""
    context: Plain = ""
    gitlab: Plain = ""


class ReportFields(Taken):
    """What was found. With `endpoint_id` what is left out comes from that endpoint's last test, which goes with it
    unless `attach` is false; without, model, host, family and answers are needed.
    """

    endpoint_id: Id = ""
    attach: bool = True
    model: Plain | None = Field(None, max_length=120, description="The catalogue's name of it, or a new one.")
    host: Plain | None = Field(None, max_length=64)
    family: Plain | None = Field(None, max_length=32)
    answers: dict[Plain, Plain] | None = Field(None, description="Features to works, notes or fails.")
    variant: Variant = ""
    note: Plain | None = None
    versions: VersionFields = VersionFields()
    air_gapped: bool = False

    def draft(self, begun: ReportDraft | None) -> ReportDraft:
        """As the rules take it; `begun` is what the endpoint's test says."""
        draft = begun or ReportDraft("", "", "")
        given = {name: getattr(self, name) for name in ("model", "host", "family", "answers", "note")}
        return replace(
            draft,
            **{name: value for name, value in given.items() if value is not None},
            variant=self.variant,
            versions=self.versions.model_dump(),
            air_gapped=self.air_gapped,
            probe_id=draft.probe_id if self.attach else "",
        )


class ReportAnswer(Stored):
    """A report that counts; it never changes, a later one takes its place. `here`: it is this installation's own.

    `grade`: a claim, tested (a test goes with it), or curated by those who keep the catalogue.
    """

    entry_id: str
    at: datetime
    installation: str
    installation_name: str
    here: bool
    trusted: bool
    person_name: str
    family: str
    answers: dict[str, str]
    versions: dict[str, Any]
    note: str
    grade: str
    has_evidence: bool

    @classmethod
    def of(cls, record: ReportRecord) -> "ReportAnswer":
        """A record as it is answered."""
        return cls(**report_values(record))


class ReportDetail(ReportAnswer):
    """A report with the test that goes with it: outcomes, codes and figures."""

    evidence: dict[str, Any] | None


def report_values(record: ReportRecord) -> dict[str, Any]:
    """The fields of a report's answer."""
    own = {"entry_id", "version", "created_at", "updated_at", "grade"}
    plain = {name: getattr(record, name) for name in ReportAnswer.model_fields.keys() - own}
    marks = {"version": 1, "created_at": record.at, "updated_at": record.at}
    return {**plain, **marks, "entry_id": record.pairing_id, "grade": Grade(record.grade).name.lower()}
