"""Who signs in here: their roles and sessions, which an admin may end."""

from flask import Blueprint, Response, current_app, request, url_for

from app.domain.errors import NotFound
from app.domain.roles import Role
from app.domain.sessions import SessionLimits
from app.queries import people as query
from app.queries.people import PAGE, PersonRecord
from app.queries.sessions import sessions_of
from app.services import signing_out
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.auth import sessions
from app.web.browsers import browser_words
from app.web.context import ports
from app.web.feature_words import ticked
from app.web.numbers import whole_number

people = Blueprint("people", __name__, url_prefix="/settings/people")


@people.get("")
@needs(Role.ADMIN)
def index() -> Response:
    """A page of them, who signed in last first."""
    q = request.args.get("q", "").strip()[:200]
    page = min(max(whole_number(request.args.get("page"), default=1), 1), 100_000)
    found = query.people(ports().store, _limits(), ports().clock(), q, page)
    pages = max(1, -(-found.total // PAGE))
    return htmx.page_or_fragment("people/index.html", "people/_list.html", found=found, q=q, page=page, pages=pages)


@people.get("/<person_id>")
@needs(Role.ADMIN)
def show(person_id: str) -> Response:
    """One person's sessions, and the tokens with which their programs administer."""
    return _page(_load(person_id))


@people.post("/<person_id>/sessions/<session_id>/end")
@needs(Role.ADMIN)
def end(person_id: str, session_id: str) -> Response:
    """End one session."""
    record = _load(person_id)
    signing_out.end_one(ports(), current_actor(), record.issuer, record.subject, session_id)
    return _done(person_id)


@people.post("/<person_id>/end")
@needs(Role.ADMIN)
def end_all(person_id: str) -> Response:
    """End all sessions of a person, and where that was ticked what they made for programs."""
    record = _load(person_id)
    signing_out.end_all(ports(), current_actor(), record.issuer, record.subject, tokens=ticked("tokens"))
    return _done(person_id)


def _limits() -> SessionLimits:
    return sessions.interface(current_app).limits


def _load(person_id: str) -> PersonRecord:
    record = query.person(ports().store, _limits(), ports().clock(), person_id)
    if record is None:
        raise NotFound("There is no such person.")
    return record


def _done(person_id: str) -> Response:
    if htmx.wants_fragment():
        return _page(_load(person_id))
    return htmx.redirect(url_for("people.show", person_id=person_id))


def _page(record: PersonRecord) -> Response:
    def end_address(session_id: str) -> str:
        return url_for("people.end", person_id=record.id, session_id=session_id)

    now, store = ports().clock(), ports().store
    return htmx.page_or_fragment(
        "people/show.html",
        "people/_person.html",
        record=record,
        rows=sessions_of(store, record.issuer, record.subject, _limits(), now),
        tokens=query.tokens_of(store, record.key, now),
        own=current_actor().session_id,
        end_address=end_address,
        browser_words=browser_words,
    )
