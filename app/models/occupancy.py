"""Who uses a PostgreSQL database: each connection of a portal holds a lock with the others, a restore wants it alone.

The database lets go of it with the connection, so a process that was killed holds nothing up, and a restart of the
database leaves nothing behind.
"""

import time
from typing import Any

from app.models.locks import IN_USE

# Seconds in which PostgreSQL has noticed that a connection was closed.
PATIENCE = 1.0


def join(connection: Any) -> bool:
    """Hold it together with others for as long as this connection lives; False while a restore has it alone."""
    return _asked(connection, "SELECT pg_try_advisory_lock_shared(%s)")


def take_alone(connection: Any) -> bool:
    """Hold it alone for as long as this connection lives; False while anybody else holds it."""
    until = time.monotonic() + PATIENCE
    while not _asked(connection, "SELECT pg_try_advisory_lock(%s)"):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _asked(connection: Any, statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [IN_USE])
        row = cursor.fetchone()
    return bool(row and row[0])
