"""How the person is signed in: claims, the role that follows, the sessions; and for admins a try with other claims."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for

from app.domain.access import Access, access, matching
from app.domain.roles import Role
from app.queries.sessions import SessionDetails, SessionLine, session_details, sessions_of
from app.services.signing_out import end_one
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.auth import sessions
from app.web.auth.desk import desk
from app.web.browsers import browser_words
from app.web.context import ports
from app.web.forms.claims import ClaimsForm
from app.web.htmx import page_or_fragment

identity = Blueprint("identity", __name__, url_prefix="/settings/identity")


@identity.get("")
@needs(Role.VIEWER)
def show() -> Response:
    """The page about the person's own session."""
    return _page(ClaimsForm(), None)


@identity.post("")
@needs(Role.ADMIN)
def dry_run() -> Response:
    """Which role the pasted claims would give; nothing is kept."""
    form = ClaimsForm(request.form)
    if not form.validate():
        return _page(form, None, 422)
    return _page(form, access(desk().rules, form.parsed, {}))


@identity.post("/sessions/<session_id>/end")
@needs(Role.VIEWER)
def end(session_id: str) -> Response:
    """End one of the person's own sessions."""
    actor = current_actor()
    end_one(ports(), actor, actor.issuer, actor.subject, session_id)
    if htmx.wants_fragment():
        return htmx.fragment("auth/_own_sessions.html", **_listed())
    return htmx.redirect(url_for("identity.show"))


def _listed() -> dict[str, Any]:
    actor, limits = current_actor(), sessions.interface(current_app).limits
    rows: tuple[SessionLine, ...] = sessions_of(ports().store, actor.issuer, actor.subject, limits, ports().clock())
    return {"rows": rows, "own": actor.session_id, "end_address": _end_address, "browser_words": browser_words}


def _end_address(session_id: str) -> str:
    return url_for("identity.end", session_id=session_id)


def _page(form: ClaimsForm, outcome: Access | None, status: int = 200) -> Response:
    actor, rules = current_actor(), desk().rules
    details = session_details(ports().store, actor.session_id or "")
    return page_or_fragment(
        "auth/identity.html",
        "auth/_dry_run.html",
        status,
        form=form,
        outcome=outcome,
        claim=rules.claim,
        matches=matching(rules, actor.groups),
        claims=_lines(details),
        details=details,
        limits=sessions.interface(current_app).limits,
        **_listed(),
    )


def _lines(details: SessionDetails | None) -> list[tuple[str, str]]:
    claims: dict[str, Any] = dict(details.claims) if details else {}
    return [(name, _written(value)) for name, value in claims.items()]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
