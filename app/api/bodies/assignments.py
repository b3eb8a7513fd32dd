"""What a feature is given, as it is sent and as it is told."""

from typing import Literal

from pydantic import Field

from app.api.bodies.common import Id, Stored, Taken, Told
from app.domain import notices
from app.domain.assignments import Change, Link, State
from app.domain.errors import Invalid
from app.domain.tiers import Tier
from app.queries.assignments import AssignmentDetail

StateWord = Literal["unassigned", "disabled", "managed", "endpoint"]
NO_STATE = "Say what the feature is given: endpoint, managed, disabled or unassigned."
NOT_BOTH = "Leave the endpoint out, or give the state endpoint."


class LinkFields(Taken):
    """A further endpoint; without a family it keeps its own."""

    endpoint_id: Id
    family: str | None = None


class AssignmentFields(Taken):
    """What the feature shall be given. The state may be left out where an endpoint is named; fallbacks that are left
    out stay as long as the endpoint does.
    """

    state: StateWord | None = None
    endpoint_id: Id | None = None
    family: str | None = None
    fallbacks: list[LinkFields] | None = None
    acknowledged: bool = Field(False, description="The notice of the tier was taken note of.")

    def change(self, feature: str, version: int | None) -> Change:
        """As the service takes it; raises Invalid where it contradicts itself."""
        state = self.state or ("endpoint" if self.endpoint_id else None)
        if state is None:
            raise Invalid({"state": (NO_STATE,)})
        if self.endpoint_id and state != "endpoint":
            raise Invalid({"endpoint_id": (NOT_BOTH,)})
        links = self.fallbacks
        return Change(
            feature=feature,
            version=version,
            state=State(state),
            endpoint_id=self.endpoint_id or "",
            acknowledged=self.acknowledged,
            family=self.family or "",
            fallbacks=None if links is None else tuple(Link(each.endpoint_id, each.family or "") for each in links),
        )


class LinkAnswer(Told):
    """A fallback with its standing for this feature; `family` is null where it keeps its own."""

    endpoint_id: str
    name: str
    family: str | None
    enabled: bool
    tier: str
    readiness: str


class AssignmentAnswer(Stored):
    """What a feature is given. One that nobody touched is at version 0."""

    feature: str
    state: StateWord
    endpoint_id: str | None
    endpoint_name: str
    family: str | None = Field(description="Chosen for this feature; null where the endpoint keeps its own.")
    fallbacks: list[LinkAnswer]
    tier: str
    level: str
    readiness: str
    notice: str = Field(description="What the tier does not promise; empty for a supported one.")
    note_due: bool = Field(description="Whether the notice has to be acknowledged, for the first time or again.")
    changed_by: str

    @classmethod
    def of(cls, detail: AssignmentDetail) -> "AssignmentAnswer":
        """A record as it is answered."""
        plain = ("feature", "version", "endpoint_name", "tier", "level", "readiness", "note_due", "changed_by")
        times = ("created_at", "updated_at")
        links = [
            LinkAnswer(
                endpoint_id=each.endpoint_id,
                name=each.name,
                family=each.override or None,
                enabled=each.enabled,
                tier=each.tier,
                readiness=each.readiness,
            )
            for each in detail.fallbacks
        ]
        return cls.model_validate(
            {name: getattr(detail, name) for name in (*plain, *times)}
            | {
                "id": detail.feature,
                "state": detail.state,
                "endpoint_id": detail.endpoint_id or None,
                "family": detail.family or None,
                "fallbacks": links,
                "notice": notices.notice(Tier(detail.tier)) if detail.tier else "",
            }
        )
