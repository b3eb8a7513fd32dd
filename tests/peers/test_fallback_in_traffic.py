"""A model server that is killed while the SDK streams and calls: what had not begun to answer is served by the next."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import pytest

from app.cli import model_server as llama_cpp
from app.cli.model_server import ModelServer
from app.config import Settings
from app.domain.assignments import Change, Link, State
from app.domain.roles import Actor
from app.services import assignments
from app.services.answering import BROKE_OFF
from app.services.ports import Ports
from tests.gateway.conftest import endpoint_at
from tests.gateway.processes import Served, served
from tests.peers.conftest import TokenOf
from tests.peers.feature_clients import official

CALLERS = 8
BEFORE, AFTER = 2.0, 2.0
BODY: dict[str, Any] = {
    "model": "duo_chat",
    "messages": [{"role": "user", "content": "What is a rebase?"}],
    "max_tokens": 48,
    "temperature": 0,
}


@dataclass(slots=True)
class Made:
    """One call: `fallback` is what its header said, None where no answer began; `fault` the error it ended in."""

    started: float
    streamed: bool
    fallback: bool | None = None
    text: str = ""
    finish: str | None = None
    fault: openai.APIError | None = None
    ended: float = 0.0


@dataclass(slots=True)
class Traffic:
    """Callers that each make one call after the other, streamed and whole in turn, until `halt`."""

    portal: Served
    made: list[Made] = field(default_factory=list)
    halt: threading.Event = field(default_factory=threading.Event)

    def call(self, number: int) -> None:
        """The work of one caller."""
        with official(self.portal) as client:
            while not self.halt.is_set():
                one = Made(time.monotonic(), streamed=number % 2 == 0)
                number += 1
                make(client, one)
                one.ended = time.monotonic()
                self.made.append(one)


def make(client: openai.OpenAI, one: Made) -> None:
    """Make the call and note how it went."""
    try:
        raw = client.chat.completions.with_raw_response.create(**BODY, stream=one.streamed)
        one.fallback = raw.headers["X-Modelport-Fallback"] == "true"
        answer: Any = raw.parse()
        if not one.streamed:
            one.text, one.finish = answer.choices[0].message.content, answer.choices[0].finish_reason
            return
        for each in answer:
            one.text += each.choices[0].delta.content or ""
            one.finish = each.choices[0].finish_reason
    except openai.APIError as error:
        one.fault = error


@pytest.fixture
def first(tmp_path: Path) -> Iterator[ModelServer]:
    """The server that will be killed."""
    server = llama_cpp.start(tmp_path / "first")
    yield server
    server.stop()


@pytest.fixture
def portal(
    ports: Ports, ada: Actor, settings: Settings, token_of: TokenOf, first: ModelServer, model_server: ModelServer
) -> Iterator[Served]:
    """General Chat on the first server, and for when that cannot, on another in another family."""
    one = endpoint_at(ports, ada, first.url, "First", first.served_name)
    two = endpoint_at(ports, ada, model_server.url, "Second", model_server.served_name)
    fallbacks = (Link(two, "mixtral"),)
    change = Change("duo_chat", 0, State.ENDPOINT, one, acknowledged=True, family="other", fallbacks=fallbacks)
    assignments.change(ports, ada, change)
    with served(settings, token_of("editor"), first.url, model_server.url) as portal:
        yield portal


def test_nothing_fails_that_had_not_begun(portal: Served, first: ModelServer) -> None:
    traffic = Traffic(portal)
    callers = [threading.Thread(target=traffic.call, args=(number,)) for number in range(CALLERS)]
    for each in callers:
        each.start()
    time.sleep(BEFORE)
    killed = time.monotonic()
    os.kill(first.child.process.pid, signal.SIGKILL)
    first.child.process.wait()
    gone = time.monotonic()
    time.sleep(AFTER)
    traffic.halt.set()
    for each in callers:
        each.join(60)
    check(traffic.made, killed, gone)
    with official(portal) as client:
        told = client.chat.completions.with_raw_response.create(**BODY).headers
    assert (told["X-Modelport-Endpoint"], told["X-Modelport-Family"]) == ("second", "mixtral")
    assert told["X-Modelport-Fallback"] == "true"


def check(made: list[Made], killed: float, gone: float) -> None:
    """Who served before and after, and that only streams that had begun on the first server broke off."""
    before = [each for each in made if each.ended < killed]
    during = [each for each in made if each.started < gone and each.ended >= killed]
    after = [each for each in made if each.started >= gone]
    failed = [each for each in made if each.fault is not None]
    assert [each for each in failed if not may_fail(each, during)] == []
    assert [each for each in made if each.fault is None and not (each.text and each.finish == "length")] == []
    assert len(before) >= CALLERS
    assert {each.fallback for each in before} == {False}
    # Who was between two calls at that moment is not in it.
    assert len(during) >= CALLERS // 2
    assert len(after) >= CALLERS
    assert {each.fallback for each in after} == {True}
    assert {each.streamed for each in after} == {True, False}


def may_fail(one: Made, during: list[Made]) -> bool:
    """Whether this is a stream that the server had begun when it was killed, and its end says so."""
    assert one.fault is not None
    return one in during and one.streamed and one.fallback is False and one.fault.code == BROKE_OFF
