"""The step `chat`: one short answer, and what has to be left out of the request to get it."""

from dataclasses import replace

from app.clients.dialect import Ask, ChatAnswer, Trouble
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Fix, Outcome, StepName, StepResult
from app.services.probe_run import Run
from app.services.probe_steps import addresses, names
from app.services.probe_steps.question import ANSWER_TOKENS, QUIRK_OF, SYSTEM_TEXT, USER_TEXT

# A model that reasons first spends more before its answer begins.
REASONING_TOKENS = 512
ANSWER_SHOWN = 80
ANSWERS = Finding(Ability.CHAT, Grade.YES)


def chat(run: Run) -> StepResult:
    """Ask; what the server refuses is left out and the answer then comes with a warning."""
    refused: list[str] = []
    tokens = ANSWER_TOKENS
    while True:
        call = run.dialect.chat_call(run.target, Ask(USER_TEXT, SYSTEM_TEXT, tokens))
        answer = run.send(call)
        trouble = run.trouble(answer)
        if trouble and _leave_out(run, trouble):
            refused.append(trouble.code)
            continue
        if trouble and trouble.code == "reasoning_only" and tokens == ANSWER_TOKENS:
            tokens = REASONING_TOKENS
            continue
        if trouble:
            fix = addresses.moved(run.target, call, trouble) if trouble.code == "redirect" else None
            return run.troubled(StepName.CHAT, trouble, fix) if fix else names.not_served(run, StepName.CHAT, trouble)
        said = run.dialect.read_chat(run.target, answer)
        if tokens == ANSWER_TOKENS and not said.text.strip() and (said.reasoning or said.finish == "length"):
            tokens = REASONING_TOKENS
            continue
        return _judged(run, said, refused)


def _leave_out(run: Run, trouble: Trouble) -> bool:
    """Whether the request changes: each thing refused is left out once."""
    quirk = QUIRK_OF.get(trouble.code)
    if quirk is None or quirk in run.target.quirks:
        return False
    run.with_quirk(quirk)
    return True


def quirks_fix(run: Run) -> Fix:
    """One click that keeps for the endpoint what this test had to leave out."""
    return Fix("quirks", ",".join(sorted(run.target.quirks)), "Keep this for the endpoint")


def _judged(run: Run, said: ChatAnswer, refused: list[str]) -> StepResult:
    if not said.text.strip():
        told = run.explained(StepName.CHAT, "reasoning_only" if said.reasoning else "empty_answer")
        return replace(told, findings=(Finding(Ability.CHAT, Grade.NO),))
    figures: dict[str, float | int | str] = {"tokens": said.completion_tokens} if said.completion_tokens else {}
    if said.build:
        figures["build"] = run.fit(said.build, 80)
    if refused:
        told = run.explained(StepName.CHAT, refused[0], quirks_fix(run))
        return replace(told, figures={**told.figures, **figures}, findings=(ANSWERS,))
    words = f"It said: “{run.fit(said.text, ANSWER_SHOWN)}”"
    return run.result(StepName.CHAT, Outcome.PASSED, words, ANSWERS, **figures)
