"""A vote as it is cast and as it is told."""

from collections.abc import Mapping

from app.api.bodies.catalogue import KindWord
from app.api.bodies.common import Asked, Id, Taken, Told
from app.domain.errors import Invalid


class VoteFields(Taken):
    """For which entry, and what is said of it: want that GitLab supports it, or that it works."""

    entry_id: Id
    kind: KindWord


class VoteNamed(Taken):
    """The vote that is taken back, for who names it in the body."""

    entry_id: Id = ""
    kind: str = ""


class VoteAsked(Asked):
    """The vote that is taken back, for who names it in the address: not everything on the way lets a body through."""

    entry_id: Id = ""
    kind: str = ""

    def or_in(self, body: VoteNamed) -> tuple[str, str]:
        """Entry and kind, of which the address goes first; raises Invalid where one is missing."""
        named = {"entry_id": self.entry_id or body.entry_id, "kind": self.kind or body.kind}
        if missing := {name: ("This is needed.",) for name, value in named.items() if not value}:
            raise Invalid(missing)
        return named["entry_id"], named["kind"]


class VotesAsked(Asked):
    """The entry whose votes are meant, by its id."""

    entry: Id = ""


class VotesAnswer(Told):
    """The votes for an entry, those of other installations among them; `own_votes` are of the person that acts."""

    entry_id: str
    votes: int
    votes_by_kind: dict[str, int]
    own_votes: list[KindWord]

    @classmethod
    def of(cls, entry_id: str, counts: Mapping[str, int], own: frozenset[str]) -> "VotesAnswer":
        """Counts as they are answered."""
        return cls.model_validate(
            {
                "entry_id": entry_id,
                "votes": sum(counts.values()),
                "votes_by_kind": dict(counts),
                "own_votes": sorted(own),
            }
        )
