"""What the bodies share: strict reading, the marks of every object, lists and problems."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Item = TypeVar("Item")
LIMIT = 25
LIMIT_MAX = 100


def _plain(text: str) -> str:
    """Half characters and NUL can be neither stored nor searched for."""
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("Remove the invisible characters.")
    return text


Plain = Annotated[str, AfterValidator(_plain)]
Id = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]


class Taken(BaseModel):
    """A body or query that is read: no value is bent into another type, no unknown name is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Asked(BaseModel):
    """Parameters of an address, which are all texts to begin with."""

    model_config = ConfigDict(extra="forbid")


class Paged(Asked):
    """What every list takes."""

    limit: int = Field(LIMIT, ge=1, le=LIMIT_MAX, description="How many at most.")
    cursor: str = Field("", max_length=4096, description="`next` of the page before.")


class Told(BaseModel):
    """A value that is answered."""

    model_config = ConfigDict(from_attributes=True)


class Stored(Told):
    """The marks of every object; `version` is its ETag, too."""

    id: str
    version: int
    created_at: datetime | None
    updated_at: datetime | None


class Shipped(Stored):
    """A fact that comes with Modelport: it was never made here, and its version is that of all facts."""

    created_at: None = None
    updated_at: None = None


class ListOf(Told, Generic[Item]):
    """One page of a list; `next` is the cursor of the one after, null at the end."""

    items: list[Item]
    next: str | None = None


class Problem(BaseModel):
    """Problem details (RFC 9457). `errors` holds sentences by field; a dot stands between a field and what is in it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: dict[str, list[str]] | None = None
    notice: str | None = None
    uses: list[str] | None = None
    retry_after: int | None = None
    current_version: int | None = None
