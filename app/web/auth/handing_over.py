"""The last page of the window in which somebody signed in for a frame: it gives the frame a code, once."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Response, g, make_response, render_template, url_for

from app.services import handoffs
from app.services.handoffs import Handoff
from app.services.sessions import SignedIn
from app.services.sign_ins import Transaction
from app.web.context import ports
from app.web.frames import framing_origin
from app.web.headers import allow_opener

_UNDER_WAY = "sign_in_under_way"


def done_path(named: str) -> str:
    """Where a window's sign-in ends, with the origin that frames the page which waits for it, where that is known."""
    return url_for("embed.done", **_given({"in": framing_origin(named)}))


def note(transaction: Transaction) -> None:
    """Remember whose answer is being read, for the pages that tell of failures."""
    setattr(g, _UNDER_WAY, transaction)


def again(*, switch: bool = False) -> str:
    """Where another try begins, with `switch` as somebody else: the window of a waiting page, or the sign-in page."""
    transaction: Transaction | None = g.get(_UNDER_WAY)
    if transaction is None or not _in_a_window(transaction):
        return url_for("auth.login", go=1, switch=1) if switch else url_for("auth.login")
    named = {"h": transaction.challenge, "in": _frame(transaction), "for": transaction.purpose}
    return url_for("embed.start", **_given({**named, "switch": "1" if switch else ""}))


def hand_over(transaction: Transaction, who: SignedIn) -> Response:
    """The page that says who signed in and which site's frame gets the session, and gives its opener the code."""
    code = handoffs.offer(ports(), transaction.challenge, Handoff(who, transaction.purpose))
    return make_response(render_template("auth/done.html", name=who.name, code=code, frame=_frame(transaction)))


def keep_opener(response: Response) -> Response:
    """Let an answer to the provider's return stay in touch with the frame that waits for it."""
    transaction: Transaction | None = g.get(_UNDER_WAY)
    if transaction is not None and _in_a_window(transaction):
        allow_opener(response)
    return response


def _in_a_window(transaction: Transaction) -> bool:
    return urlsplit(transaction.next_path).path == url_for("embed.done")


def _frame(transaction: Transaction) -> str:
    return parse_qs(urlsplit(transaction.next_path).query).get("in", [""])[0]


def _given(values: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
