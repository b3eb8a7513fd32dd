"""Limits by the minute that all workers keep together: each takes portions from one shared row and hands them out.

Past a limit nothing is read or written until the minute is over, so that whoever keeps asking costs no more than a look
into memory. Without the database no limit opens.
"""

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain import limits, rates
from app.domain.errors import Busy, DatabaseAway, Unavailable
from app.domain.rates import Rate
from app.domain.sessions import digest, network_of
from app.lib.portions import Key
from app.models.traffic import RateUse
from app.services.ports import Ports

KEPT_MINUTES = 10
DOWN = "The limits cannot be read at the moment. Try again soon."


def admit(ports: Ports, rate: Rate, subject: str) -> None:
    """Let one through; raises Busy past the limit, and Unavailable where the database does not tell.

    Opens a transaction of its own, so none may be open.
    """
    key = (rate.kind, digest(subject), limits.minute_of(ports.clock()))
    if (taken := ports.portions.take(key)) is None:
        with ports.portions.asking(key):
            while (taken := ports.portions.take(key)) is None:
                _ask(ports, rate, key)
    if not taken:
        wait = limits.seconds_to_wait(ports.clock())
        raise Busy(rate.refusal(wait), retry_after=wait)


def failed_authentication(ports: Ports, address: str | None) -> None:
    """Count a request without a good token by the network it came from; raises Busy past the limit, Unavailable."""
    admit(ports, rates.FAILED_TOKENS, network_of(address or ""))


def _ask(ports: Ports, rate: Rate, key: Key) -> None:
    wanted = limits.portion(rate.most)
    try:
        with ports.store.write() as session:
            used = _raised(ports, session, key, wanted)
    except DatabaseAway as error:
        raise Unavailable(DOWN) from error
    got = limits.granted(rate.most, wanted, used)
    ports.portions.got(key, got, spent=got < wanted or used >= rate.most)


def _raised(ports: Ports, session: Session, key: Key, wanted: int) -> int:
    """Raise a row's number and read it, in one statement that no other worker comes between.

    It may rise past the limit: what lies beyond it is handed out by nobody.
    """
    insert = sqlite.insert if ports.store.is_sqlite else postgresql.insert
    kind, subject, minute = key
    row = insert(RateUse).values(kind=kind, subject=subject, minute=minute, used=wanted)
    stored = row.on_conflict_do_update(
        index_elements=["kind", "subject", "minute"], set_={"used": RateUse.used + row.excluded.used}
    )
    used: int = session.execute(stored.returning(RateUse.used)).scalar_one()
    if used == wanted:
        # Whoever begins a row clears away those that are over.
        session.execute(delete(RateUse).where(RateUse.minute < minute - KEPT_MINUTES))
    return used
