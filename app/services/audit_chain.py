"""Chains the audit's rows when their transaction is about to commit, under a key of the log's own.

The head's row is locked last of all, so that two changes that both wait for it wait for nothing else: a chain that
was locked with the first row would hold its lock while the change goes on, and on PostgreSQL two changes could each
hold what the other wants. Where a row cannot be chained the change does not happen.
"""

import base64
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.audit_chain import BEGIN, NEW_KEY, SUBJECT, Head, entry_hash
from app.domain.roles import SYSTEM
from app.lib.sealed import CannotOpen
from app.models.audit import AuditHead, AuditKey, AuditRow
from app.models.store import do_last
from app.queries import audit_chain as query
from app.services.ports import Ports

log = logging.getLogger(__name__)

KEY_BYTES = 32
_WAITING = "modelport_audit"


def join(ports: Ports, session: Session, entry: Mapping[str, Any]) -> None:
    """Have an entry (its fields without number and hashes) put at the chain's end by this transaction's commit."""
    waiting: list[dict[str, Any]] | None = session.info.get(_WAITING)
    if waiting is None:
        waiting = session.info[_WAITING] = []
        do_last(session, lambda ending: _chain(ports, ending, ending.info.pop(_WAITING)))
    waiting.append(dict(entry))


def key_purpose(key_id: int) -> str:
    """What a key of the chain is bound to."""
    return f"audit_key|{key_id}|sealed"


def opened(ports: Ports, key_id: int, sealed: str) -> bytes:
    """A key of the chain; raises CannotOpen."""
    return base64.b64decode(ports.sealer.open(sealed, key_purpose(key_id)))


def head_of(ports: Ports) -> Head:
    """Where the chain stands: what `verify` takes as an anchor. Raises RuntimeError where that is not to be found."""
    found = query.standing(ports.store)
    if found is None:
        raise RuntimeError("the head of the audit log is gone")
    return found.head


def tell_head(ports: Ports) -> None:
    """Put the head into the log, which should go to another machine: what is cut off later is shown by it."""
    head = head_of(ports)
    if head.seq:
        log.info("the audit log's head is %s", head.text)


def _chain(ports: Ports, session: Session, waiting: Sequence[dict[str, Any]]) -> None:
    wanted = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(wanted).one()
    key, said = _key(ports, session, head.seq + 1)
    rows = []
    for entry in (*said, *waiting):
        entry["seq"], entry["previous"] = head.seq + 1, head.hash
        entry["hash"] = entry_hash(key, head.hash, entry)
        rows.append(entry)
        head.seq, head.hash = entry["seq"], entry["hash"]
    session.execute(insert(AuditRow), rows)


def _key(ports: Ports, session: Session, seq: int) -> tuple[bytes, list[dict[str, Any]]]:
    """The key for the next entry, and what has to be said first: that the chain begins, or goes on under a new key."""
    row = session.scalars(select(AuditKey).order_by(AuditKey.id.desc()).limit(1)).first()
    if row is None:
        earlier = query.earlier_in(session)
        said = [_own(ports, BEGIN, {"earlier": [None, earlier.words]})] if earlier.rows else []
        return _new_key(ports, session, 1, seq), said
    try:
        return opened(ports, row.id, row.sealed), []
    except CannotOpen as error:
        # Better a chain that says where it was mended than a portal in which nothing can be changed any more.
        log.warning("the audit log goes on under a new key: its own cannot be opened (%s)", error.reason)
        changes = {"key": [row.id, row.id + 1], "reason": [None, error.reason]}
        return _new_key(ports, session, row.id + 1, seq), [_own(ports, NEW_KEY, changes)]


def _new_key(ports: Ports, session: Session, key_id: int, seq: int) -> bytes:
    key = os.urandom(KEY_BYTES)
    sealed = ports.sealer.seal(base64.b64encode(key).decode(), key_purpose(key_id))
    session.add(AuditKey(id=key_id, sealed=sealed, from_seq=seq))
    return key


def _own(ports: Ports, action: str, changes: dict[str, Any]) -> dict[str, Any]:
    """An entry that the chain makes of itself."""
    return {
        "at": ports.clock(), "action": action, "object_type": SUBJECT, "object_id": "chain", "object_name": "Audit log",
        "person": SYSTEM.key, "person_name": SYSTEM.name, "role": SYSTEM.role.value, "session": "", "address": "",
        "request_id": "", "changes": changes,
    }  # fmt: skip
