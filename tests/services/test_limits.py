"""Limits that workers share: two of them on one database, threads, minutes that pass, a database that is away."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.domain.errors import Busy, Unavailable
from app.domain.limits import Limits
from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.models.store import Store
from app.models.traffic import LimitUse
from app.services import api_tokens
from app.services.limits import Portions
from app.services.ports import Ports
from tests.fakes.still_clock import StillClock
from tests.fixtures.statements import statements

CHAT = "duo_chat"
FEW = Limits(requests_per_minute=3)
MANY = Limits(requests_per_minute=400)
TOKENS = Limits(tokens_per_minute=100)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def timed(ports: Ports, clock: StillClock) -> Ports:
    return replace(ports, clock=clock)


@pytest.fixture
def token(ports: Ports, ada: Actor) -> str:
    return api_tokens.create(ports, ada, TokenDraft("chat", features=(CHAT,))).id


def admitted(portions: Portions, token: str, limits: Limits, most: int = 1000) -> int:
    """How many calls go through until one is refused."""
    for number in range(most):
        try:
            portions.admit(token, limits, CHAT)
        except Busy:
            return number
    return most


def rows(ports: Ports) -> list[tuple[int, int]]:
    with ports.store.read() as session:
        return [(row.requests, row.tokens) for row in session.scalars(select(LimitUse).order_by(LimitUse.minute))]


def test_a_token_without_limits_costs_no_statement(timed: Ports, token: str) -> None:
    portions = Portions(timed)
    with statements(timed.store) as sent:
        assert admitted(portions, token, Limits(), 50) == 50
        portions.spend(token, Limits(), CHAT, 1000)
        portions.spend(token, FEW, CHAT, 1000)
    assert sent == []


def test_a_small_limit_is_exact_across_two_workers(timed: Ports, token: str) -> None:
    one, other = Portions(timed), Portions(timed)
    for portions in (one, other, one):
        portions.admit(token, FEW, CHAT)
        portions.sync()
    for portions in (one, other):
        assert admitted(portions, token, FEW) == 0


def test_past_the_limit_the_refusal_names_it_and_needs_no_statement(timed: Ports, token: str) -> None:
    portions = Portions(timed)
    assert admitted(portions, token, FEW) == 3
    with statements(timed.store) as sent, pytest.raises(Busy) as refused:
        portions.admit(token, FEW, CHAT)
    assert refused.value.message == (
        "This token's requests for duo_chat are used up in this minute (limit: 3). Try again in 42 s."
    )
    assert (refused.value.retry_after, sent) == (42, [])


def test_the_next_minute_and_another_feature_have_limits_of_their_own(
    timed: Ports, token: str, clock: StillClock
) -> None:
    portions = Portions(timed)
    assert admitted(portions, token, FEW) == 3
    portions.admit(token, FEW, "code_completions")
    clock.move(42)
    assert admitted(portions, token, FEW) == 3


def test_one_statement_gives_a_whole_portion(timed: Ports, token: str) -> None:
    portions = Portions(timed)
    with statements(timed.store) as sent:
        assert admitted(portions, token, MANY, 20) == 20
    assert len(sent) == 1
    assert rows(timed) == [(20, 0)]


def test_threads_of_one_worker_fetch_a_portion_once(timed: Ports, token: str) -> None:
    portions = Portions(timed)
    with statements(timed.store) as sent, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: portions.admit(token, MANY, CHAT), range(16)))
    assert len(sent) == 1


@pytest.mark.parametrize("limit", [7, 50, 45])
def test_all_workers_and_threads_together_hand_out_the_limit_and_no_more(timed: Ports, token: str, limit: int) -> None:
    store = Store(timed.store.engine)
    workers = [Portions(timed), Portions(replace(timed, store=store))]
    with ThreadPoolExecutor(16) as pool:
        counts = pool.map(lambda n: admitted(workers[n % 2], token, Limits(limit)), range(16))
        assert sum(counts) == limit


def test_a_low_portion_is_filled_ahead_of_need(timed: Ports, token: str) -> None:
    portions = Portions(timed)
    assert admitted(portions, token, MANY, 10) == 10
    with statements(timed.store) as sent:
        portions.sync()
    assert [each for each in sent if not each.startswith("DELETE")] == []
    portions.admit(token, MANY, CHAT)
    portions.sync()
    assert rows(timed) == [(40, 0)]
    with statements(timed.store) as sent:
        assert admitted(portions, token, MANY, 29) == 29
    assert sent == []


def test_used_tokens_close_the_minute_for_both_workers_once_written(timed: Ports, token: str) -> None:
    one, other = Portions(timed), Portions(timed)
    for portions in (one, other):
        portions.admit(token, TOKENS, CHAT)
    with statements(timed.store) as sent:
        one.spend(token, TOKENS, CHAT, 70)
        other.spend(token, TOKENS, CHAT, 60)
        one.admit(token, TOKENS, CHAT)
    assert sent == []
    for portions in (one, other, one):
        portions.sync()
    assert rows(timed) == [(0, 130)]
    for portions in (one, other):
        with pytest.raises(Busy, match=r"tokens for duo_chat are used up in this minute \(limit: 100\)"):
            portions.admit(token, TOKENS, CHAT)


def test_who_comes_late_in_the_minute_learns_what_was_used(timed: Ports, token: str) -> None:
    one, other = Portions(timed), Portions(timed)
    one.admit(token, TOKENS, CHAT)
    one.spend(token, TOKENS, CHAT, 100)
    one.sync()
    assert admitted(other, token, TOKENS) == 0


def test_what_is_owed_goes_along_with_the_next_portion(timed: Ports, token: str) -> None:
    portions, both = Portions(timed), Limits(3, 100)
    portions.admit(token, both, CHAT)
    portions.spend(token, both, CHAT, 40)
    portions.admit(token, both, CHAT)
    assert rows(timed) == [(2, 40)]
    portions.sync()
    assert rows(timed) == [(2, 40)]


def test_without_the_database_no_limit_opens_and_nothing_owed_is_lost(
    timed: Ports, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    portions, both = Portions(timed), Limits(40, 100)
    portions.admit(token, both, CHAT)
    portions.spend(token, both, CHAT, 30)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", away)
        portions.admit(token, both, CHAT)
        for act in (lambda: portions.admit(token, both, CHAT), portions.sync):
            with pytest.raises(Unavailable, match="cannot be read"):
                act()
    portions.sync()
    portions.sync()
    assert rows(timed)[0][1] == 30


def away(_store: Store) -> None:
    raise OperationalError("INSERT", {}, Exception("the database is away"))


def test_old_minutes_go_from_memory_and_after_an_hour_from_the_table(
    timed: Ports, token: str, clock: StillClock
) -> None:
    portions = Portions(timed)
    for minutes in (0, 11, 55):
        clock.move(60 * minutes)
        portions.admit(token, FEW, CHAT)
        portions.sync()
    assert len(rows(timed)) == 2
    clock.move(60)
    with statements(timed.store) as sent:
        portions.sync()
    assert sent == []
