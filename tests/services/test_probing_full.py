"""A full test of a real llama.cpp server, whose tiny model answers without meaning, and what a full test sends."""

import threading
from collections.abc import Iterator

import pytest

from app.cli.model_server import ModelServer
from app.clients.target import Target
from app.data.facts import Facts
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.long_texts import QUESTION
from app.domain.steps import EFFORTS, Depth, Outcome, StepName, StepResult, verdict
from app.lib import urls
from app.lib.cancel import Cancel
from app.lib.egress import Policy
from app.lib.http import Door
from app.services import probing
from app.services.ports import Ports
from app.services.probe_run import Pace
from tests.fakes.probe import full, step, target_at, without_database
from tests.fakes.refusals import Refusal
from tests.fakes.talker import Body, Talker, prompt_of, tokens_in

Spent = dict[StepName, tuple[int, int]]


@pytest.fixture(scope="module")
def llama(facts: Facts, model_server: ModelServer) -> Iterator[list[StepResult]]:
    """All results of one full test."""
    door = Door(Policy(loopback_open=True))
    target = Target("openai_compatible", "llama_cpp", urls.parse(model_server.url), model_server.served_name)
    yield full(without_database(door, facts), target, "codegemma")
    door.close()


@pytest.mark.parametrize(
    ("name", "code", "finding"),
    [
        ("fim", "fim_not_filled", Finding(Ability.FIM, Grade.NO)),
        ("suffix", "suffix_refused", Finding(Ability.SUFFIX, Grade.NO)),
        ("context", "needle_lost", Finding(Ability.CONTEXT, Grade.NO, 0)),
        ("embeddings", "embeddings_refused", Finding(Ability.EMBEDDINGS, Grade.NO)),
    ],
)
def test_what_a_meaningless_model_lacks_is_found(
    llama: list[StepResult], name: str, code: str, finding: Finding
) -> None:
    found = step(llama, name)
    assert (found.code, found.findings) == (code, (finding,))


def test_speed_is_measured_whatever_the_model_says(llama: list[StepResult]) -> None:
    cadence, warmth = step(llama, "cadence"), step(llama, "warmth")
    assert {"first_token_ms", "gap_ms", "longest_gap_ms", "pieces"} <= set(cadence.figures)
    assert int(cadence.figures["pieces"]) > 50
    assert {"cold_ms", "warm_ms"} <= set(warmth.figures)


def test_each_step_is_told_once(llama: list[StepResult]) -> None:
    assert sorted(each.name for each in llama) == sorted(StepName)


def test_a_lack_does_not_fail_the_test(llama: list[StepResult]) -> None:
    assert verdict(llama) == "warned"


def greedy(body: Body) -> str | Refusal | dict[str, str]:
    """A model that reasons first, finds no code word, and takes no stop words."""
    if "stop" in body:
        return Refusal(400, {"error": {"message": "Unrecognized request argument supplied: stop"}})
    if QUESTION in prompt_of(body) and body["max_tokens"] < 100:
        return {"role": "assistant", "content": "", "reasoning_content": "I read on and on"}
    return "It works."


@pytest.fixture(scope="module", params=[True, False], ids=["counting", "not counting"])
def spent(request: pytest.FixtureRequest, facts: Facts) -> Iterator[Spent]:
    """Requests and tokens, both ways, of each step of a test with a server that gives it the most to do."""
    door = Door(Policy(loopback_open=True))
    found: Spent = {}
    with Talker(greedy, counts=request.param, fill=lambda _: "", embed=lambda _: [0.5]) as server:
        ports, family, seen = without_database(door, facts), facts.families["codegemma"], 0
        for result in probing.results(ports, target_at(server.url), Cancel(), depth=Depth.FULL, family=family):
            bodies = [body for _, body in server.requests[seen:]]
            seen = len(server.requests)
            tokens = sum(tokens_in(prompt_of(body)) + body.get("max_tokens", 0) for body in bodies)
            found[result.name] = (len(bodies), tokens)
    yield found
    door.close()


@pytest.mark.parametrize("name", ["cadence", "fim", "suffix", "context", "embeddings", "warmth"])
def test_no_step_sends_more_than_it_says(spent: Spent, name: str) -> None:
    requests, tokens = spent[StepName(name)]
    bound = EFFORTS[StepName(name)]
    assert 0 < requests <= bound.requests
    assert 0 < tokens <= bound.tokens


def test_the_whole_ladder_was_gone_through(spent: Spent) -> None:
    requests, tokens = spent[StepName.CONTEXT]
    assert requests == 7
    assert tokens > 50_000


def test_a_step_that_gets_no_answer_in_time_judges_nothing(engine: Ports) -> None:
    over = threading.Event()
    with Talker(embed=lambda _: [float(over.wait(30))]) as server:
        found = step(full(engine, target_at(server.url), pace=Pace(first_byte=0.7)), "embeddings")
        over.set()
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "first_byte_timeout", ())
