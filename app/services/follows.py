"""Other portals' catalogues followed by address: agreed to by a person after a look, then taken by themselves.

What is fetched is taken by itself only where the very installation and key that a person agreed to signed it, and only
while it is trusted here. Everything else waits for a look. Nothing is fetched inside a transaction.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.domain import following as rules
from app.domain.bundles import fingerprint
from app.domain.errors import Invalid, ModelportError, NotFound, Unavailable
from app.domain.following import State
from app.domain.roles import SYSTEM, Actor
from app.lib import tokens
from app.lib.http import Limits
from app.lib.sealed import CannotOpen
from app.models.catalogue import BundleTaken, Installation
from app.models.follow import Follow
from app.services import audit, bundle_fetch, bundle_files, bundles
from app.services.bundle_fetch import Fetched, Source
from app.services.bundle_files import Opened
from app.services.bundles import Choice, Look, Progress
from app.services.ports import Ports

log = logging.getLogger(__name__)

GONE = "This address is not followed any more."
CHANGED = "What is there changed since you looked. Look at it again before you take it."
OTHER_SIGNER = (
    "Another installation, or the same with another key, signs what is there now. Look at it, and ask whose it is "
    "before you take it."
)
UNTRUSTED = (
    "Something new is there, of an installation that is not trusted here. Look at it, or trust the installation."
)
NO_CHOICE = Choice()
SEALED = "Its token cannot be opened. Follow the address again with a new one."


def token_purpose(follow_id: str) -> str:
    """What the sealed token of a followed address is bound to."""
    return f"catalogue follow {follow_id} token"


def follow(ports: Ports, actor: Actor, address: str, token: str | None = None) -> str:
    """Keep an address to be followed once somebody has looked; the id.

    One that is kept already gets the new token, loses its own for "", and stays as it is for None. For admins. Raises
    Invalid at `address` or `token`.
    """
    where, shown = rules.address_of(address), rules.token_of(token or "")
    try:
        with ports.store.write() as session:
            row = session.scalar(select(Follow).where(Follow.address == where).with_for_update())
            if row is None:
                if (session.scalar(select(func.count()).select_from(Follow)) or 0) >= rules.MOST:
                    raise Invalid({"address": (f"{rules.MOST} addresses are followed, which is the most.",)})
                row = Follow(id=tokens.new_id(), address=where, due_at=ports.clock(), person_name=actor.name)
                session.add(row)
            elif token is None:
                return row.id
            row.token = ports.sealer.seal(shown, token_purpose(row.id)) if shown else None
            audit.record(ports, session, actor, "follow:set", _subject(row))
            return row.id
    except IntegrityError as error:
        raise Invalid({"address": ("Somebody follows it since a moment ago.",)}) from error


def unfollow(ports: Ports, actor: Actor, follow_id: str) -> None:
    """Fetch from there no more; what was taken stays. For admins. Raises NotFound."""
    with ports.store.write() as session:
        row = session.get(Follow, follow_id)
        if row is None:
            raise NotFound(GONE)
        audit.record(ports, session, actor, "follow:end", _subject(row))
        session.delete(row)


def look(ports: Ports, follow_id: str, choice: Choice = NO_CHOICE, limits: Limits = bundle_fetch.LIMITS) -> Look:
    """Fetch what is there and say what taking it would change; the catalogue stays as it is.

    Raises NotFound, Unavailable, and Invalid for what is no good bundle; the last two are kept at the address too.
    """
    row = _row(ports, follow_id)
    try:
        with _fetched(ports, row, limits).file as file:
            found = bundles.look(ports, file, replace(choice, other_key=True))
    except (Invalid, Unavailable) as error:
        _failed(ports, row, error)
        raise
    if row.state == State.FAILED:
        _set(ports, follow_id, state=State.WAITS if row.installation else State.NEW, problem="")
    return found


def take(
    ports: Ports,
    actor: Actor,
    follow_id: str,
    content: str,
    signer: str,
    choice: Choice = NO_CHOICE,
    limits: Limits = bundle_fetch.LIMITS,
    progress: Progress = bundles.untold,
) -> Look:
    """Take what was looked at, and agree to its installation and key: from then on it is fetched by itself.

    For admins. `content` and `signer` are the body's digest and the key's fingerprint in the look; `progress` is told
    the entries so far and in all. Raises NotFound, Unavailable, and Invalid where something else is there by now.
    """
    row = _row(ports, follow_id)
    fetched = _fetched(ports, row, limits)
    with fetched.file as file:
        bundle = bundle_files.opened(ports, file, other_key=True)
        if bundle.header.sha256 != content or fingerprint(bundle.header.installation.public_key) != signer:
            raise Invalid({"content": (CHANGED,)}, CHANGED)
        found = bundles.take(ports, actor, file, replace(choice, other_key=True), progress)
    who = bundle.header.installation
    with ports.store.write() as session:
        kept = session.get(Follow, follow_id)
        if kept is None:
            raise NotFound(GONE)
        before, after = fingerprint(row.public_key) if row.public_key else None, found.fingerprint
        changes = {"installation": (row.installation or None, who.id), "key": (before, after)}
        audit.record(ports, session, actor, "follow:agree", _subject(kept), changes)
        kept.installation, kept.public_key = who.id, who.public_key
    _taken(ports, follow_id, fetched)
    return found


def fetch_due(ports: Ports) -> int:
    """Fetch from every address that was agreed to and is due; how many. Of all processes one does each."""
    number = 0
    while row := _claim(ports):
        number += 1
        try:
            _bring(ports, row)
        except (Invalid, Unavailable) as error:
            _failed(ports, row, error)
    return number


def _claim(ports: Ports) -> Follow | None:
    now = ports.clock()
    due = (Follow.installation != "") & (Follow.due_at <= now)
    with ports.store.read() as session:
        waiting = session.scalars(select(Follow.id).where(due).order_by(Follow.due_at)).all()
    for follow_id in waiting:
        with ports.store.write() as session:
            mine = update(Follow).where(Follow.id == follow_id, due).values(due_at=now + rules.HELD)
            if session.scalar(mine.returning(Follow.id)):
                return session.get_one(Follow, follow_id)
    return None


def _bring(ports: Ports, row: Follow) -> None:
    """Fetch what is new, and take it or let it wait. Raises Invalid, Unavailable."""
    fetched = _fetched(ports, row, bundle_fetch.LIMITS, row.etag if row.state == State.GOOD else "")
    with fetched.file as file:
        if fetched.unchanged:
            _set(ports, row.id, state=State.GOOD, problem="", due_in=rules.EVERY)
            return
        bundle = bundle_files.opened(ports, file, other_key=True)
        if reason := _reason_to_wait(ports, row, bundle):
            _set(ports, row.id, state=State.WAITS, problem=reason, due_in=rules.EVERY)
            return
        # Without leave for another key, should it change at this very moment.
        bundles.take(ports, SYSTEM, file)
    _taken(ports, row.id, fetched)


def _reason_to_wait(ports: Ports, row: Follow, bundle: Opened) -> str:
    signer = bundle.header.installation
    if (signer.id, signer.public_key) != (row.installation, row.public_key):
        return OTHER_SIGNER
    with ports.store.read() as session:
        known = session.get(Installation, signer.id)
        if known is not None and known.public_key != signer.public_key:
            return OTHER_SIGNER
        here = session.get(BundleTaken, bundle.digest)
        nothing_new = here is not None and here.finished_at is not None
        return "" if nothing_new or (known is not None and known.trusted) else UNTRUSTED


def _row(ports: Ports, follow_id: str) -> Follow:
    with ports.store.read() as session:
        row = session.get(Follow, follow_id)
    if row is None:
        raise NotFound(GONE)
    return row


def _fetched(ports: Ports, row: Follow, limits: Limits, etag: str = "") -> Fetched:
    try:
        token = ports.sealer.open(row.token, token_purpose(row.id)) if row.token else ""
    except CannotOpen as error:
        raise Unavailable(SEALED) from error
    return bundle_fetch.fetched(ports, Source(row.address, token, etag), limits)


def _taken(ports: Ports, follow_id: str, fetched: Fetched) -> None:
    # What is kept is what can be sent back: a tag of another kind is none.
    plain = len(fetched.etag) <= rules.ETAG_MAX and fetched.etag.isascii() and fetched.etag.isprintable()
    etag = fetched.etag if plain else ""
    _set(ports, follow_id, state=State.GOOD, problem="", etag=etag, taken_at=ports.clock(), due_in=rules.EVERY)


def _failed(ports: Ports, row: Follow, error: ModelportError) -> None:
    log.warning("the catalogue at %s could not be followed: %s", row.address, error.message)
    _set(ports, row.id, state=State.FAILED, problem=error.message, due_in=rules.AGAIN)


def _set(ports: Ports, follow_id: str, due_in: timedelta | None = None, **values: Any) -> None:
    """Note how an address stands now; one that is not followed any more is passed over."""
    now = ports.clock()
    if due_in:
        values["due_at"] = now + due_in
    with ports.store.write() as session:
        session.execute(update(Follow).where(Follow.id == follow_id).values(checked_at=now, **values))


def _subject(row: Follow) -> tuple[str, str, str]:
    return ("follow", row.id, row.address[:255])
