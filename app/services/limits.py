"""Limits of tokens, kept by all workers together: each takes portions from one shared row and hands them out itself.

Without the database no limit opens: who has a portion in hand gives it out, and then calls are refused as unavailable.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.domain import limits as rules
from app.domain.errors import Busy, DatabaseAway, Unavailable
from app.domain.limits import Limits
from app.models.traffic import LimitUse
from app.services.ports import Ports

KEPT_MINUTES = 60
CLEARED_EVERY = 10
DOWN = "The limits of this token cannot be read at the moment. Try again soon."

Key = tuple[str, str, int]


@dataclass(slots=True)
class _Portion:
    """One worker's part of a token's minute for a feature.

    Tokens used are `shared` (as last seen in the row), `sent` (on their way to it) and `owed`.
    """

    key: Key
    limits: Limits
    # Whether the row was looked at in this minute, and whether it had no more requests.
    known: bool = False
    spent: bool = False
    left: int = 0
    shared: int = 0
    sent: int = 0
    owed: int = 0
    taking: Lock = field(default_factory=Lock)

    @property
    def ahead(self) -> int:
        """How many requests to take ahead of need."""
        limit = self.limits.requests_per_minute
        return rules.portion(limit) if self.known and not self.spent and rules.is_low(self.left, limit) else 0

    def used_up(self) -> tuple[str, int] | None:
        """Which limit is reached and its size."""
        requests, tokens = self.limits.requests_per_minute, self.limits.tokens_per_minute
        if tokens is not None and self.shared + self.sent + self.owed >= tokens:
            return "tokens", tokens
        if requests is not None and self.spent and not self.left:
            return "requests", requests
        return None

    def take(self) -> bool:
        """Use one request of those in hand; False where there is none."""
        if self.limits.requests_per_minute is None:
            return self.known
        if not self.left:
            return False
        self.left -= 1
        return True

    def send(self) -> int:
        """What is owed goes on its way."""
        owed, self.owed = self.owed, 0
        self.sent += owed
        return owed

    def arrived(self, asked: int, paid: int, requests: int, tokens: int) -> None:
        """The row holds what was sent: `requests` and `tokens` are its numbers since."""
        got = rules.granted(self.limits.requests_per_minute, asked, requests)
        self.known, self.left, self.spent = True, self.left + got, self.spent or got < asked
        self.sent, self.shared = self.sent - paid, max(self.shared, tokens)

    def returned(self, paid: int) -> None:
        """It never got there."""
        self.sent, self.owed = self.sent - paid, self.owed + paid


class Portions:
    """What this worker has of every token's minute; one for each worker, used by all its threads."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._lock = Lock()
        self._portions: dict[Key, _Portion] = {}
        self._cleared = 0

    def admit(self, token_id: str, limits: Limits, feature: str) -> None:
        """Let one call through; raises Busy past a limit, and Unavailable where the database does not tell.

        A call is let through while the minute's tokens are not used up: what it will use nobody knows yet.
        """
        if not limits.are_set:
            return
        portion = self._portion(token_id, limits, feature)
        if self._take(portion):
            return
        # One thread asks the database, the others wait and look at what it got.
        with portion.taking:
            while not self._take(portion):
                self._exchange([(portion, rules.portion(limits.requests_per_minute))])

    def spend(self, token_id: str, limits: Limits, feature: str, tokens: int) -> None:
        """Note what a call has used. It counts in the minute in which it is noted, and may go past the limit."""
        if limits.tokens_per_minute is not None:
            portion = self._portion(token_id, limits, feature)
            with self._lock:
                portion.owed += tokens

    def sync(self) -> None:
        """Write what is owed, learn what others used, take ahead what runs low, forget old minutes; once a second.

        Raises Unavailable, with nothing lost.
        """
        minute = rules.minute_of(self._ports.clock())
        with self._lock:
            self._portions = {key: each for key, each in self._portions.items() if each.key[2] >= minute}
            # In one order everywhere: two workers that lock rows crosswise would wait for each other.
            current = [self._portions[key] for key in sorted(self._portions)]
            wanted = [(each, each.ahead) for each in current if each.ahead or each.owed]
        if wanted:
            self._exchange(wanted)
        written = {each.key for each, _ in wanted}
        self._look([each for each in current if each.key not in written], minute)
        if minute >= self._cleared + CLEARED_EVERY:
            self._clear(minute)

    def _portion(self, token_id: str, limits: Limits, feature: str) -> _Portion:
        key = (token_id, feature, rules.minute_of(self._ports.clock()))
        if (portion := self._portions.get(key)) is not None:
            return portion
        with self._lock:
            return self._portions.setdefault(key, _Portion(key, limits))

    def _take(self, portion: _Portion) -> bool:
        with self._lock:
            reached = portion.used_up()
            if reached is None:
                return portion.take()
        noun, limit = reached
        wait = rules.seconds_to_wait(self._ports.clock())
        raise Busy(rules.refusal(noun, portion.key[1], limit, wait), retry_after=wait)

    def _exchange(self, wanted: Sequence[tuple[_Portion, int]]) -> None:
        """Pay what each portion owes and take so many requests for it, in one transaction."""
        with self._lock:
            paid = [portion.send() for portion, _ in wanted]
        together = list(zip(wanted, paid, strict=True))
        try:
            with _told(), self._ports.store.write() as session:
                numbers = [self._add(session, portion.key, asked, owed) for (portion, asked), owed in together]
        except BaseException:
            with self._lock:
                for (portion, _), owed in together:
                    portion.returned(owed)
            raise
        with self._lock:
            for ((portion, asked), owed), (requests, tokens) in zip(together, numbers, strict=True):
                portion.arrived(asked, owed, requests, tokens)

    def _add(self, session: Session, key: Key, requests: int, tokens: int) -> tuple[int, int]:
        """Raise a row's numbers and read them, in one statement that no other worker comes between.

        They may rise past a limit: what lies beyond it is handed out by nobody.
        """
        insert = sqlite.insert if self._ports.store.is_sqlite else postgresql.insert
        token_id, feature, minute = key
        row = insert(LimitUse).values(
            token_id=token_id, feature=feature, minute=minute, requests=requests, tokens=tokens
        )
        raised = {name: getattr(LimitUse, name) + row.excluded[name] for name in ("requests", "tokens")}
        stored = row.on_conflict_do_update(index_elements=["token_id", "feature", "minute"], set_=raised)
        told = session.execute(stored.returning(LimitUse.requests, LimitUse.tokens)).one()
        return told.requests, told.tokens

    def _look(self, portions: Sequence[_Portion], minute: int) -> None:
        """Learn what other workers wrote where this one has nothing to write."""
        counted = {each.key: each for each in portions if each.limits.tokens_per_minute is not None}
        if not counted:
            return
        mine = LimitUse.token_id.in_({token_id for token_id, _, _ in counted})
        asked = select(LimitUse.token_id, LimitUse.feature, LimitUse.tokens).where(mine, LimitUse.minute == minute)
        with _told(), self._ports.store.read() as session:
            rows = session.execute(asked).all()
        with self._lock:
            for token_id, feature, tokens in rows:
                if portion := counted.get((token_id, feature, minute)):
                    portion.shared = max(portion.shared, tokens)

    def _clear(self, minute: int) -> None:
        old = delete(LimitUse).where(LimitUse.minute < minute - KEPT_MINUTES)
        with _told(), self._ports.store.write() as session:
            session.execute(old.execution_options(synchronize_session=False))
        self._cleared = minute


@contextmanager
def _told() -> Iterator[None]:
    """A database that does not answer is unavailable, and no limit opens for it."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, DatabaseAway) as error:
        raise Unavailable(DOWN) from error
