"""One audit row per change, in the transaction of the change."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.lib import logs
from app.services import audit_chain
from app.services.ports import Ports

# Enough of a session's id, which is a hash, to find it in the list of sessions.
SESSION_CHARACTERS = 12


def record(
    ports: Ports,
    session: Session,
    actor: Actor,
    action: str,
    subject: tuple[str, str, str],
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Add a row. `action` is noun:verb, `subject` is type, id and name, `changes` maps a field to before and after.

    The row is written when the transaction ends; without it the change is rolled back.
    """
    kind, identity, name = subject
    entry = {
        "at": ports.clock(),
        "action": action,
        "object_type": kind,
        "object_id": identity,
        "object_name": name,
        "person": actor.key,
        "person_name": actor.name,
        "role": actor.role.value,
        "session": (actor.session_id or "")[:SESSION_CHARACTERS],
        "address": logs.client_address.get(),
        "request_id": logs.request_id.get(),
        # As the database gives it back, since the hash is taken of that.
        "changes": json.loads(json.dumps({field: list(pair) for field, pair in (changes or {}).items()})),
    }
    audit_chain.join(ports, session, entry)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields whose value changed."""
    return {name: (before.get(name), after[name]) for name in after if before.get(name) != after[name]}
