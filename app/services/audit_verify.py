"""Looks through the audit log for what was changed, removed, added or moved behind the portal's back."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.domain.audit_chain import BEGIN, CUT, SUBJECT, Break, Head, Verdict, Walk, cut_words
from app.lib.sealed import CannotOpen
from app.models.audit import AuditHead
from app.queries import audit_chain as query
from app.queries.audit_chain import Standing
from app.services import audit_chain
from app.services.ports import Ports

log = logging.getLogger(__name__)

CHECKED_EVERY = timedelta(days=1)
_MOST_TRIES = 3


def verify(ports: Ports, anchor: Head | None = None) -> Verdict:
    """Follow the chain from its start, or its last cut, to its head; the first that is wrong ends it.

    `anchor` is a head that was noted elsewhere: what was cut off after it, and written anew, shows by it alone.
    """
    for _ in range(_MOST_TRIES):
        standing = query.standing(ports.store)
        if standing is None:
            return Verdict(0, Head(), Break(None, "The row that says where the chain stands is gone."))
        verdict = _verdict(ports, standing, anchor)
        after = query.standing(ports.store)
        # Retention may have removed what was just being read.
        if after is None or after.cut == standing.cut:
            break
    return verdict


def verify_and_note(ports: Ports) -> Verdict:
    """The same without an anchor, and what was found stays for the page of the log."""
    verdict = verify(ports)
    with ports.store.write() as session:
        noted = {"checked_at": ports.clock(), "checked_seq": verdict.head.seq}
        session.execute(update(AuditHead).values(**noted, fault="" if verdict.holds else verdict.sentence[:400]))
    return verdict


def verify_when_due(ports: Ports) -> None:
    """Check once a day, whichever process comes first; what is wrong goes into the log as well."""
    standing = query.standing(ports.store)
    if standing and standing.checked_at and ports.clock() - standing.checked_at < CHECKED_EVERY:
        return
    verdict = verify_and_note(ports)
    if not verdict.holds:
        log.error("the audit log does not hold: %s", verdict.sentence)


def _verdict(ports: Ports, standing: Standing, anchor: Head | None) -> Verdict:
    walk = Walk(standing.cut, _keys(ports, standing), anchor)
    first: Mapping[str, Any] | None = None
    cut_told = standing.cut.seq == 0
    for chunk in query.entries(ports.store, standing.cut.seq, standing.head.seq):
        for entry in chunk:
            first = first or entry
            cut_told = cut_told or _tells_of(entry, standing.cut)
            if not walk.step(entry):
                return Verdict(walk.rows, walk.head, walk.broken)
    broken = _at_the_end(standing, walk.head, anchor) or _at_the_start(ports, standing, first, cut_told)
    return Verdict(walk.rows, walk.head, broken, tuple(walk.unreadable))


def _tells_of(entry: Mapping[str, Any], cut: Head) -> bool:
    told = {name: tuple(pair) for name, pair in entry["changes"].items()}
    return entry["action"] == CUT and told == cut_words(cut)


def _keys(ports: Ports, standing: Standing) -> dict[int, bytes | None]:
    keys: dict[int, bytes | None] = {}
    for each in standing.keys:
        try:
            keys[each.from_seq] = audit_chain.opened(ports, each.id, each.sealed)
        except CannotOpen:
            keys[each.from_seq] = None
    return keys


def _at_the_end(standing: Standing, last: Head, anchor: Head | None) -> Break | None:
    head = standing.head
    if last.seq < head.seq:
        return Break(last.seq + 1, f"Entry {last.seq + 1} is missing: the log ends before its head, {head.seq}.")
    if last.hash != head.hash:
        return Break(last.seq, f"Entry {last.seq} is not the one that the head names.")
    if standing.newest > head.seq:
        return Break(head.seq + 1, f"Entry {head.seq + 1} was added behind the head.")
    if anchor and anchor.seq > last.seq:
        return Break(last.seq + 1, f"Entry {last.seq + 1} is missing: the anchor knows the log up to {anchor.seq}.")
    return None


def _at_the_start(ports: Ports, standing: Standing, first: Mapping[str, Any] | None, cut_told: bool) -> Break | None:
    if not cut_told:
        return Break(standing.cut.seq, f"The log was cut at {standing.cut.seq}, and no entry tells of it.")
    earlier = query.earlier(ports.store)
    told = ""
    if first and first["action"] == BEGIN and first["object_type"] == SUBJECT:
        told = first["changes"]["earlier"][1]
    # Before the first entry there is nothing yet that could tell of them.
    if standing.head.seq and (earlier.words if earlier.rows else "") != told:
        return Break(None, "The entries from before the chain are not those that it began with.")
    return None
