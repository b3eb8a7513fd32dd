"""A followed catalogue as it is asked for and as it is told, and what a look at it found; no answer has a token."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from app.api.bodies.common import Plain, Taken, Told
from app.services.bundles import Choice

StateWord = Literal["new", "good", "waits", "failed"]
StandingWord = Literal["new", "known", "trusted", "rekeyed"]
TakingWord = Literal["new", "begun", "taken"]


class NewFollow(Taken):
    """Whose catalogue, and what lets us read it. Of an address that is followed already, a token takes the place of
    the one that is kept, an empty one takes it away, and none leaves it as it is.
    """

    address: Plain = Field(description="The other portal's address, or that of a bundle; https:// only.")
    token: Plain | None = Field(
        None, json_schema_extra={"writeOnly": True}, repr=False, description="A viewer's, of the other Modelport."
    )


class FollowAnswer(Told):
    """A followed catalogue. `state`: new before the first taking, good, waits for a look, or failed; of the last two
    `problem` says why and what to do.

    `name` and `fingerprint` are of the installation and key that were agreed to, empty and `due_at` null before that.
    """

    id: str
    address: str
    state: StateWord
    problem: str
    has_token: bool
    name: str
    fingerprint: str
    checked_at: datetime | None
    taken_at: datetime | None
    due_at: datetime | None = Field(description="When it is fetched by itself again.")


class LookAnswer(Told):
    """What is at an address and what taking it would change, or what a taking changed.

    `content` and `fingerprint` are what an agreement names. `standing` of the installation that signed it: new, known,
    trusted, or rekeyed where it is known with another key. `state`: whether this bundle was taken before.
    """

    digest: str
    content: str
    installation: str
    name: str
    fingerprint: str
    standing: StandingWord
    made_at: datetime
    lines: int = Field(description="Entries in the bundle.")
    state: TakingWord
    counts: Mapping[str, int]
    left_out: Mapping[str, int] = Field(description="Entries by the reason why they cannot be taken.")


class Agreement(Taken):
    """What was looked at, by `content` and `fingerprint` of the look, and how it is taken."""

    content: Plain
    signer: Plain = Field(description="The fingerprint of the key that signed it.")
    trust: bool = Field(False, description="Trust the installation: its reports may lift a tier.")
    again: bool = Field(False, description="Take new reports also where one of theirs was refused here.")

    def choice(self) -> Choice:
        """As the service takes it."""
        return Choice(trust=self.trust, again=self.again)
