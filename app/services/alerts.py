"""Alerts to the one webhook: queued in the transaction of what they tell, sent by whichever process claims them.

Signed as the specification "Standard Webhooks" says, so that receivers can use its libraries.
"""

import json
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.lib import tokens
from app.lib.http import Call, Limits, OutboundError
from app.lib.signing import signature
from app.models.traffic import Alert
from app.services.ports import Hook, Ports

log = logging.getLogger(__name__)

LIMITS = Limits(total=10.0, first_byte=8.0, connect=3.0, max_body=64 << 10)
# After each attempt so long until the next; after the last there is none.
PAUSES = (timedelta(seconds=10), timedelta(minutes=2))
KEPT = timedelta(days=7)
# Longer than an attempt takes: whoever claimed it and died leaves it to others.
CLAIMED = timedelta(seconds=30)
MOST_AT_ONCE = 20


def queue(ports: Ports, session: Session, kind: str, told: dict[str, Any]) -> None:
    """Write an alert within the caller's transaction; nothing where no webhook is set."""
    if ports.hook is None:
        return
    now = ports.clock()
    body = {"type": kind, "timestamp": now.isoformat(), "data": told}
    session.add(Alert(id=f"msg_{tokens.new_id()}", kind=kind, body=body, due_at=now, created_at=now))


def send_due(ports: Ports) -> None:
    """Send what is due, each by one process alone; it takes as long as the receiver does."""
    if ports.hook is None:
        return
    due = select(Alert.id).where(Alert.due_at <= ports.clock()).order_by(Alert.due_at).limit(MOST_AT_ONCE)
    with ports.store.read() as session:
        ids = list(session.scalars(due))
    for alert_id in ids:
        if (body := _claim(ports, alert_id)) is not None:
            _note(ports, alert_id, _send(ports, ports.hook, alert_id, body))


def forget_old(ports: Ports) -> None:
    """Remove alerts that are long past, sent or given up."""
    with ports.store.write() as session:
        session.execute(delete(Alert).where(Alert.created_at < ports.clock() - KEPT))


def _claim(ports: Ports, alert_id: str) -> dict[str, Any] | None:
    """An alert's body where this process may send it; at the time of now: those before it may have taken long."""
    now = ports.clock()
    with ports.store.write() as session:
        taken = session.execute(
            update(Alert)
            .where(Alert.id == alert_id, Alert.due_at <= now)
            .values(due_at=now + CLAIMED, attempts=Alert.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if getattr(taken, "rowcount", 0) != 1:
            return None
        return session.scalar(select(Alert.body).where(Alert.id == alert_id))


def _send(ports: Ports, hook: Hook, alert_id: str, body: dict[str, Any]) -> str:
    """What went wrong, empty for nothing."""
    content = json.dumps(body, separators=(",", ":")).encode()
    seconds = int(ports.clock().timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": alert_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(hook.secret, alert_id, seconds, content),
    }
    try:
        answer = ports.door.send(Call("POST", hook.address, headers, hook.query, content=content), LIMITS)
    except OutboundError as error:
        return error.sentence
    return "" if 200 <= answer.status < 300 else f"The receiver answered with status {answer.status}."


def _note(ports: Ports, alert_id: str, failure: str) -> None:
    now = ports.clock()
    with ports.store.write() as session:
        row = session.get(Alert, alert_id)
        if row is None:
            return
        if not failure:
            row.sent_at, row.due_at, row.failure = now, None, ""
            return
        row.failure = failure[:200]
        row.due_at = now + PAUSES[row.attempts - 1] if row.attempts <= len(PAUSES) else None
        log.warning("an alert could not be sent (attempt %d): %s", row.attempts, failure)
