"""The step `context`: the longest text whose beginning the model still knows."""

import threading
from collections.abc import Callable

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.long_texts import QUESTION
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from app.services.probe_run import Pace
from tests.fakes.long_reader import ANTHROPIC, LLAMA_CPP, SILENT, VLLM, LongReader, refusing_from
from tests.fakes.probe import full, step, target_at
from tests.fakes.refusals import PLAIN, Refusal
from tests.fakes.talker import TEMPLATE_TOKENS, Body, Talker, prompt_of, tokens_in, works

# The two texts by which the server's tokens are counted are far below.
LONG = 1000


Chat = Callable[[Body], str | Refusal | dict[str, str]]


def run(engine: Ports, server: Talker) -> StepResult:
    return step(full(engine, target_at(server.url)), "context")


def of(engine: Ports, chat: Chat) -> StepResult:
    with Talker(chat) as server:
        return run(engine, server)


def sizes(server: Talker) -> list[int]:
    """The tokens of each long text that came, its answer included."""
    texts = [(body, tokens_in(prompt_of(body))) for body in server.asked("chat/completions")]
    return [TEMPLATE_TOKENS + tokens + body["max_tokens"] for body, tokens in texts if tokens > LONG]


def found_of(grade: Grade, tokens: int) -> tuple[Finding, ...]:
    return (Finding(Ability.CONTEXT, grade, tokens),)


def test_a_model_that_reads_the_longest_text_is_asked_no_shorter_one(engine: Ports) -> None:
    with Talker(LongReader()) as server:
        found = run(engine, server)
        [size] = sizes(server)
    assert (found.outcome, found.findings) == (Outcome.PASSED, found_of(Grade.YES, 32_000))
    assert 31_900 <= size <= 32_000
    assert found.figures["counted"] == size - 32


@pytest.mark.parametrize("words", [LLAMA_CPP, ANTHROPIC, VLLM])
def test_a_stated_limit_lets_the_ladder_jump(engine: Ports, words: Callable[[int, int], Refusal]) -> None:
    with Talker(LongReader(4096, refuse=words)) as server:
        found = run(engine, server)
        assert [round(size, -3) for size in sizes(server)] == [32_000, 4_000]
    assert (found.outcome, found.code) == (Outcome.WARNED, "context_small")
    assert found.findings == found_of(Grade.PARTLY, 4_000)
    assert "4,000 tokens" in found.message
    assert found.figures["stated_limit"] == 4096


def test_a_refusal_without_a_limit_goes_down_step_by_step(engine: Ports) -> None:
    with Talker(LongReader(8192, refuse=SILENT)) as server:
        found = run(engine, server)
        assert [round(size, -3) for size in sizes(server)] == [32_000, 16_000, 8_000]
    assert found.findings == found_of(Grade.PARTLY, 8_000)
    assert "stated_limit" not in found.figures


def test_text_that_is_silently_cut_off_is_not_taken_for_read(engine: Ports) -> None:
    with Talker(LongReader(8192, refuse=None)) as server:
        found = run(engine, server)
        assert [round(size, -3) for size in sizes(server)] == [32_000, 16_000, 8_000]
    assert (found.code, found.findings) == ("context_small", found_of(Grade.PARTLY, 8_000))


def test_a_model_that_forgets_is_told_apart(engine: Ports) -> None:
    found = of(engine, LongReader(keeps=500))
    assert (found.outcome, found.code) == (Outcome.WARNED, "needle_lost")
    assert found.findings == found_of(Grade.NO, 0)


def test_a_context_below_the_ladder_is_none(engine: Ports) -> None:
    found = of(engine, LongReader(1024))
    assert (found.outcome, found.code) == (Outcome.FAILED, "context_error")
    assert found.findings == found_of(Grade.NO, 0)


def test_nothing_above_what_the_list_states_is_sent(engine: Ports) -> None:
    with Talker(LongReader(), context=16_384) as server:
        found = run(engine, server)
        assert [round(size, -3) for size in sizes(server)] == [16_000]
    assert found.findings == found_of(Grade.PARTLY, 16_000)


def test_a_server_that_counts_nothing_is_sent_rather_less(engine: Ports) -> None:
    with Talker(LongReader(), counts=False) as server:
        found = run(engine, server)
        [size] = sizes(server)
    assert found.findings == found_of(Grade.YES, 32_000)
    assert 28_000 < size < 30_000


def test_a_model_that_reasons_first_gets_room_for_it(engine: Ports) -> None:
    reader = LongReader()

    def chat(body: Body) -> str | Refusal | dict[str, str]:
        said = reader(body)
        short = {"role": "assistant", "content": "", "reasoning_content": "Hm, the text is about"}
        return short if QUESTION in prompt_of(body) and body["max_tokens"] < 100 else said

    with Talker(chat) as server:
        assert run(engine, server).findings == found_of(Grade.YES, 32_000)
        assert sizes(server)[0] <= 32_000


def test_a_model_that_reasons_without_end_is_not_judged(engine: Ports) -> None:
    endless = {"role": "assistant", "content": "", "reasoning_content": "Hm, the text is about"}
    found = of(engine, lambda body: endless if QUESTION in prompt_of(body) else works(body))
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "reasoning_only", ())


@pytest.mark.parametrize(("refusal", "code"), [("rate", "rate_limited"), ("loading", "loading")])
def test_a_busy_server_is_not_judged(engine: Ports, refusal: str, code: str) -> None:
    found = of(engine, refusing_from(4_000, PLAIN[refusal]()))
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, code, ())


@pytest.mark.parametrize("refusal", [PLAIN["broken"](), Refusal(403, "<html>Forbidden</html>"), Refusal(413, "")])
def test_a_server_that_only_takes_shorter_texts_reads_those(engine: Ports, refusal: Refusal) -> None:
    found = of(engine, refusing_from(9_000, refusal))
    assert (found.code, found.findings) == ("context_small", found_of(Grade.PARTLY, 8_000))


@pytest.mark.parametrize(("size", "findings"), [(9_000, found_of(Grade.YES, 8_000)), (1_000, ())])
def test_a_text_that_takes_too_long_is_not_judged(engine: Ports, size: int, findings: tuple[Finding, ...]) -> None:
    over, reader = threading.Event(), LongReader()

    def chat(body: Body) -> str | Refusal:
        if tokens_in(prompt_of(body)) > size:
            over.wait(30)
        return reader(body)

    with Talker(chat) as server:
        found = step(full(engine, target_at(server.url), pace=Pace(exchange=0.7, first_byte=0.7)), "context")
        over.set()
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "context_slow", findings)


def test_another_refusal_of_every_text_is_told_in_its_own_words(engine: Ports) -> None:
    found = of(engine, lambda body: PLAIN["broken"]() if QUESTION in prompt_of(body) else works(body))
    assert (found.outcome, found.code, found.findings) == (Outcome.FAILED, "server_error", ())
