"""The step `reasoning`: what a model thinks on its way stays out of its answer."""

from app.clients.dialect import Ask, ChatAnswer
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.reasoning import leaks, without_reasoning
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import sent
from app.services.probe_steps.chat import quirks_fix

# Short to answer, and worth a thought to whoever thinks.
USER_TEXT = "A farmer has 17 sheep. All but 9 run away. How many are left? Answer with the number alone."
ANSWER_TOKENS = 768
STRIP = "strip_reasoning"


def reasoning(run: Run) -> StepResult:
    """A question that makes models reason which can."""
    said = sent(run, Ask(USER_TEXT, max_tokens=ANSWER_TOKENS))
    clean = Finding(Ability.CLEAN, Grade.YES)
    if leaks(said.text) and STRIP not in run.target.quirks:
        run.with_quirk(STRIP)
        leaking = run.explained(StepName.REASONING, "reasoning_leaks", quirks_fix(run), said.text)
        return measured(leaking, Finding(Ability.CLEAN, Grade.NO))
    answer = without_reasoning(said.text).strip()
    if not answer and (said.reasoning or said.finish == "length" or leaks(said.text)):
        return measured(run.explained(StepName.REASONING, "reasoning_only"), clean)
    if not answer:
        return run.explained(StepName.REASONING, "empty_answer")
    if said.finish == "length":
        return run.explained(StepName.REASONING, "answer_endless", words=answer)
    return run.result(StepName.REASONING, Outcome.PASSED, _message(said), clean)


def _message(said: ChatAnswer) -> str:
    if said.reasoning:
        return "Reasoning comes in a field of its own"
    return "Reasoning is cut out of the answer" if leaks(said.text) else "The model answers without reasoning first"
