"""Sessions and sign-ins as rows: on both databases, with a clock that can be set."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from app.domain.errors import Busy
from app.domain.roles import Role
from app.domain.sessions import SessionLimits, digest
from app.lib.sealed import Sealer
from app.models.sign_in import Person, SignInSession, SignInTransaction
from app.models.store import Store
from app.queries.sessions import live_session, session_details
from app.services import sessions
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.services.sign_ins import Transaction, open_transaction, take_transaction

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMITS = SessionLimits()
ADA = SignedIn("https://op.example", "ada", "Ada", Role.ADMIN, groups=("admins",), id_token="eyJ.the.token")
HERE = Visitor("192.0.2.7", "Test browser/1")


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(store: Store, clock: Clock) -> Ports:
    nothing = cast(Any, None)
    return Ports(store, clock, Sealer(["a key of the tests that is long enough"]), nothing, nothing)


def count(ports: Ports, table: type) -> int:
    with ports.store.read() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_session_is_found_by_its_secret_alone(ports: Ports) -> None:
    secret = sessions.begin(ports, ADA, HERE)
    found = live_session(ports.store, digest(secret), LIMITS, START)
    assert found is not None
    assert found.actor is not None
    assert (found.actor.key, found.actor.role, found.actor.groups) == (
        "https://op.example ada",
        Role.ADMIN,
        ("admins",),
    )
    assert live_session(ports.store, digest("guess"), LIMITS, START) is None


def test_the_id_token_is_sealed_to_its_row_and_comes_back_once(ports: Ports) -> None:
    one, other = (sessions.begin(ports, ADA, HERE) for _ in range(2))
    with ports.store.write() as session:
        rows = {row.id: row for row in session.execute(select(SignInSession)).scalars()}
        assert all("eyJ." not in row.id_token for row in rows.values())
        rows[digest(other)].id_token = rows[digest(one)].id_token
    assert sessions.end(ports, digest(one)) == "eyJ.the.token"
    assert sessions.end(ports, digest(one)) == ""
    assert sessions.end(ports, digest(other)) == ""


def test_the_same_person_has_one_row_and_many_sessions(ports: Ports, clock: Clock) -> None:
    sessions.begin(ports, ADA, HERE)
    clock.now += timedelta(days=1)
    sessions.begin(ports, SignedIn("https://op.example", "ada", "Ada Married", Role.VIEWER), HERE)
    sessions.begin(ports, SignedIn("https://other.example", "ada", "Another", Role.VIEWER), HERE)
    with ports.store.read() as session:
        people = session.execute(select(Person).order_by(Person.issuer)).scalars().all()
    assert [(each.name, each.role) for each in people] == [("Ada Married", "viewer"), ("Another", "viewer")]
    assert people[0].last_sign_in_at == clock.now
    assert count(ports, SignInSession) == 3


def test_the_last_use_is_moved_once_a_minute_by_whoever_comes_first(ports: Ports, clock: Clock) -> None:
    key = digest(sessions.begin(ports, ADA, HERE))
    for seconds, expected in ((59, START), (60, START + timedelta(seconds=60)), (61, START + timedelta(seconds=60))):
        clock.now = START + timedelta(seconds=seconds)
        sessions.seen(ports, key)
        details = session_details(ports.store, key)
        assert details is not None
        assert details.last_seen_at == expected


def test_data_of_a_session_that_ended_is_not_brought_back(ports: Ports) -> None:
    key = digest(sessions.begin(ports, ADA, HERE))
    sessions.end(ports, key)
    sessions.remember(ports, key, {"late": True})
    assert count(ports, SignInSession) == 0


@pytest.mark.parametrize("gap", [timedelta(minutes=30), timedelta(hours=12)])
def test_what_has_ended_is_swept(ports: Ports, clock: Clock, gap: timedelta) -> None:
    sessions.begin(ports, ADA, HERE)
    open_transaction(ports, "state", "browser", Transaction("n", "v"), HERE.address)
    clock.now += gap
    kept = sessions.begin(ports, ADA, HERE)
    sessions.sweep(ports, LIMITS)
    assert (count(ports, SignInSession), count(ports, SignInTransaction)) == (1, 0)
    assert live_session(ports.store, digest(kept), LIMITS, clock.now)


Take = Callable[[], Transaction | None]


@pytest.fixture
def take(ports: Ports) -> Take:
    begun = Transaction("nonce", "verifier", "/next")
    open_transaction(ports, "state", "browser", begun, HERE.address)
    return lambda: take_transaction(ports, "state", "browser", HERE.address)


def test_a_sign_in_is_taken_once(take: Take) -> None:
    assert take() == Transaction("nonce", "verifier", "/next")
    assert take() is None


def test_a_sign_in_stays_with_its_browser(ports: Ports, take: Take) -> None:
    for browser in ("another", ""):
        assert take_transaction(ports, "state", browser, HERE.address) is None
    assert take() is not None


@pytest.mark.parametrize(("minutes", "works"), [(9.99, True), (10, False)])
def test_a_sign_in_works_for_ten_minutes(take: Take, clock: Clock, minutes: float, works: bool) -> None:
    clock.now += timedelta(minutes=minutes)
    assert (take() is not None) is works


def test_the_limit_counts_a_network_for_a_minute(ports: Ports, clock: Clock) -> None:
    for number in range(60):
        open_transaction(ports, f"s{number}", "b", Transaction("n", "v"), f"2001:db8::{number}")
    with pytest.raises(Busy):
        open_transaction(ports, "more", "b", Transaction("n", "v"), "2001:db8::ffff")
    with pytest.raises(Busy):
        take_transaction(ports, "stray", "b", "2001:db8::ffff")
    open_transaction(ports, "elsewhere", "b", Transaction("n", "v"), "2001:db8:1::1")
    clock.now += timedelta(seconds=61)
    open_transaction(ports, "later", "b", Transaction("n", "v"), "2001:db8::1")


def test_an_answer_to_a_known_sign_in_is_taken_even_at_the_limit(ports: Ports) -> None:
    for number in range(60):
        open_transaction(ports, f"s{number}", "b", Transaction("n", "v"), HERE.address)
    assert take_transaction(ports, "s7", "b", HERE.address) is not None
