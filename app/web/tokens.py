"""Pages of tokens: list, make one, see its text once, revoke. None of them stands in a frame."""

import json

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.errors import Invalid, NotFound
from app.domain.roles import Role
from app.queries import api_tokens as query
from app.queries.api_tokens import TokenRecord
from app.services import api_tokens as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.auth.stepping_up import recently_proven
from app.web.context import context, ports
from app.web.forms.tokens import TokenForm
from app.web.headers import unframed

tokens = Blueprint("tokens", __name__, url_prefix="/settings/tokens")
MOST_SHOWN = 500
# What the examples ask, and of which feature where the token may call it.
CHAT, HELLO = "duo_chat", "Say hello."


def _load(token_id: str) -> TokenRecord:
    record = query.token(ports().store, token_id)
    if record is None:
        raise NotFound("There is no such token.")
    return record


@tokens.get("")
@needs(Role.ADMIN)
@unframed
def index() -> str:
    """All tokens, the newest first, those that have ended included."""
    found = query.newest(ports().store, MOST_SHOWN)
    return render_template("tokens/index.html", rows=found, now=ports().clock(), facts=ports().facts)


@tokens.get("/new")
@needs(Role.ADMIN)
@unframed
def new() -> str:
    """An empty form."""
    return render_template("tokens/new.html", form=TokenForm(ports().facts))


@tokens.post("")
@needs(Role.ADMIN)
@unframed
@recently_proven
def create() -> Response:
    """Make a token. Its text is on this very answer and nowhere else, so the answer is a page and no redirect."""
    form = TokenForm(ports().facts)
    try:
        made = service.create(ports(), current_actor(), form.draft())
    except Invalid as error:
        form.take(error.fields)
        return make_response(render_template("tokens/new.html", form=form), 422)
    record = _load(made.id)
    titles = [ports().facts.features[name].title for name in record.features]
    page = render_template(
        "tokens/created.html", token=record, text=made.text, titles=titles, examples=_examples(record, made.text)
    )
    response = make_response(page, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@tokens.get("/<token_id>/revoke")
@needs(Role.ADMIN)
@unframed
def confirm_revoke(token_id: str) -> Response:
    """Ask for the token's name before it ends, which no single blind click can give."""
    return _question(_load(token_id))


@tokens.post("/<token_id>/revoke")
@needs(Role.ADMIN)
@unframed
def revoke(token_id: str) -> Response:
    """Revoke a token whose name was typed."""
    record = _load(token_id)
    typed = request.form.get("confirm", "").strip()
    if typed != record.name:
        return _question(record, 422, f"Type {record.name} to revoke it.", typed)
    service.revoke(ports(), current_actor(), token_id)
    return htmx.redirect(url_for("tokens.index"))


def _examples(token: TokenRecord, text: str) -> list[tuple[str, str]]:
    """Commands that try a token, each with what it does; nothing in them needs a shell's care."""
    shown, origin = f"-H 'Authorization: Bearer {text}'", context().origin
    found = [("To administer", f"curl {shown} {origin}/api/v1/features")] if token.role else []
    if token.role == Role.VIEWER:
        return found
    feature = CHAT if token.role or CHAT in token.features else token.features[0]
    body = json.dumps({"model": feature, "messages": [{"role": "user", "content": HELLO}]})
    sent = f"{shown} -H 'Content-Type: application/json' -d '{body}'"
    return [
        *found,
        ("To see what it may call", f"curl {shown} {origin}/v1/models"),
        ("To call a feature", f"curl {origin}/v1/chat/completions {sent}"),
    ]


def _question(record: TokenRecord, status: int = 200, error: str = "", typed: str = "") -> Response:
    return make_response(render_template("tokens/revoke.html", token=record, error=error, typed=typed), status)
