"""Tries at work: what comes from servers that are dead, rude or endless, who may stop them, and what survives."""

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import func, select

from app.data.facts import Facts
from app.domain.roles import Actor
from app.domain.trials import MOST_TEXT, Side
from app.jobs.keeper import Keeper
from app.lib.egress import Policy
from app.lib.http import Door
from app.models.store import Store
from app.models.trial import Trial
from app.queries import trials as query
from app.services import endpoints, switchboard, trials
from app.services.retention import Kept
from tests.fakes.probe import KEY, ports_on
from tests.fakes.trial_scripts import events, hangs, says
from tests.fakes.trying import Bench
from tests.fakes.upstream import HEAD, Exchange, Script, Upstream
from tests.fixtures.servers import free_port

every_database = pytest.mark.every_database
# A stop is to be felt within this time.
SOON = 2.0


@pytest.fixture
def bench(store: Store, facts: Facts, ed: Actor) -> Iterator[Bench]:
    door = Door(Policy(loopback_open=True))
    made = Bench(ports_on(store, door, facts), ed)
    yield made
    made.tries.close()
    door.close()


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def one(bench: Bench, server: Upstream, script: Script, **values: str) -> str:
    """Begin a try of one answer."""
    server.script = script
    return bench.begin(Side(bench.endpoint(server.url, **values)))


def refuses(exchange: Exchange) -> None:
    exchange.whole({"error": {"message": f"no such model; your key is {KEY}"}}, 404)


def breaks_off(exchange: Exchange) -> None:
    exchange.say(HEAD)
    exchange.part(events("feat: half")[0])
    exchange.hang_up()


def says_that_it_failed(exchange: Exchange) -> None:
    exchange.stream([*events("feat: half"), b'data: {"error": {"message": "out of memory"}}\n\n'])


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        (refuses, "endpoint_misconfigured", ""),
        (lambda exchange: exchange.hang_up(), "endpoint_unreachable", ""),
        (lambda exchange: exchange.whole(b"<html>"), "no_answer", ""),
        (lambda exchange: exchange.whole({"error": {"message": "slow down"}}, 429), "endpoint_busy", ""),
        (breaks_off, "broke_off", "feat: half"),
        (says_that_it_failed, "broke_off", "feat: half"),
    ],
)
def test_trouble_of_the_server_is_a_result(
    bench: Bench, server: Upstream, script: Script, code: str, text: str
) -> None:
    (side,) = bench.ended(one(bench, server, script, api_key=KEY)).sides
    assert (side.state, side.code, side.text) == ("failed", code, text)
    assert side.words
    assert KEY not in side.words
    assert side.breaches == ()


def test_a_server_that_is_not_there_is_a_result(bench: Bench) -> None:
    (side,) = bench.ended(bench.begin(Side(bench.endpoint(f"http://127.0.0.1:{free_port()}/v1")))).sides
    assert (side.state, side.code) == ("failed", "endpoint_unreachable")


@every_database
def test_hostile_output_is_kept_as_plain_text(bench: Bench, server: Upstream) -> None:
    rude = "<script>alert(1)</script>\x1b[2J\0\ud800 " + KEY
    (side,) = bench.ended(one(bench, server, says(rude), api_key=KEY)).sides
    assert side.text == "<script>alert(1)</script>\u241b[2J\u2400\ufffd [redacted]"
    assert side.breaches


@every_database
def test_a_megabyte_is_cut_off_and_no_longer_listened_to(bench: Bench, server: Upstream) -> None:
    (side,) = bench.ended(one(bench, server, says(*["lorem ipsum " * 1000] * 90))).sides
    assert (side.state, side.code, len(side.text)) == ("answered", "too_long", MOST_TEXT)


def test_an_answer_is_seen_while_it_comes(bench: Bench, server: Upstream) -> None:
    trial_id = one(bench, server, hangs)
    bench.holds(trial_id, "It began")
    assert bench.look(trial_id).running


@every_database
def test_stop_in_another_process_ends_it_within_two_seconds(bench: Bench, server: Upstream) -> None:
    gone: list[float | None] = []

    def script(exchange: Exchange) -> None:
        exchange.say(HEAD)
        exchange.part(events("It began")[0])
        gone.append(exchange.gone_after(20))

    trial_id = one(bench, server, script)
    bench.holds(trial_id, "It began")
    began = monotonic()
    other = bench.beside()
    trials.ask_stop(other.ports, bench.person, trial_id)
    other.tries.stop(trial_id)
    (side,) = other.ended(trial_id, SOON).sides
    other.tries.close()
    assert (side.state, side.text) == ("stopped", "It began")
    assert monotonic() - began < SOON
    assert gone
    assert gone[0] is not None


def test_a_server_that_does_not_begin_is_stopped_as_well(bench: Bench, server: Upstream) -> None:
    trial_id = one(bench, server, lambda exchange: exchange.gone_after(20) and None)
    trials.ask_stop(bench.ports, bench.person, trial_id)
    assert bench.ended(trial_id, SOON).states == ["stopped"]


@every_database
def test_what_a_process_leaves_when_it_ends_is_told_as_interrupted(bench: Bench, server: Upstream) -> None:
    trial_id = one(bench, server, hangs)
    bench.holds(trial_id, "It began")
    bench.tries.close()
    (side,) = bench.look(trial_id).sides
    assert (side.state, side.code, side.text) == ("failed", "interrupted", "It began")


def test_what_a_killed_process_leaves_is_told_as_interrupted_when_its_lease_is_over(
    bench: Bench, server: Upstream
) -> None:
    draft = trials.TrialDraft("duo_chat", {"question": "Why?"}, (Side(bench.endpoint(server.url)),))
    started = trials.start(bench.ports, bench.person, draft)
    assert bench.look(started.trial_id).running
    bench.clock.by = timedelta(seconds=20)
    assert bench.look(started.trial_id).sides[0].code == "interrupted"


def test_a_running_try_keeps_its_lease(bench: Bench, server: Upstream) -> None:
    trial_id = one(bench, server, hangs)
    bench.holds(trial_id, "It began")
    bench.clock.by = timedelta(seconds=12)
    bench.holds(trial_id, "It began")
    until = monotonic() + 1
    while monotonic() < until:
        pass
    bench.clock.by = timedelta(seconds=20)
    assert bench.look(trial_id).running


def test_the_keeper_clears_what_is_older_than_an_hour(bench: Bench, server: Upstream) -> None:
    bench.ended(one(bench, server, says("feat: a")))
    keeper = Keeper(switchboard.of(bench.ports), Kept(usage=30, probes=30))
    bench.clock.by = timedelta(minutes=59)
    keeper.turn()
    bench.clock.by = timedelta(minutes=61)
    assert held(bench) == 1
    Keeper(switchboard.of(bench.ports), Kept(usage=30, probes=30)).turn()
    assert held(bench) == 0


def held(bench: Bench) -> int:
    with bench.ports.store.read() as session:
        return session.scalar(select(func.count()).select_from(Trial)) or 0


@every_database
def test_an_endpoint_that_goes_takes_its_answers_along(bench: Bench, server: Upstream) -> None:
    server.script = hangs
    endpoint = bench.endpoint(server.url)
    trial_id = bench.begin(Side(endpoint))
    bench.holds(trial_id, "It began")
    endpoints.delete(bench.ports, bench.person, endpoint, 1)
    assert query.trial(bench.ports.store, trial_id, bench.person.key, bench.clock()) is None
