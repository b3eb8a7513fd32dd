"""When an endpoint that fails too often is left alone for a while, and when it is called again."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from app.domain.remedies import Remedies

IN_A_ROW = 5
WINDOW = 20
SHARE = 0.5
RESTS = timedelta(seconds=30)
# A trial whose outcome nobody told by then is lost, with the process that made it.
TRIAL_ENDS = timedelta(seconds=60)
# Why a breaker closes without a call: its endpoint was changed, or passed a test.
EDITED = "edited"
TESTED = "tested"
_STATUS = "status_"


class BreakerState(StrEnum):
    """`half_open`: one call may try whether the endpoint is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


def remembered(outcomes: Sequence[bool]) -> list[bool]:
    """As many of the last outcomes as count, the newest last."""
    return list(outcomes[-WINDOW:])


def opens(outcomes: Sequence[bool]) -> bool:
    """Whether these outcomes (True: it answered), the newest last, are too many failures: in a row, or of the last."""
    recent = remembered(outcomes)
    if len(recent) >= IN_A_ROW and not any(recent[-IN_A_ROW:]):
        return True
    return len(recent) == WINDOW and recent.count(False) >= SHARE * WINDOW and not recent[-1]


def why(reason: str, remedies: Remedies) -> str:
    """A change's reason in a sentence; empty where there is nothing to say."""
    if status := reason.removeprefix(_STATUS) if reason.startswith(_STATUS) else "":
        return f"Its server answered with status {status}."
    own = {"": "", EDITED: "Its settings were changed.", TESTED: "It passed a test."}
    if reason in own:
        return own[reason]
    return remedies.explain(reason).message if reason in remedies.rows else "It gave no answer that could be used."
