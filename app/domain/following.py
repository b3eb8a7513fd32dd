"""Following another portal's catalogue: the address that may be followed, and how it stands."""

from datetime import timedelta
from enum import StrEnum

from app.domain.errors import Invalid
from app.lib.urls import BadAddress, parse

# Where every Modelport gives its bundle to a token that may read.
PATH = "/api/v1/catalogue/bundle"
EVERY = timedelta(hours=24)
# A failure is looked at sooner: mostly the other portal was away for a while.
AGAIN = timedelta(hours=1)
# So long one process may fetch and take before another tries.
HELD = timedelta(hours=1)
MOST = 50
TOKEN_MAX = 400
ETAG_MAX = 200


class State(StrEnum):
    """How a followed address stands. `waits`: what comes from there is not taken before a person has looked."""

    NEW = "new"
    GOOD = "good"
    WAITS = "waits"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]


_LABELS = {
    State.NEW: "Not looked at",
    State.GOOD: "Up to date",
    State.WAITS: "Waits for a look",
    State.FAILED: "Failed",
}


def address_of(text: str) -> str:
    """The address of a bundle from what a person typed; of a portal's own address it is the usual place there.

    Raises Invalid at `address` where it is none, or not one of https.
    """
    try:
        address = parse(text.strip())
    except BadAddress as problem:
        raise Invalid({"address": (problem.message,)}, problem.message) from problem
    if address.scheme != "https":
        sentence = "Use https://: on the way nobody may read the token or hold the bundle back."
        raise Invalid({"address": (sentence,)}, sentence)
    return str(address if address.path else address.join(PATH))


def token_of(text: str) -> str:
    """A token as it is sent. Raises Invalid at `token` for what no header carries."""
    found = text.strip()
    if len(found) > TOKEN_MAX or not found.isascii() or not found.isprintable():
        raise Invalid({"token": (f"A token has letters, digits and signs, {TOKEN_MAX} at most.",)})
    return found
