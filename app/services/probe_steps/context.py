"""The step `context`: how long a text may be for a word at its beginning to be found again, the longest tried first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.clients.context_limits import stated_limit
from app.clients.dialect import Ask, ChatAnswer, Trouble, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.long_texts import RUNGS, Yardstick, code_word, long_text, yardstick
from app.domain.steps import Outcome, StepName, StepResult, stated_context
from app.lib.http_errors import OutboundError
from app.services.probe_run import NOT_JUDGED, TIMED_OUT, Run, measured

# Two texts whose tokens the server counts; they fit wherever anything does.
GAUGES = (40, 240)
ANSWER_TOKENS = 32
# A model that reasons first spends more before its answer begins.
REASONING_TOKENS = 800
_NOTHING = Finding(Ability.CONTEXT, Grade.NO, 0)


class _Unsaid(Exception):
    """The model spent all its tokens on reasoning, which says nothing about the text."""


@dataclass(slots=True)
class _Search:
    """What the rungs tried so far came to; `limit` is what the server states as its context when it refuses one."""

    run: Run
    yardstick: Yardstick
    answer: int
    listed: int | None
    limit: int | None = None
    refused: Trouble | None = None
    lost: bool = False
    slow: bool = False
    counted: int | None = None

    def rungs(self) -> Iterator[int]:
        """The rungs worth trying. A list that states less than the smallest is not believed: texts are cheap there."""
        for rung in RUNGS:
            within_list = not self.listed or rung <= max(self.listed, RUNGS[-1])
            if within_list and rung <= (self.limit or rung):
                yield rung

    def reads(self, rung: int) -> bool:
        """Whether a text of so many tokens is read to its beginning; raises WireError, OutboundError and _Unsaid."""
        try:
            said = _ask(self.run, self.yardstick.words(rung - self.answer), rung, self.answer)
        except WireError as error:
            if error.trouble.code in NOT_JUDGED:
                raise
            # Whatever else is said may be for the length: firewalls forbid long bodies with words about rights.
            self.refused, self.limit = error.trouble, stated_limit(error.trouble.words) or self.limit
            return False
        except OutboundError as error:
            if error.code not in TIMED_OUT:
                raise
            self.slow = True
            return False
        self.counted = said.prompt_tokens
        found = code_word(rung) in f"{said.text} {said.reasoning}".lower()
        if not found and _reasons(said):
            raise _Unsaid
        self.lost = self.lost or not found
        return found


def context(run: Run) -> StepResult:
    """Down the ladder to the first text that is read."""
    run.begin_step(run.pace.reading)
    search = _begun(run)
    try:
        result = next((_reached(search, rung) for rung in search.rungs() if search.reads(rung)), None)
    except _Unsaid:
        return replace(run.explained(StepName.CONTEXT, "reasoning_only"), outcome=Outcome.UNKNOWN)
    figures = {"stated_limit": search.limit} if search.limit else {}
    return measured(result or _not_reached(search), **figures)


def _begun(run: Run) -> _Search:
    """Have the server count two short texts, the first of which also shows whether the model reasons first."""
    counts: list[tuple[int, int | None]] = []
    answer = ANSWER_TOKENS
    for words in GAUGES:
        try:
            said = _ask(run, words, words, ANSWER_TOKENS)
        except WireError as error:
            if error.trouble.code in NOT_JUDGED:
                raise
            return _Search(run, Yardstick(), answer, stated_context(run.done.values()))
        counts.append((words, said.prompt_tokens))
        if _reasons(said):
            answer = REASONING_TOKENS
    return _Search(run, yardstick(*counts), answer, stated_context(run.done.values()))


def _reasons(said: ChatAnswer) -> bool:
    """Whether the tokens were used up before an answer began; not every server shows the reasoning."""
    return not said.text.strip() and bool(said.reasoning or said.finish == "length")


def _ask(run: Run, words: int, size: int, answer: int) -> ChatAnswer:
    call = run.dialect.chat_call(run.target, Ask(long_text(words, size), max_tokens=answer))
    return run.dialect.read_chat(run.target, run.send(call))


def _reached(search: _Search, rung: int) -> StepResult:
    run, tokens = search.run, f"{rung:,} tokens"
    figures = {"tokens": rung, **({"counted": search.counted} if search.counted else {})}
    if rung == RUNGS[0]:
        words = f"A text of {tokens} is read, where this test ends"
        found = Finding(Ability.CONTEXT, Grade.YES, rung)
        return run.result(StepName.CONTEXT, Outcome.PASSED, words, found, **figures)
    if search.slow and not search.lost and search.refused is None:
        # Nothing was seen to fail above it: what was read counts as "at least".
        told = run.explained(StepName.CONTEXT, "context_slow", tokens=tokens)
        return measured(told, Finding(Ability.CONTEXT, Grade.YES, rung), **figures)
    code = "context_slow" if search.slow else "context_small"
    told = run.explained(StepName.CONTEXT, code, words=search.refused.words if search.refused else "", tokens=tokens)
    return measured(told, Finding(Ability.CONTEXT, Grade.PARTLY, rung), **figures)


def _not_reached(search: _Search) -> StepResult:
    run, refused = search.run, search.refused
    if search.lost:
        return measured(run.explained(StepName.CONTEXT, "needle_lost"), _NOTHING)
    if search.slow or refused is None:
        return run.explained(StepName.CONTEXT, "context_slow")
    if search.limit or refused.code == "context_error":
        return measured(run.explained(StepName.CONTEXT, "context_error", words=refused.words), _NOTHING)
    return run.troubled(StepName.CONTEXT, refused)
