"""The few REST addresses that tell about version, token, licence, and what was changed by whom."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.fakes.gitlab.records import AuditEvent
from tests.fakes.gitlab.state import State

Told = tuple[int, Any, dict[str, str]]
Query = dict[str, str]
FORBIDDEN: Told = (403, {"message": "403 Forbidden"}, {})
NOT_FOUND: Told = (404, {"error": "404 Not Found"}, {})
INSUFFICIENT = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher privileges than provided by the access token.",
    "scope": "api read_api",
}
# Whatever its scopes, a token may look at itself.
OWN = "/personal_access_tokens/self"


def answer(state: State, path: str, query: Query) -> Told:
    """Status, JSON and headers for a path behind /api/v4, to a token that was accepted."""
    page = PAGES.get(path)
    if page is None or path in state.switched_off:
        return NOT_FOUND
    if path != OWN and not {"api", "read_api"} & set(state.scopes):
        return 403, INSUFFICIENT, {}
    with state.lock:
        return page(state, query)


def _metadata(state: State, _query: Query) -> Told:
    return 200, {"version": state.version, "revision": "0123456789a", "enterprise": "-ee" in state.version}, {}


def _user(state: State, _query: Query) -> Told:
    account = state.account
    about: dict[str, Any] = {"id": account.number, "username": account.username, "name": account.name}
    about["state"] = "active"
    if account.is_admin:
        about["is_admin"] = True  # GitLab tells this to administrators alone
    return 200, about, {}


def _token(state: State, _query: Query) -> Told:
    about = {
        "id": 7,
        "name": "modelport",
        "scopes": list(state.scopes),
        "user_id": state.account.number,
        "active": state.token_active,
        "revoked": state.token_revoked,
        "expires_at": state.token_expires,
    }
    return 200, about, {}


def _licence(state: State, _query: Query) -> Told:
    return (200, state.licence, {}) if state.account.is_admin else FORBIDDEN


def _audit(state: State, query: Query) -> Told:
    if not state.account.is_admin:
        return FORBIDDEN
    try:
        after = datetime.fromisoformat(query.get("created_after", "1970-01-01T00:00:00Z").replace("Z", "+00:00"))
        page, size = int(query.get("page", "1")), min(int(query.get("per_page", "20")), 100)
    except ValueError:
        return 400, {"error": "created_after, page or per_page is invalid"}, {}
    events = [each for each in reversed(state.audit) if each.at.timestamp() >= after.timestamp()]
    shown = events[(page - 1) * size : page * size]
    follows = str(page + 1) if page * size < len(events) else ""
    told = {"X-Page": str(page), "X-Per-Page": str(size), "X-Next-Page": follows, "X-Total": str(len(events))}
    return 200, [_event(state, each) for each in shown], told


def _event(state: State, event: AuditEvent) -> dict[str, Any]:
    own = event.author == state.account.name
    return {
        "id": event.number,
        "author_id": state.account.number if own else 42,
        "entity_id": 1,
        "entity_type": "Gitlab::Audit::InstanceScope",
        "event_name": event.name,
        "details": {
            "event_name": event.name,
            "author_name": event.author,
            "author_class": "User",
            "target_id": event.target_id,
            "target_type": event.target_type,
            "target_details": event.target,
            "custom_message": event.text,
            "ip_address": "127.0.0.1",
            "entity_path": "gitlab_instance",
        },
        "created_at": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


PAGES: dict[str, Callable[[State, Query], Told]] = {
    "/metadata": _metadata,
    "/user": _user,
    OWN: _token,
    "/license": _licence,
    "/audit_events": _audit,
}
