"""The step `fim`: gaps in code, asked for as GitLab's gateway does, in the form of the endpoint's family."""

from collections.abc import Sequence

from app.clients.dialect import Ask, ChatAnswer, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.code_gaps import CODE_GAPS, SYSTEM_TEXT, CodeGap, Filling, asked, filling, marks, worst
from app.domain.families import Completion
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run, measured

# No family asks for more; what a family leaves to the server is not left to it here.
TOKENS = 128
_CODES = {Filling.LEAKS: "fim_markers_leak", Filling.CHATTY: "fim_chatty", Filling.MISSED: "fim_not_filled"}


def fim(run: Run) -> StepResult:
    """Three gaps, each with one right content. A server that refuses stop words gets none.

    A model that reasons until its tokens are used up fills nothing: GitLab's gateway gives it no more.
    """
    forbidden = marks(run.completion)
    stop = run.completion.parameters.stop
    answers: list[str] = []
    for gap in CODE_GAPS:
        try:
            said = _fill(run, gap, stop)
        except WireError as error:
            if not stop or answers or error.trouble.code in KEY_CODES | NOT_JUDGED:
                raise
            stop = ()
            said = _fill(run, gap, stop)
        answers.append(said.text)
    return _judged(run, answers, [filling(*each, forbidden) for each in zip(answers, CODE_GAPS, strict=True)])


def _fill(run: Run, gap: CodeGap, stop: tuple[str, ...]) -> ChatAnswer:
    """One answer; raises WireError."""
    how: Completion = run.completion
    ask = Ask(
        asked(how, gap),
        SYSTEM_TEXT if how.system else None,
        min(TOKENS, how.parameters.max_tokens or TOKENS),
        stop=stop,
    )
    return run.dialect.read_chat(run.target, run.send(run.dialect.chat_call(run.target, ask)))


def _judged(run: Run, answers: Sequence[str], fillings: Sequence[Filling]) -> StepResult:
    filled, tries = fillings.count(Filling.FILLED), len(fillings)
    if filled == tries:
        result = run.result(StepName.FIM, Outcome.PASSED, f"{filled} of {tries} gaps were filled rightly")
    else:
        said = next(text for text, each in zip(answers, fillings, strict=True) if each is worst(fillings))
        code = _CODES[worst(fillings)]
        if filled and code == "fim_not_filled":
            code = "fim_partly"
        result = run.explained(StepName.FIM, code, words=said, filled=f"{filled} of {tries}")
    grade = Grade.YES if filled == tries else Grade.PARTLY if filled else Grade.NO
    return measured(result, Finding(Ability.FIM, grade), filled=filled, tries=tries)
