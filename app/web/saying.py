"""Where somebody says a sentence about a proposal: a question, a reason, an answer; in a dialog or on a page."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request, url_for
from wtforms import Form, TextAreaField

from app.domain.errors import Conflict, Invalid
from app.domain.roles import Actor
from app.queries.proposals import ProposalRecord
from app.services.ports import Ports
from app.web import htmx
from app.web.access import current_actor
from app.web.context import ports
from app.web.numbers import whole_number
from app.web.proposal_pages import STATES, address

Act = Callable[[Ports, Actor, str, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said: the view that takes it, the rules' name of the text, words for people, and the word in `said`."""

    view: str
    field: str
    title: str
    label: str
    button: str
    done: str


ASK = Saying("moderation.ask", "question", "Ask about it", "Your question to the author", "Ask", "asked")
DECLINE = Saying("moderation.decline", "reason", "Decline it", "Why, for the author to read", "Decline", "declined")
ANSWER = Saying("proposals.answer", "answer", "Answer", "Your answer", "Answer", "answered")


class SentenceForm(Form):
    """One text."""

    text = TextAreaField()

    def __init__(self, label: str) -> None:
        super().__init__(request.form if request.method == "POST" else None)
        self.text.label.text = label
        self.text.flags.required = True


def saying(what: Saying, record: ProposalRecord) -> Response:
    """The empty form."""
    return _form(what, record, SentenceForm(what.label))


def said(what: Saying, record: ProposalRecord, act: Act, show: str = "") -> Response:
    """Do it with what was typed; a conflict tells how the proposal stands by now and keeps the text."""
    form = SentenceForm(what.label)
    seen = whole_number(request.form.get("version"), 0)
    try:
        act(ports(), current_actor(), record.id, seen, form.text.data or "")
    except Invalid as error:
        form.text.errors = [sentence for sentences in error.fields.values() for sentence in sentences]
        return _form(what, record, form, 422, seen)
    except Conflict as error:
        theirs: ProposalRecord = error.theirs or record
        return _form(what, theirs, form, 409, theirs.version, _stands(error, theirs))
    return htmx.redirect(address(show, what.done))


def _stands(error: Conflict, theirs: ProposalRecord) -> str:
    by = f" by {theirs.decided_by}" if theirs.decided_by else ""
    return (
        f"{error.message} It stands at: {STATES[theirs.state][0].lower()}{by}. {theirs.answer or theirs.reason}".strip()
    )


def _form(
    what: Saying, record: ProposalRecord, form: SentenceForm, status: int = 200, version: int | None = None,
    conflict: str = "",
) -> Response:  # fmt: skip
    return htmx.page_or_fragment(
        "catalogue/say.html",
        "catalogue/_say.html",
        status,
        proposal=record,
        what=what,
        act=url_for(what.view, proposal_id=record.id),
        form=form,
        version=record.version if version is None else version,
        conflict=conflict,
        back=address("mine" if what is ANSWER else ""),
    )
