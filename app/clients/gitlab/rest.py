"""What GitLab tells over REST beside its GraphQL: version, account, token, licence, and what was changed.

Sources: GitLab's API pages "Metadata", "Users", "Personal access tokens", "License" and "Audit events".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.clients.gitlab.wire import Wire
from app.clients.gitlab.words import fit
from app.domain.instance import About, Changed

EVENTS = frozenset({
    "self_hosted_model_created", "self_hosted_model_updated", "self_hosted_model_destroyed",
    "self_hosted_model_feature_changed", "self_hosted_model_terms_accepted",
})  # fmt: skip
# The most that GitLab gives at once, the newest first.
PAGE_SIZE = 100
# What lies further back is of no help.
MOST_PAGES = 5
_BY_TEXT = (
    (re.compile(r"Self-hosted model .+ created$"), "self_hosted_model_created"),
    (re.compile(r"Self-hosted model .+ updated$"), "self_hosted_model_updated"),
    (re.compile(r"Self-hosted model .+ (?:destroyed|deleted)$"), "self_hosted_model_destroyed"),
    (re.compile(r"Feature \S+ changed to "), "self_hosted_model_feature_changed"),
    (re.compile(r"Self-hosted model (?:testing|usage) terms accepted"), "self_hosted_model_terms_accepted"),
)


def about(wire: Wire) -> About:
    """What each of the four pages tells; a page that is not there leaves its fields empty."""
    metadata, user = _row(wire, "metadata"), _row(wire, "user")
    token, licence = _row(wire, "personal_access_tokens/self"), _row(wire, "license")
    return About(
        version=_text(metadata, "version", wire),
        enterprise=_truth(metadata, "enterprise"),
        account=_text(user, "username", wire),
        is_admin=_truth(user, "is_admin"),
        scopes=_texts(token.get("scopes"), wire),
        token_expires=_text(token, "expires_at", wire),
        plan=_text(licence, "plan", wire),
        licence_expired=_truth(licence, "expired"),
        add_ons=_texts(licence.get("add_ons"), wire),
    )


def changed_since(wire: Wire, since: datetime) -> tuple[Changed, ...]:
    """GitLab's audit events on self-hosted models since then, the newest first; () where it keeps none for us."""
    found: list[Changed] = []
    created_after = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for page in range(1, MOST_PAGES + 1):
        asked = (("created_after", created_after), ("per_page", str(PAGE_SIZE)), ("page", str(page)))
        rows = wire.rest("audit_events", asked)
        if not isinstance(rows, list):
            break
        found += _events(rows, wire.token)
        if len(rows) < PAGE_SIZE:
            break
    return tuple(found)


def _events(rows: list[Any], token: tuple[str, ...]) -> Iterator[Changed]:
    for row in rows:
        details = row.get("details") if isinstance(row, dict) else None
        if not isinstance(details, dict):
            continue
        text = str(details.get("custom_message") or "")
        event = _event(details.get("event_name") or row.get("event_name"), text)
        at = _time(row.get("created_at"))
        if event and at:
            author, target = details.get("author_name"), details.get("target_details")
            yield Changed(at, fit(str(author or ""), token), event, fit(str(target or ""), token), fit(text, token))


def _event(name: Any, text: str) -> str:
    """The event's name; told by its text where an older GitLab does not give one, "" for one of another kind."""
    if isinstance(name, str) and name:
        return name if name in EVENTS else ""
    return next((event for pattern, event in _BY_TEXT if pattern.match(text)), "")


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _row(wire: Wire, path: str) -> Mapping[str, Any]:
    told = wire.rest(path)
    return told if isinstance(told, dict) else {}


def _text(row: Mapping[str, Any], name: str, wire: Wire) -> str:
    value = row.get(name)
    return fit(value, wire.token) if isinstance(value, str) else ""


def _texts(value: Any, wire: Wire) -> tuple[str, ...]:
    """The texts of a list, or the names of an object, as GitLab gives add-ons with their seats."""
    each_one = value if isinstance(value, list | dict) else ()
    return tuple(fit(each, wire.token) for each in each_one if isinstance(each, str))


def _truth(row: Mapping[str, Any], name: str) -> bool | None:
    value = row.get(name)
    return value if isinstance(value, bool) else None
