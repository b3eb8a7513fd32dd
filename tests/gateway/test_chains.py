"""Which endpoint serves, what makes the next one serve, and what is told when none does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from app.domain.assignments import Link
from app.domain.roles import Actor
from app.factory import switchboard_of
from app.services import assignments
from app.services.assignments import Change, State
from app.services.ports import Ports
from tests.fakes import wire
from tests.fakes.upstream import ENDING, EVENTS, HEAD, Exchange, Script, Upstream, talks
from tests.gateway.conftest import Caller, endpoint_at

Chain = Callable[..., list[Upstream]]


@pytest.fixture
def chain(ports: Ports, ada: Actor) -> Iterator[Chain]:
    """Give General Chat a chain of servers with these scripts."""
    with ExitStack() as stack:

        def build(*scripts: Script, families: tuple[str, ...] = ()) -> list[Upstream]:
            servers = [stack.enter_context(Upstream(script)) for script in scripts]
            ids = [endpoint_at(ports, ada, each.url, f"Number {at}") for at, each in enumerate(servers)]
            links = tuple(Link(each, families[at] if families else "") for at, each in enumerate(ids))
            change = Change(
                "duo_chat", 0, State.ENDPOINT, ids[0], acknowledged=True, family=links[0].family, fallbacks=links[1:]
            )
            assignments.change(ports, ada, change)
            return servers

        yield build


def says(status: int, words: str = "no", **headers: str) -> Script:
    return lambda exchange: exchange.whole({"error": {"message": words}}, status, **headers)


def dies(exchange: Exchange) -> None:
    exchange.hang_up()


def dies_before_the_first_event(exchange: Exchange) -> None:
    exchange.say(HEAD)
    exchange.hang_up()


def is_no_json(exchange: Exchange) -> None:
    exchange.whole(b"<!doctype html><p>Welcome")


@pytest.mark.parametrize("first", [says(500), says(503), says(408), says(429), dies, is_no_json])
def test_the_fallback_serves_and_says_so(caller: Caller, chain: Chain, first: Script) -> None:
    chain(first, talks)
    answer = caller.chat()
    assert (answer.status_code, answer.headers["X-Modelport-Endpoint"]) == (200, "number-1")
    assert answer.headers["X-Modelport-Fallback"] == "true"


def errs_in_a_stream(exchange: Exchange) -> None:
    exchange.stream([b'data: {"error": {"message": "overloaded"}}\n\n'])


@pytest.mark.parametrize("first", [says(500), dies, dies_before_the_first_event, errs_in_a_stream])
def test_a_stream_that_has_not_begun_falls_back(caller: Caller, chain: Chain, first: Script) -> None:
    chain(first, talks)
    answer = caller.chat(stream=True)
    assert answer.headers["X-Modelport-Fallback"] == "true"
    assert answer.data == b"".join([*EVENTS, *ENDING])


def test_the_fallbacks_own_family_composes_anew(caller: Caller, chain: Chain) -> None:
    first, second = chain(says(500), talks, families=("other", "mixtral"))
    assert caller.chat().headers["X-Modelport-Family"] == "mixtral"
    assert [each["role"] for each in first.bodies[0]["messages"]] == ["system", "user"]
    assert [each["role"] for each in second.bodies[0]["messages"]] == ["user"]


TOLD = [
    (says(400, "maximum context length is 10"), 400, "context_length_exceeded"),
    (says(400, "bad"), 400, "invalid_request"),
    (says(400, "alpha is not a multimodal model"), 400, "image_unsupported"),
    (says(404, "No endpoints found that support tool use."), 400, "tools_unsupported"),
    (says(401, "no"), 502, "endpoint_key_refused"),
    (says(404, "nothing here"), 502, "endpoint_misconfigured"),
]


@pytest.mark.parametrize(("script", "status", "code"), TOLD)
def test_what_another_endpoint_would_not_cure_is_told(
    caller: Caller, chain: Chain, script: Script, status: int, code: str
) -> None:
    _, second = chain(script, talks)
    answer = caller.chat()
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert not second.bodies


def test_the_last_failure_is_told_with_the_servers_words(caller: Caller, chain: Chain) -> None:
    chain(dies, says(503, "come back later"))
    error = caller.chat().json["error"]
    assert error["code"] == "endpoint_failed"
    assert error["message"] == "Number 1: it failed over the call. It said: come back later"


def test_who_is_busy_says_for_how_long(caller: Caller, chain: Chain) -> None:
    chain(says(429, "slow down", retry_after="17"))
    answer = caller.chat()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


def test_three_endpoints_are_asked_at_most(caller: Caller, chain: Chain) -> None:
    servers = chain(*[says(500)] * 3, talks)
    assert caller.chat().status_code == 502
    assert [len(each.bodies) for each in servers] == [1, 1, 1, 0]


def test_a_stream_that_breaks_off_ends_in_an_error_event(caller: Caller, chain: Chain) -> None:
    def breaks_off(exchange: Exchange) -> None:
        exchange.stream([EVENTS[0], EVENTS[1][:20]], ends=False)
        exchange.hang_up()

    chain(breaks_off, talks)
    answer = caller.chat(stream=True)
    assert answer.data.startswith(EVENTS[0] + b'data: {"error"')
    assert b"endpoint_broke_off" in answer.data
    assert answer.data.endswith(b"\n\n")


def test_after_five_failures_an_endpoint_rests(caller: Caller, chain: Chain) -> None:
    first, _ = chain(says(500), talks)
    assert [caller.chat().status_code for _ in range(7)] == [200] * 7
    assert len(first.bodies) == 5


def test_when_all_rest_it_is_said_until_when(caller: Caller, chain: Chain) -> None:
    chain(dies)
    answer = [caller.chat() for _ in range(6)][-1]
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "endpoints_resting")
    assert 1 <= int(answer.headers["Retry-After"]) <= 30


def test_what_a_server_cannot_take_is_no_failure_of_it(app: Flask, caller: Caller, chain: Chain) -> None:
    (server,) = chain(says(500, "image input is not supported - hint: you may need to provide the mmproj"))
    answers = [caller.chat() for _ in range(7)]
    switchboard_of(app).board.sync()
    assert {(each.status_code, each.json["error"]["code"]) for each in answers} == {(400, "image_unsupported")}
    assert len(server.bodies) == 7


def test_being_busy_is_no_failure(app: Flask, caller: Caller, chain: Chain) -> None:
    (server,) = chain(says(429))
    for _ in range(7):
        caller.chat()
    switchboard_of(app).board.sync()
    assert len(server.bodies) == 7


def test_a_half_written_reply_is_never_the_answer(caller: Caller, chain: Chain) -> None:
    def half(exchange: Exchange) -> None:
        data = str(wire.reply("alpha")).encode()
        exchange.say(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data[:40])
        exchange.hang_up()

    chain(half, talks)
    assert caller.chat().json["choices"][0]["message"]["content"] == "It works."


def test_a_kept_connection_that_its_server_just_closed_is_no_failure(caller: Caller, chain: Chain) -> None:
    def leaves_once(exchange: Exchange) -> None:
        (dies if len(server.bodies) == 2 else talks)(exchange)

    (server,) = chain(leaves_once)
    assert [caller.chat(stream=stream).status_code for stream in (False, False, True)] == [200] * 3
    assert len(server.bodies) == 4
