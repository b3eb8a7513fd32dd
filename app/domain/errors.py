"""The one tree of failures that a person or a client may be told about.

ModelportError
├── Invalid           422  a value does not fit its field
│   ├── AcknowledgementRequired  422  a tier below supported must be taken note of first
│   ├── Unsuitable    422  among several changes some do not suit
│   └── Duplicate     422  the catalogue has it already, or somebody proposed it
├── SignInRequired    401
├── TokenRefused      401  a program showed no token that is good
├── RoleMissing       403
├── StepUpRequired    403  the last proof of who it is was too long ago for this
├── NotFound          404
├── Conflict          409  somebody else changed the object first
├── InUse             409  the object still serves something
├── Busy              429  too much at once
├── Unavailable       503  a part Modelport needs does not answer
│   └── DatabaseAway  503  the database cannot be read or written just now
└── CallRefused       any  a feature call that is not answered, with a status and code of its own
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ModelportError(Exception):
    """A failure with a message that is safe to show; `permanent` says that trying again is pointless."""

    status: int = 500
    code: str = "error"
    permanent: bool = True

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(ModelportError):
    """Field errors: field name to sentences. The empty name holds what concerns the whole form."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, Sequence[str]], message: str = "Some values need another look.") -> None:
        super().__init__(message)
        self.fields = {name: tuple(sentences) for name, sentences in fields.items()}


class AcknowledgementRequired(Invalid):
    """What is promised is less than support, and nobody has taken note of it; `notice` is the statement."""

    code = "acknowledgement_required"

    def __init__(self, notice: str) -> None:
        super().__init__({"acknowledged": ("Take note of this first.",)}, notice)
        self.notice = notice


class Unsuitable(Invalid):
    """Of several changes some do not suit their features, so none was made; `left_out` pairs feature and reason."""

    code = "unsuitable"

    def __init__(self, left_out: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> None:
        sentences = [f"{titles.get(feature, feature)}: {reason}" for feature, reason in left_out]
        super().__init__({"features": sentences}, "Not all of these features suit. Nothing was changed.")
        self.left_out = tuple(left_out)


class Duplicate(Invalid):
    """What is proposed is there: `host`, `slug` and `variant` lead to the entry (an empty `slug` to the host's
    entries), or `proposal_id` to the proposal of somebody else.
    """

    code = "duplicate"

    def __init__(
        self, field: str, sentence: str, host: str = "", slug: str = "", variant: str = "", proposal_id: str = ""
    ) -> None:
        super().__init__({field: (sentence,)}, "The catalogue has this already, or it is proposed.")
        self.host = host
        self.slug = slug
        self.variant = variant
        self.proposal_id = proposal_id


class SignInRequired(ModelportError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "sign_in_required"


class TokenRefused(ModelportError):
    """No token was shown, or one that is unknown, has expired or was revoked; `shown` tells the first case apart."""

    status = 401
    code = "token_refused"

    def __init__(self, message: str, *, shown: bool) -> None:
        super().__init__(message)
        self.shown = shown


class RoleMissing(ModelportError):
    """The person is known but their role does not cover the action."""

    status = 403
    code = "role_missing"


class StepUpRequired(ModelportError):
    """The person may do this, but has to sign in again first: an open browser alone is not enough for it."""

    status = 403
    code = "step_up_required"


class NotFound(ModelportError):
    """The object does not exist, or is not this person's to know of."""

    status = 404
    code = "not_found"


class Conflict(ModelportError):
    """The version sent is stale; `theirs` is the object as it stands now."""

    status = 409
    code = "conflict"

    def __init__(self, message: str, theirs: Any) -> None:
        super().__init__(message)
        self.theirs = theirs


class InUse(ModelportError):
    """The object cannot go while `uses` (titles of features) rely on it."""

    status = 409
    code = "in_use"

    def __init__(self, message: str, uses: Sequence[str]) -> None:
        super().__init__(message)
        self.uses = tuple(uses)


class Busy(ModelportError):
    """A limit is reached; `retry_after` is in seconds."""

    status = 429
    code = "busy"
    permanent = False

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ModelportError):
    """Something Modelport depends on does not answer at the moment."""

    status = 503
    code = "unavailable"
    permanent = False


class DatabaseAway(Unavailable):
    """The database cannot do it just now, and nothing was half done; `retry_after` is in seconds."""

    code = "database_unavailable"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CallRefused(ModelportError):
    """A feature call gets no answer: `field` is the part of the request at fault, `retry_after` is in seconds."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.permanent = retry_after is None
