"""A connection test as it is asked for and as it is told."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api.bodies.common import Id, Stored, Taken, Told
from app.api.bodies.endpoints import EndpointFields
from app.domain.steps import Depth
from app.queries.probes import ProbeRecord

DepthWord = Literal["quick", "full"]


class NewProbe(Taken):
    """How far the test goes."""

    depth: DepthWord = "quick"


class DraftProbe(EndpointFields):
    """Values to test that are not saved. With `endpoint_id` they are changes of that endpoint, whose secrets stand in
    for those that are left out, as long as they go to the same origin.
    """

    depth: DepthWord = "quick"
    endpoint_id: Id = ""


class FixAnswer(Told):
    """A change of one field that cures the step."""

    field: str
    value: str
    label: str = ""


class StepAnswer(Told):
    """One finished step. What failed, warned or was not judged has a code of the documented list and a remedy."""

    name: str
    outcome: Literal["passed", "warned", "failed", "unknown", "skipped"]
    milliseconds: float | None
    code: str
    message: str
    cause: str
    remedy: str
    fix: FixAnswer | None
    figures: dict[str, Any]


class ProbeAnswer(Stored):
    """A test with the steps that have ended, in order. Its version is 1 while it runs and 2 from then on."""

    endpoint_id: str | None
    depth: DepthWord
    verdict: Literal["running", "passed", "warned", "failed", "unknown"]
    summary: str
    target: str
    person_name: str
    started_at: datetime
    finished_at: datetime | None
    steps: list[StepAnswer] = Field(description="In the order they ran; more are added while the test runs.")

    @classmethod
    def of(cls, record: ProbeRecord) -> "ProbeAnswer":
        """A record as it is answered."""
        names = cls.model_fields.keys() & ProbeRecord.__dataclass_fields__.keys()
        plain = {name: getattr(record, name) for name in names if name != "steps"}
        return cls(
            **plain,
            version=1 if record.running else 2,
            created_at=record.started_at,
            updated_at=record.finished_at or record.started_at,
            steps=[StepAnswer.model_validate(step) for step in record.steps],
        )


def depth_of(word: DepthWord) -> Depth:
    """The word as the rules have it."""
    return Depth(word)
