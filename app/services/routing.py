"""The routes as one process knows them: looked up anew when their number has risen, and no statement on a call's path.

A keeper looks every half second. Where none runs, in tests and on the command line, each call looks for itself.
"""

import hmac
import logging
import threading
from datetime import datetime
from time import monotonic

from app.clients.target import Target
from app.domain import tokens
from app.domain.errors import NotFound, TokenRefused
from app.domain.routing import Routes, TokenRoute
from app.queries import routes as query
from app.queries.routes import RouteTable
from app.services import targets
from app.services.api_tokens import MISSING, REFUSED
from app.services.ports import Ports

log = logging.getLogger(__name__)

# Tier and abilities change without the number: tests find them out all the time.
RELOAD_SECONDS = 60.0
# A keeper that has not looked for so long has lost its way; calls then look for themselves.
TRUSTED_SECONDS = 2.0
_NOBODY = tokens.digest("")


class RouteBook:
    """One per process; what `current` gives is frozen and may be used from any thread."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._lock = threading.Lock()
        self._table: RouteTable | None = None
        self._targets: dict[str, Target] = {}
        self._loaded_at = self._looked_at = -RELOAD_SECONDS
        self._trusted = 0.0

    def keep(self) -> None:
        """Somebody looks every half second from now on."""
        self._trusted = TRUSTED_SECONDS

    def current(self) -> Routes:
        """The routes; raises the database's error where they were never read."""
        if self._table is None or monotonic() - self._looked_at > self._trusted:
            try:
                self.look()
            except Exception:
                if self._table is None:
                    raise
                # The database is away: what was known a moment ago is better than no answer.
                log.exception("the routes could not be looked up; calls go on with those that are known")
                self._looked_at = monotonic()
        assert self._table is not None
        return self._table.routes

    def look(self) -> None:
        """Read the routes again if their number has risen, or a minute has passed; raises the database's error."""
        with self._lock:
            number = query.number(self._ports.store)
            now = monotonic()
            old = self._table is None or self._table.routes.number != number
            if old or now - self._loaded_at > RELOAD_SECONDS:
                self._table = query.table(self._ports.store, self._ports.clock())
                # Keys that do not open are told when an endpoint is called, not to those who call others.
                self._targets = {}
                self._loaded_at = now
            self._looked_at = now

    def target(self, endpoint_id: str) -> Target:
        """What a dialect speaks to; raises CannotOpen for a key that no longer opens, NotFound for what went."""
        # In this order: what is made from an older table never gets among the targets of a newer one.
        made, table = self._targets, self._table
        found = made.get(endpoint_id)
        if found is None:
            stored = table.stored.get(endpoint_id) if table else None
            if stored is None:
                raise NotFound("The endpoint was deleted a moment ago.")
            found = made[endpoint_id] = targets.of_endpoint(self._ports, stored)
        return found


def bearer(routes: Routes, text: str, now: datetime) -> TokenRoute:
    """Whose token this is; raises TokenRefused, with the same work for an unknown token as for a known one."""
    parts = tokens.read(text)
    if parts is None:
        raise TokenRefused(REFUSED if text else MISSING, shown=bool(text))
    found = routes.tokens.get(parts.public_id)
    proven = hmac.compare_digest(tokens.digest(parts.secret), found.secret_hash if found else _NOBODY)
    if found is None or not proven or tokens.has_ended(found.expires_at, None, now):
        raise TokenRefused(REFUSED, shown=True)
    return found
