"""The order of the steps and the verdict over them."""

import pytest

from app.domain.steps import ORDER, QUICK, WORDS, Depth, Outcome, StepName, StepResult, Verdict, steps_of, verdict

FULL = "address dns connect tls auth model chat stream system turns cadence tools json fim suffix context embeddings \
reasoning parameters warmth"


def _steps(**changes: str) -> list[StepResult]:
    """A quick test that passed, with changes: step="outcome" or step="outcome code"."""
    results = {name.value: "passed" for name in QUICK} | changes
    return [
        StepResult(StepName(name), Outcome(words.split()[0]), code=" ".join(words.split()[1:]))
        for name, words in results.items()
    ]


def test_the_order_is_the_one_agreed() -> None:
    assert [str(name) for name in ORDER] == FULL.split()
    assert [str(name) for name in steps_of(Depth.QUICK)] == FULL.split()[:8]
    assert steps_of(Depth.FULL) == ORDER


def test_every_step_has_words_for_waiting_and_for_passed() -> None:
    assert set(WORDS) == set(StepName)
    texts = [text for words in WORDS.values() for text in (words.waiting, words.passed)]
    assert len(set(texts)) == 2 * len(StepName)


def test_all_passed_is_passed() -> None:
    assert verdict(_steps()) is Verdict.PASSED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"dns": "failed"}, Verdict.FAILED),
        ({"chat": "failed"}, Verdict.FAILED),
        ({"tls": "skipped"}, Verdict.PASSED),
        ({"model": "skipped"}, Verdict.PASSED),
        ({"chat": "warned"}, Verdict.WARNED),
        ({"model": "warned"}, Verdict.WARNED),
        ({"chat": "unknown busy"}, Verdict.UNKNOWN),
        ({"auth": "unknown loading", "chat": "failed"}, Verdict.FAILED),
        ({"auth": "unknown busy", "model": "skipped", "chat": "skipped", "stream": "skipped"}, Verdict.UNKNOWN),
        ({"model": "warned", "chat": "unknown busy"}, Verdict.UNKNOWN),
        ({"stream": "failed stream_broken"}, Verdict.FAILED),
        ({"stream": "warned stream_refused"}, Verdict.WARNED),
        ({"stream": "failed stream_refused"}, Verdict.WARNED),
        ({"stream": "failed stream_not_sse"}, Verdict.WARNED),
        ({"stream": "unknown busy"}, Verdict.UNKNOWN),
        ({"tools": "failed"}, Verdict.WARNED),
        ({"fim": "warned"}, Verdict.WARNED),
        ({"tools": "unknown busy"}, Verdict.PASSED),
        ({"tools": "unknown stopped"}, Verdict.UNKNOWN),
        ({"context": "unknown interrupted"}, Verdict.UNKNOWN),
    ],
)
def test_the_verdict_follows_the_rule(changes: dict[str, str], expected: Verdict) -> None:
    assert verdict(_steps(**changes)) is expected


def test_nothing_tested_is_unknown() -> None:
    assert verdict([]) is Verdict.UNKNOWN
