"""Whether this process can serve: the database writes, its tables are the ones we know, and the keys are there.

Two ways of telling: sentences for the operator's commands, and the bare names of checks for anybody who asks `/readyz`.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import DatabaseAway
from app.lib.sealed import CannotOpen
from app.models import faults
from app.models.schema import REVISION
from app.services.ports import Ports

log = logging.getLogger(__name__)

# It changes nothing and still fails wherever a change would: on a copy that only reads, or in a file that is locked.
_PROBE = text("UPDATE alembic_version SET version_num = version_num RETURNING version_num")
_PURPOSE = "readiness"
NEVER_MIGRATED = "The database cannot be written, or was never migrated."


@dataclass(frozen=True, slots=True)
class Problem:
    """A check that failed: `database`, `migrations` or `keys`, and what it means."""

    check: str
    sentence: str


def problems(ports: Ports) -> list[str]:
    """Sentences about what is missing; empty when the process is ready. Details go to the log."""
    return [each.sentence for each in failed(ports)]


def failed(ports: Ports) -> list[Problem]:
    """The checks that failed."""
    found = [_database(ports), _keys(ports)]
    return [each for each in found if each is not None]


def _database(ports: Ports) -> Problem | None:
    try:
        with ports.store.write() as session:
            found = session.execute(_PROBE).scalar()
            session.rollback()
    except DatabaseAway as error:
        # Whatever has no tables of ours was never migrated.
        never = error.message == faults.OTHER.sentence
        return Problem("database", NEVER_MIGRATED if never else error.message)
    except SQLAlchemyError as error:
        log.warning("the database does not answer: %s", type(error).__name__)
        return Problem("database", NEVER_MIGRATED)
    # Revisions are numbers of four digits, so that text compares as numbers do.
    if found is not None and found > REVISION:
        newer = f"The database is at revision {found}, of a newer version; this one knows {REVISION} at most."
        return Problem("migrations", newer)
    if found != REVISION:
        return Problem("migrations", f"The database is at revision {found}; this version needs {REVISION}.")
    return None


def _keys(ports: Ports) -> Problem | None:
    try:
        ports.sealer.open(ports.sealer.seal("", _PURPOSE), _PURPOSE)
    except CannotOpen:
        return Problem("keys", "What the keys seal they do not open.")
    return None
