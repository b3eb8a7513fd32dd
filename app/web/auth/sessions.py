"""Sessions as Flask sees them: a row in the database, found by the digest of what the cookie holds.

Loaded when somebody first asks for it, so that static files and health checks cost no statement. Flask's own signed
cookie would do without a database, but could not be ended: whoever kept a copy would stay signed in.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask import session as current
from flask.sessions import SessionInterface, SessionMixin

from app.domain.roles import Actor
from app.domain.sessions import SEEN_EVERY, SessionLimits, digest
from app.queries.sessions import SessionRecord, live_session
from app.services import sessions, signing_in
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.web.auth.cookies import Cookies

_Load = Callable[[], SessionRecord | None]


class SqlSession(SessionMixin):
    """What a session keeps, as a mapping; `actor` is the signed-in person, or None."""

    modified = False

    def __init__(self, load: _Load) -> None:
        self._load = load
        self.new_secret: str | None = None
        self.framed = False
        self.ended = False

    @cached_property
    def record(self) -> SessionRecord | None:
        """The row behind it, read on first use; None where there is none or it has ended."""
        return self._load()

    @cached_property
    def _data(self) -> dict[str, Any]:
        return dict(self.record.data) if self.record else {}

    @property
    def loaded(self) -> bool:
        """Whether anybody asked."""
        return "record" in self.__dict__

    @property
    def actor(self) -> Actor | None:
        """The signed-in person."""
        return self.record.actor if self.record else None

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class SqlSessions(SessionInterface):
    """Opens a session from the request's cookie and saves what changed in it."""

    def __init__(self, ports: Ports, limits: SessionLimits, cookies: Cookies) -> None:
        self.ports = ports
        self.limits = limits
        self.cookies = cookies

    def open_session(self, app: Flask, request: Request) -> SqlSession:  # noqa: ARG002 (Flask's signature)
        """A session that is read when it is first looked at."""
        secret = self.cookies.session_secret(request)

        def load() -> SessionRecord | None:
            if secret is None:
                return None
            return live_session(self.ports.store, digest(secret), self.limits, self.ports.clock())

        return SqlSession(load)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Write what changed: new data, the minute's sign of life, the cookie of a session that began or ended."""
        mine = cast(SqlSession, session)
        if mine.loaded:
            response.vary.add("Cookie")
        if mine.new_secret:
            self.cookies.set_session(response, mine.new_secret, framed=mine.framed)
        elif mine.ended:
            self.cookies.drop_session(response)
        elif mine.modified:
            self._store(mine, response)
        elif mine.loaded and mine.record and self.ports.clock() - mine.record.last_seen_at >= SEEN_EVERY:
            sessions.seen(self.ports, mine.record.id)

    def _store(self, mine: SqlSession, response: Response) -> None:
        if mine.record:
            sessions.remember(self.ports, mine.record.id, mine)
        elif mine:
            self.cookies.set_session(response, sessions.begin_anonymous(self.ports, mine, visitor()))

    def begin(self, who: SignedIn, purpose: str = "", *, framed: bool = False) -> None:
        """Sign the person in, `framed` in a frame: a new session takes the place of the one the browser had.

        Forms that the same person has open go on working: their CSRF token stays. `purpose` as the transaction has it.
        """
        mine = _mine()
        mine.framed = framed
        replaced = mine.record.id if mine.record else None
        same = mine.actor is not None and mine.actor.key == who.actor.key
        csrf_token = str(mine.get("csrf_token", "")) if same else ""
        mine.new_secret = signing_in.sign_in(
            self.ports, who, visitor(), replacing=replaced, csrf_token=csrf_token, purpose=purpose
        )
        sessions.sweep(self.ports, self.limits)

    def end(self) -> str:
        """Sign the person out here; returns the provider's ID token for signing out there, or nothing."""
        mine = _mine()
        mine.ended = True
        return sessions.end(self.ports, mine.record.id, mine.actor) if mine.record else ""


def visitor() -> Visitor:
    """Where the current request comes from."""
    return Visitor(request.remote_addr or "", request.user_agent.string)


def setup(app: Flask, ports: Ports, limits: SessionLimits, cookies: Cookies) -> None:
    """Keep the sessions of `app` in the database."""
    app.session_interface = SqlSessions(ports, limits, cookies)


def interface(app: Flask) -> SqlSessions:
    """The sessions of `app`."""
    return cast(SqlSessions, app.session_interface)


def _mine() -> SqlSession:
    return cast(SqlSession, current)
