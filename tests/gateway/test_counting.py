"""What a call leaves behind: counted usage, used-up limits, and neither a statement on its way nor a word of it."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app.domain.calls import FeatureCall, Form
from app.domain.roles import Actor
from app.domain.routing import Wanted
from app.factory import switchboard_of
from app.gateway.app import create_gateway
from app.gateway.context import PREFIX
from app.lib.cancel import Cancel
from app.models.store import Store
from app.models.token import Token
from app.models.usage import UsageTotal
from app.services import switchboard
from app.services.answering import answer
from app.services.ports import Ports
from app.services.routing import bearer
from app.services.switchboard import Switchboard
from tests.fakes import wire
from tests.fakes.still_clock import StillClock
from tests.fakes.upstream import ENDING, EVENTS, HEAD, Exchange, Script, Upstream
from tests.fixtures.statements import statements
from tests.fixtures.stock import fall_back
from tests.gateway.conftest import Caller, CallerOf, endpoint_at

pytestmark = [pytest.mark.usefixtures("endpoint"), pytest.mark.every_database]
Write = Callable[[], list[UsageTotal]]
CANARY = "canary-that-nobody-keeps"


@pytest.fixture
def totals(app: Flask, ports: Ports) -> Write:
    """Write what was counted, and read all of it."""

    def write() -> list[UsageTotal]:
        switchboard_of(app).meter.write()
        with ports.store.read() as session:
            return list(session.scalars(select(UsageTotal).order_by(UsageTotal.feature, UsageTotal.error)))

    return write


def test_a_whole_answer_counts_the_tokens_that_the_server_states(caller: Caller, totals: Write) -> None:
    caller.chat()
    (row,) = totals()
    assert (row.operation, row.feature, row.endpoint, row.error) == ("chat", "duo_chat", "here", "")
    assert (row.requests, row.prompt_tokens, row.completion_tokens) == (1, 7, 5)
    assert row.duration_ms > 0


def test_a_stream_counts_until_its_end_and_knows_its_first_token(caller: Caller, totals: Write) -> None:
    caller.chat(stream=True)
    (row,) = totals()
    assert 0 < row.first_token_ms <= row.duration_ms
    assert sum(row.first_token_buckets) == 1
    # Its server states no numbers, so that they are estimated.
    assert row.prompt_tokens > 0
    assert row.completion_tokens > 0


def test_calls_are_told_apart_by_form_feature_and_endpoint(caller: Caller, totals: Write) -> None:
    caller.chat()
    caller.chat("duo_chat:raw")
    caller.chat("endpoint:here")
    caller("/completions", {"model": "code_completions", "prompt": "a", "suffix": "b"})
    counted = {(row.operation, row.feature): row.requests for row in totals()}
    assert counted == {
        ("chat", "duo_chat"): 2,
        ("chat", "endpoint:here"): 1,
        ("text_completion", "code_completions"): 1,
    }


def test_who_is_turned_away_counts_by_the_code_and_unknown_names_not_at_all(caller: Caller, totals: Write) -> None:
    caller.chat("nothing")
    caller.chat("generate_commit_message", inputs={"diff": ""})
    (row,) = totals()
    assert (row.feature, row.error, row.requests) == ("generate_commit_message", "invalid", 1)


def test_who_may_not_call_counts_nowhere(app: Flask, caller_of: CallerOf, totals: Write) -> None:
    assert Caller(app, "nonsense").chat().status_code == 401
    assert caller_of("", "duo_chat").chat("generate_commit_message").status_code == 403
    assert caller_of("viewer").chat("endpoint:here").status_code == 403
    assert totals() == []


def test_a_fallback_counts_for_the_one_that_served(
    caller: Caller, ports: Ports, ada: Actor, totals: Write, upstream: Upstream
) -> None:
    upstream.script = lambda exchange: exchange.whole({"error": {"message": "no"}}, 500)
    with Upstream() as second:
        fall_back(ports, "duo_chat", endpoint_at(ports, ada, second.url, "Second"))
        assert caller.chat().headers["X-Modelport-Fallback"] == "true"
    (row,) = totals()
    assert (row.endpoint, row.requests, row.error) == ("second", 1, "")


def test_a_stream_that_breaks_off_counts_as_an_error(caller: Caller, totals: Write, upstream: Upstream) -> None:
    def breaks_off(exchange: Exchange) -> None:
        exchange.say(HEAD)
        exchange.part(EVENTS[0])
        exchange.hang_up()

    upstream.script = breaks_off
    caller.chat(stream=True)
    (row,) = totals()
    assert row.error == "broken"


def test_who_leaves_is_counted_as_having_left(app: Flask, caller: Caller, ports: Ports, totals: Write) -> None:
    board = switchboard_of(app)
    token = bearer(board.book.current(), caller.token, ports.clock())
    call = FeatureCall(Wanted("duo_chat"), Form.CHAT, {"messages": [{"role": "user", "content": "Hi"}], "stream": True})
    reply = answer(board, token, call, Cancel())
    next(iter(reply.chunks))
    reply.close()
    (row,) = totals()
    assert row.error == "caller_left"


def test_a_tokens_last_use_is_noted(caller: Caller, ports: Ports, totals: Write) -> None:
    caller.chat()
    totals()
    with ports.store.read() as session:
        assert session.scalars(select(Token.last_used_at)).one() is not None


class Workers:
    """Processes on one database, which all live in the same minute."""

    def __init__(self, app: Flask, ports: Ports, token: str) -> None:
        self._app = app
        self._ports = replace(ports, clock=StillClock(ports.clock()))
        self._token = token

    def start(self) -> tuple[Caller, Switchboard]:
        """One more, and a caller of it."""
        board = switchboard.of(self._ports)
        served = DispatcherMiddleware(self._app.wsgi_app, {PREFIX: create_gateway(board)})
        return Caller(served, self._token), board


@pytest.fixture
def workers_for(app: Flask, ports: Ports, caller_of: CallerOf) -> Callable[..., Workers]:
    """Workers, and a token with these limits."""
    return lambda **limits: Workers(app, ports, caller_of("editor", **limits).token)


@pytest.mark.parametrize("stream", [False, True])
def test_no_statement_stands_in_a_calls_way(
    workers_for: Callable[..., Workers], ports: Ports, stream: bool, upstream: Upstream
) -> None:
    caller, board = workers_for(requests_per_minute=600, tokens_per_minute=100_000).start()
    board.book.keep()
    # The first call of a minute takes a portion; whoever keeps the process in step renews it.
    caller.chat()
    board.portions.sync()
    board.book.look()
    with statements(ports.store) as sent:
        for _ in range(5):
            assert caller.chat(stream=stream).status_code == 200
    assert sent == []
    assert len(upstream.bodies) == 6


def test_two_workers_share_a_limit(workers_for: Callable[..., Workers]) -> None:
    workers = workers_for(requests_per_minute=10)
    callers = [workers.start()[0] for _ in range(2)]
    answers = [each.chat().status_code for _ in range(10) for each in callers]
    assert answers.count(200) == 10
    refusal = callers[0].chat()
    assert refusal.json["error"]["code"] == "busy"
    assert 1 <= int(refusal.headers["Retry-After"]) <= 60
    assert callers[0].chat("generate_commit_message").status_code == 200


def test_tokens_of_a_minute_are_used_up_by_streams_too(workers_for: Callable[..., Workers]) -> None:
    caller, board = workers_for(tokens_per_minute=1).start()
    assert caller.chat(stream=True).status_code == 200
    refusal = caller.chat(stream=True)
    assert (refusal.status_code, refusal.json["error"]["code"]) == (429, "busy")
    assert 1 <= int(refusal.headers["Retry-After"]) <= 60
    board.meter.write()
    with board.ports.store.read() as session:
        counted = {row.error: row.requests for row in session.scalars(select(UsageTotal))}
    assert counted == {"": 1, "busy": 1}


def test_no_limit_opens_while_the_database_is_away(
    workers_for: Callable[..., Workers], upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_store: Store) -> None:
        raise OperationalError("INSERT", {}, Exception("the database is away"))

    caller, board = workers_for(requests_per_minute=10).start()
    board.book.keep()
    board.book.look()
    monkeypatch.setattr(Store, "write", away)
    refusal = caller.chat()
    assert (refusal.status_code, refusal.json["error"]["code"]) == (503, "unavailable")
    assert not upstream.bodies


def test_no_word_of_a_call_is_kept_or_logged(
    caller: Caller, ports: Ports, upstream: Upstream, totals: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = wire.reply("alpha", CANARY)
    parts = [wire.chunk("alpha", {"content": CANARY}), *ENDING]
    scripts: list[tuple[bool, Script]] = [
        (False, lambda exchange: exchange.whole(said)),
        (True, lambda exchange: exchange.stream(parts)),
        (False, lambda exchange: exchange.whole({"error": CANARY}, 500)),
    ]
    for stream, script in scripts:
        upstream.script = script
        caller.chat(messages=[{"role": "user", "content": CANARY}], stream=stream)
        caller.chat("generate_commit_message", inputs={"diff": CANARY}, stream=stream)
    totals()
    with ports.store.read() as session:
        for table in inspect(session.get_bind()).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 (names come from the schema)
            assert CANARY not in str(rows), table
    assert CANARY not in caplog.text
