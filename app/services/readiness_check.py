"""Whether this process can serve: the database writes and its tables are the ones we know."""

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.models.schema import REVISION
from app.services.ports import Ports

log = logging.getLogger(__name__)


def problems(ports: Ports) -> list[str]:
    """Sentences about what is missing; empty when the process is ready. Details go to the log."""
    try:
        with ports.store.write() as session:
            found = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        log.warning("the database does not answer: %s", type(error).__name__)
        return ["The database cannot be written, or was never migrated."]
    if found != REVISION:
        return [f"The database is at revision {found}; this version needs {REVISION}."]
    return []
