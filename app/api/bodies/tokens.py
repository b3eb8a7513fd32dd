"""An API token as it is asked for and as it is told; its text is answered once, when it is made."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from app.api.bodies.common import Stored, Taken
from app.domain.limits import LIMIT_MAX
from app.domain.roles import Role
from app.domain.tokens import DAYS, DAYS_MAX, TokenDraft
from app.queries.api_tokens import TokenRecord
from app.services.api_tokens import version_of

LIMIT: JsonDict = {"minimum": 1, "maximum": LIMIT_MAX}
PER_MINUTE = "in a minute of the clock, for each feature by itself; null is without a limit."


class NewToken(Taken):
    """Either a role or features."""

    name: str = ""
    # Its limits are told to readers of the document; whether they are kept is the rules' to say.
    role: str = Field("", json_schema_extra={"enum": ["", *Role]})
    features: list[str] = Field(default_factory=list)
    days: int = Field(DAYS, json_schema_extra={"minimum": 1, "maximum": DAYS_MAX})
    requests_per_minute: int | None = Field(None, json_schema_extra=LIMIT, description=f"Requests {PER_MINUTE}")
    tokens_per_minute: int | None = Field(None, json_schema_extra=LIMIT, description=f"Tokens {PER_MINUTE}")

    def draft(self) -> TokenDraft:
        """As the rules take it."""
        return TokenDraft(**{**self.model_dump(), "features": tuple(self.features)})


class TokenAnswer(Stored):
    """A token without its secret; `public_id` is the part of its text that may be known. Revoking is its one change."""

    public_id: str
    name: str
    role: Literal["", "viewer", "editor", "admin"]
    features: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    maker_name: str
    maker_signed_in_at: datetime | None = Field(description="null for a maker who never signed in here.")
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: TokenRecord) -> "TokenAnswer":
        """A record as it is answered."""
        return cls(**_values(record))


class CreatedToken(TokenAnswer):
    """A new token with its text, which is not kept and cannot be read again."""

    token: str = Field(repr=False)

    @classmethod
    def with_text(cls, record: TokenRecord, text: str) -> "CreatedToken":
        """The one answer that holds it."""
        return cls(**_values(record), token=text)


def _values(record: TokenRecord) -> dict[str, object]:
    names = TokenAnswer.model_fields.keys() & TokenRecord.__dataclass_fields__.keys()
    return {name: getattr(record, name) for name in names} | {"version": version_of(record.revoked_at)}
