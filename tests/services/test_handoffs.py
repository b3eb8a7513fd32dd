"""Sign-ins that wait for a frame: handed over once, within a minute, to whoever has the verifier."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select, update

from app.domain.errors import Busy
from app.domain.roles import Role
from app.domain.sessions import digest
from app.lib.sealed import Sealer
from app.models.sign_in import SignInHandoff
from app.models.store import Store
from app.services import handoffs, sessions, signing_out
from app.services.handoffs import Handoff
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from tests.fixtures.stock import audit_rows

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
ADA = Handoff(
    SignedIn(
        "https://op.example",
        "ada",
        "Ada",
        Role.ADMIN,
        groups=("admins",),
        claims={"nested": {"a": [1, None]}},
        id_token="eyJ.the.token",
        auth_time=START,
    ),
    "step_up",
)
HERE = "192.0.2.7"


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


def rows(ports: Ports) -> int:
    with ports.store.read() as session:
        return session.execute(select(func.count()).select_from(SignInHandoff)).scalar_one()


def test_it_is_handed_over_whole_and_once(ports: Ports) -> None:
    code = handoffs.offer(ports, digest("verifier"), ADA)
    assert handoffs.redeem(ports, code, "verifier", HERE) == ADA
    assert handoffs.redeem(ports, code, "verifier", HERE) is None


def test_a_wrong_verifier_gets_nothing_and_spends_the_code(ports: Ports) -> None:
    code = handoffs.offer(ports, digest("verifier"), ADA)
    for verifier in ("another", "verifier", ""):
        assert handoffs.redeem(ports, code, verifier, HERE) is None
    assert rows(ports) == 0


@pytest.mark.parametrize(("seconds", "works"), [(59.9, True), (60, False)])
def test_it_waits_for_a_minute(ports: Ports, clock: Clock, seconds: float, works: bool) -> None:
    code = handoffs.offer(ports, digest("verifier"), ADA)
    clock.now += timedelta(seconds=seconds)
    assert (handoffs.redeem(ports, code, "verifier", HERE) is not None) is works


def test_what_nobody_fetched_goes_with_the_next(ports: Ports, clock: Clock) -> None:
    for _ in range(3):
        handoffs.offer(ports, digest("verifier"), ADA)
    clock.now += timedelta(seconds=60)
    handoffs.offer(ports, digest("verifier"), ADA)
    assert rows(ports) == 1


def test_a_payload_opens_in_its_own_row_alone(ports: Ports) -> None:
    eve = handoffs.offer(ports, digest("eve's"), replace(ADA, who=replace(ADA.who, subject="eve", role=Role.VIEWER)))
    ada = handoffs.offer(ports, digest("ada's"), ADA)
    with ports.store.write() as session:
        payload = session.execute(select(SignInHandoff.payload).where(SignInHandoff.id == digest(ada))).scalar_one()
        assert "eyJ." not in payload
        session.execute(update(SignInHandoff).where(SignInHandoff.id == digest(eve)).values(payload=payload))
    assert handoffs.redeem(ports, eve, "eve's", HERE) is None


def test_guessing_is_limited_like_signing_in(ports: Ports) -> None:
    for _ in range(60):
        assert handoffs.redeem(ports, "guess", "verifier", HERE) is None
    with pytest.raises(Busy):
        handoffs.redeem(ports, "guess", "verifier", HERE)
    assert handoffs.redeem(ports, handoffs.offer(ports, digest("v"), ADA), "v", HERE) == ADA


SID = replace(ADA, who=replace(ADA.who, provider_session="sid-1"))


@pytest.mark.parametrize(
    ("issuer", "subject", "provider_session", "waits"),
    [
        ("https://op.example", "ada", "", False),
        ("https://op.example", "", "sid-1", False),
        ("https://op.example", "ada", "sid-1", False),
        ("https://op.example", "bob", "", True),
        ("https://op.example", "", "sid-2", True),
        ("https://op.example", "ada", "sid-2", True),
        ("https://other.example", "ada", "sid-1", True),
    ],
)
def test_what_the_provider_ends_is_not_handed_over_any_more(
    ports: Ports, issuer: str, subject: str, provider_session: str, waits: bool
) -> None:
    code = handoffs.offer(ports, digest("verifier"), SID)
    unnamed = handoffs.offer(ports, digest("verifier"), ADA)
    signing_out.end_for_provider(ports, issuer, subject, provider_session, "a token", START + timedelta(minutes=5))
    assert (handoffs.redeem(ports, code, "verifier", HERE) is not None) is waits
    # A provider that names its session in the logout token alone means every one of the person's.
    ended = (issuer, subject) == ("https://op.example", "ada")
    assert (handoffs.redeem(ports, unnamed, "verifier", HERE) is None) is ended
    noted = audit_rows(ports.store, "session:end_by_provider")
    assert len(noted) == (not waits) + ended
    assert all(each.object_name == "Ada" for each in noted)


def test_signing_out_everywhere_and_losing_a_role_take_it_back(ports: Ports) -> None:
    bob = replace(ADA, who=replace(ADA.who, subject="bob", role=Role.VIEWER))
    sessions.begin(ports, ADA.who, Visitor())
    code, others = (handoffs.offer(ports, digest("verifier"), each) for each in (ADA, bob))
    signing_out.end_all(ports, ADA.who.actor, ADA.who.issuer, "ada")
    assert handoffs.redeem(ports, code, "verifier", HERE) is None
    assert handoffs.redeem(ports, others, "verifier", HERE) == bob
    codes = [handoffs.offer(ports, digest("verifier"), each) for each in (ADA, bob)]
    for subject in ("ada", "bob"):
        with ports.store.write() as session:
            signing_out.end_beyond(ports, session, ADA.who.issuer, subject, Role.VIEWER)
    assert [handoffs.redeem(ports, each, "verifier", HERE) for each in codes] == [None, bob]
