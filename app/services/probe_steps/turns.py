"""The step `turns`: what an earlier turn said is known in a later one."""

import re

from app.clients.dialect import Ask, Turn, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import asked, refuses, words

NUMBER = "4719"
EARLIER = (Turn(f"My locker has the number {NUMBER}."), Turn("Good to know. What can I do for you?", by_model=True))
USER_TEXT = "Which number has my locker? Answer with the number alone."
ANSWER_TOKENS = 32


def turns(run: Run) -> StepResult:
    """A fact in the first turn, asked for in the third."""
    lacks = Finding(Ability.TURNS, Grade.NO)
    try:
        said = words(asked(run, Ask(USER_TEXT, max_tokens=ANSWER_TOKENS, earlier=EARLIER)))
    except WireError as error:
        # Without a system message it is the turns that a template takes offence at.
        if not refuses(error.trouble, "turns_refused", "system_unsupported"):
            raise
        return measured(run.explained(StepName.TURNS, "turns_refused", words=error.trouble.words), lacks)
    if NUMBER not in re.sub(r"\D", "", said):
        return measured(run.explained(StepName.TURNS, "turns_forgotten", words=said), lacks)
    return run.result(StepName.TURNS, Outcome.PASSED, "", Finding(Ability.TURNS, Grade.YES))
