"""A proposal as it is made, decided and told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api.bodies.common import Id, Paged, Plain, Stored, Taken, Told
from app.domain.proposals import Difference, Kind, ProposalDraft
from app.queries.proposals import ProposalRecord

KindWord = Literal["model", "platform", "correction"]
StateWord = Literal["open", "asked", "accepted", "declined"]
FieldValue = Plain | bool | int | float | None | dict[Plain, Plain]


class ProposalsAsked(Paged):
    """Admins see the queue of one state; everybody, and an admin who asks for it, what they proposed themselves."""

    state: Literal["open", "asked", "accepted", "declined"] = Field("open", description="Of the queue.")
    mine: bool = False


class NewProposal(Taken):
    """What is proposed, in the fields that the form of its kind has; a correction names its entry."""

    kind: KindWord
    fields: dict[Plain, FieldValue]
    entry_id: Id = ""

    def draft(self) -> ProposalDraft:
        """As the rules take it."""
        return ProposalDraft(Kind(self.kind), self.fields, self.entry_id)


class Decision(Taken):
    """What becomes of a proposal; `words` are the question, or the reason for declining it."""

    decision: Literal["accept", "decline", "ask"]
    words: Plain = ""


class ProposalWords(Taken):
    """What its author says to a moderator's question."""

    answer: Plain


class DifferenceAnswer(Told):
    """A field of a correction: as its author saw it, as it stands now, and as it is proposed."""

    name: str
    label: str
    before: Any
    now: Any
    after: Any


class ProposalAnswer(Stored):
    """A proposal. `reason` is a moderator's question or reason, `answer` what its author said to the question.

    `entry_id` is the entry that it concerns or became; `votes` are for that one. `own`: the token made it.
    """

    kind: KindWord
    title: str
    fields: dict[str, Any]
    own: bool
    person_name: str
    state: StateWord
    reason: str
    answer: str
    decided_by: str
    decided_at: datetime | None
    entry_id: str | None
    host: str | None
    slug: str | None
    variant: str | None
    votes: int

    @classmethod
    def of(cls, record: ProposalRecord, reader: str) -> "ProposalAnswer":
        """A record as it is answered to `reader`, a person's key."""
        return cls(**_values(record, reader))


class ProposalDetail(ProposalAnswer):
    """A proposal with what it would change, where it is a correction."""

    changes: list[DifferenceAnswer]

    @classmethod
    def with_changes(cls, record: ProposalRecord, reader: str, changes: Iterable[Difference]) -> "ProposalDetail":
        """A record and what it changes, as they are answered."""
        return cls(**_values(record, reader), changes=[DifferenceAnswer.model_validate(each) for each in changes])


def _values(record: ProposalRecord, reader: str) -> dict[str, Any]:
    plain = {name: getattr(record, name) for name in ProposalAnswer.model_fields.keys() - {"entry_id", "own"}}
    return plain | {"entry_id": record.pairing_id, "own": record.person == reader}
