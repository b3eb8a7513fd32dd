"""The step `system`: a system message is followed, in its own place or in front of the first user turn."""

import re

from app.clients.dialect import Ask
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import asked, words

# No answer to the question holds it by itself.
WORD = "quokka"
SYSTEM_TEXT = f"Whatever you are asked, answer with the single word {WORD} and nothing else."
USER_TEXT = "What is the capital of France?"
ANSWER_TOKENS = 32
# One that repeats its orders holds the word too.
_MOST_WORDS = 3


def system(run: Run) -> StepResult:
    """Order something by the system message that a user's question never leads to."""
    said = words(asked(run, Ask(USER_TEXT, SYSTEM_TEXT, ANSWER_TOKENS)))
    spoken = re.findall(r"\w+", said.casefold())
    if WORD not in spoken or len(spoken) > _MOST_WORDS:
        ignored = run.explained(StepName.SYSTEM, "system_ignored", words=said)
        return measured(ignored, Finding(Ability.SYSTEM, Grade.NO))
    if "no_system" in run.target.quirks:
        # The step `chat` has warned, unless the endpoint keeps the cure already.
        message = "System text is followed in front of the first user message"
        return run.result(StepName.SYSTEM, Outcome.PASSED, message, Finding(Ability.SYSTEM, Grade.PARTLY))
    return run.result(StepName.SYSTEM, Outcome.PASSED, "", Finding(Ability.SYSTEM, Grade.YES))
