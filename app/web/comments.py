"""Comments on entries of the catalogue: read, written, put right, removed, flagged for a moderator."""

from flask import Blueprint, Response, request, url_for

from app.domain.errors import Busy, Conflict, Invalid, NotFound
from app.domain.roles import Role
from app.queries import catalogue
from app.queries import comments as query
from app.queries.catalogue import Entry
from app.queries.comments import CommentRecord
from app.services import comments as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.catalogue_discussion import talk_of
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.forms.comments import CommentForm
from app.web.hosts import labels
from app.web.numbers import whole_number

comments = Blueprint("comments", __name__, url_prefix="/catalogue")


def _entry(entry_id: str) -> Entry:
    found = catalogue.entries(ports().store, [entry_id[:64]])
    if not found:
        raise NotFound("There is no such entry in the catalogue.")
    return found[0]


def _load(comment_id: str) -> CommentRecord:
    found = query.comment(ports().store, comment_id[:64], current_actor().key)
    if found is None:
        raise NotFound(service.GONE)
    return found


def _own(comment_id: str) -> CommentRecord:
    """A comment that the person wrote and that still stands; raises NotFound."""
    found = _load(comment_id)
    if found.removed_at or found.person != current_actor().key:
        raise NotFound(service.GONE)
    return found


@comments.get("/entries/<entry_id>/discussion")
@needs(Role.VIEWER)
def discussion(entry_id: str) -> Response:
    """The discussion by itself: its later pages, and where nobody has a script a comment that was not taken."""
    return _discussion(_entry(entry_id), request.args.get("after", "")[:64])


@comments.post("/entries/<entry_id>/comments")
@needs(Role.VIEWER)
def add(entry_id: str) -> Response:
    """Add a comment; what was typed stays where it is not taken."""
    entry, form, after = _entry(entry_id), CommentForm(), request.form.get("after", "")[:64]
    try:
        comment_id = service.add(ports(), current_actor(), entry.id, form.text.data or "")
    except Invalid as error:
        form.take(error.fields)
        return _discussion(entry, after, form, 422)
    except Busy as error:
        form.take({"text": (error.message,)})
        response = _discussion(entry, after, form, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if not htmx.wants_fragment():
        return htmx.redirect(f"{_page_of(entry, after)}#comment-{comment_id}")
    return htmx.toast(_discussion(entry, after, CommentForm(empty=True)), "Your comment is there.")


@comments.get("/comments/<comment_id>")
@needs(Role.VIEWER)
def show(comment_id: str) -> Response:
    """One comment as it stands, in place of the form that changes it."""
    return _comment(_load(comment_id))


@comments.get("/comments/<comment_id>/edit")
@needs(Role.VIEWER)
def edit(comment_id: str) -> Response:
    """The form that changes one's own comment."""
    found = _own(comment_id)
    return _form(found, CommentForm(f"text-{found.id}", "Your comment", found.text), found.version)


@comments.post("/comments/<comment_id>/edit")
@needs(Role.VIEWER)
def update(comment_id: str) -> Response:
    """Put one's own comment right."""
    found = _own(comment_id)
    form = CommentForm(f"text-{found.id}", "Your comment")
    seen = whole_number(request.form.get("version", ""), 0)
    try:
        service.edit(ports(), current_actor(), found.id, seen, form.text.data or "")
    except Invalid as error:
        form.take(error.fields)
        return _form(found, form, seen, 422)
    except Conflict as error:
        theirs = error.theirs or found
        return _form(theirs, form, theirs.version, 409, theirs=theirs.text)
    return _comment(_load(comment_id), said="Your comment is changed.")


@comments.post("/comments/<comment_id>/delete")
@needs(Role.VIEWER)
def delete(comment_id: str) -> Response:
    """Take a comment away: its author, or an admin."""
    service.remove(ports(), current_actor(), comment_id[:64])
    return _comment(_load(comment_id), said="The comment was removed.")


@comments.post("/comments/<comment_id>/flag")
@needs(Role.VIEWER)
def flag(comment_id: str) -> Response:
    """Ask a moderator to look at a comment, or take that back; `wanted` says which."""
    wanted = request.form.get("wanted") == "y"
    service.flag(ports(), current_actor(), comment_id[:64], wanted)
    said = "A moderator will look at it." if wanted else "You ask no more that a moderator looks at it."
    return _comment(_load(comment_id), said=said, focused="")


def _discussion(entry: Entry, after: str, form: CommentForm | None = None, status: int = 200) -> Response:
    return htmx.page_or_fragment(
        "catalogue/discussion.html",
        "catalogue/_discussion.html",
        status,
        entry=entry,
        host=labels([entry.host]).get(entry.host, entry.host),
        address=entry_address(entry.host, entry.slug, entry.variant),
        talk=talk_of(entry.id, after, form),
    )


def _page_of(entry: Entry, after: str) -> str:
    """Where a discussion stands: on the entry's page, or its later part on a page of its own."""
    if after:
        return url_for("comments.discussion", entry_id=entry.id, after=after)
    return entry_address(entry.host, entry.slug, entry.variant)


def _comment(found: CommentRecord, said: str = "", focused: str = "edit") -> Response:
    """One comment in its place, or the entry's page with it."""
    if not htmx.wants_fragment():
        return htmx.redirect(f"{entry_address(found.host, found.slug, found.variant)}#comment-{found.id}")
    response = htmx.fragment("catalogue/_comment.html", comment=found, focused=focused)
    return htmx.toast(response, said) if said else response


def _form(found: CommentRecord, form: CommentForm, version: int, status: int = 200, theirs: str = "") -> Response:
    return htmx.page_or_fragment(
        "catalogue/comment.html",
        "catalogue/_comment_edit.html",
        status,
        comment=found,
        form=form,
        version=version,
        theirs=theirs,
        address=entry_address(found.host, found.slug, found.variant),
    )
