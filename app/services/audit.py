"""One audit row per change, in the transaction of the change."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.lib import logs
from app.models.audit import AuditRow
from app.services.ports import Ports


def record(
    ports: Ports,
    session: Session,
    actor: Actor,
    action: str,
    subject: tuple[str, str, str],
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Add a row. `action` is noun:verb, `subject` is type, id and name, `changes` maps a field to before and after."""
    kind, identity, name = subject
    session.add(
        AuditRow(
            at=ports.clock(),
            action=action,
            object_type=kind,
            object_id=identity,
            object_name=name,
            person=actor.key,
            person_name=actor.name,
            role=actor.role.value,
            request_id=logs.request_id.get(),
            changes={field: list(pair) for field, pair in (changes or {}).items()},
        )
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields whose value changed."""
    return {name: (before.get(name), after[name]) for name in after if before.get(name) != after[name]}
