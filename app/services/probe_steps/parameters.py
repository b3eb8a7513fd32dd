"""The step `parameters`: what GitLab's gateway sends along is taken and has its effect."""

from app.clients.dialect import Ask, WireError
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import asked, refuses, sent, words
from app.services.probe_steps.chat import quirks_fix

STOP = "6"
COUNT = "Write the numbers from 1 to 9 in digits, separated by commas, and nothing else."
COUNT_TOKENS = 48
LIMIT = 5
LONG = "Write the numbers from one to sixty in words, separated by commas."
# No five tokens are longer; the whole answer has over 500 characters.
LIMIT_CHARACTERS = 100
# What has a cure comes first, and then the worse: without a limit an answer costs what it likes.
_CODES = ("stop_refused", "max_tokens_ignored", "stop_ignored")


def parameters(run: Run) -> StepResult:
    """A stop word has to end an answer, and the limit of tokens has to cut one."""
    limit, limit_code = _limit(run)
    stop, stop_code, complaint = _stop(run)
    code = next((each for each in _CODES if each in (limit_code, stop_code)), "")
    if code:
        fix = quirks_fix(run) if code == "stop_refused" else None
        result = run.explained(StepName.PARAMETERS, code, fix, complaint)
    else:
        result = run.result(StepName.PARAMETERS, Outcome.PASSED)
    return measured(result, **_of_chat(run), limit=limit, stop=stop)


def _limit(run: Run) -> tuple[str, str]:
    """How the limit was taken, and the code where it was not."""
    try:
        said = sent(run, Ask(LONG, max_tokens=LIMIT))
    except WireError as error:
        # Whoever refuses so low a limit has read it.
        if not refuses(error.trouble, "reasoning_only"):
            raise
        return "honoured", ""
    if len(said.text) + len(said.reasoning) > LIMIT_CHARACTERS:
        return "ignored", "max_tokens_ignored"
    return "honoured", ""


def _stop(run: Run) -> tuple[str, str, str]:
    """How the stop word was taken, with the code and the server's words where it was not."""
    if "no_stop" in run.target.quirks:
        return "left out", "", ""
    try:
        said = words(asked(run, Ask(COUNT, max_tokens=COUNT_TOKENS, stop=(STOP,))))
    except WireError as error:
        if not refuses(error.trouble, "stop_refused"):
            raise
        run.with_quirk("no_stop")
        return "refused", "stop_refused", error.trouble.words
    if said.partition(STOP)[2].strip():
        return "ignored", "stop_ignored", said
    # A model that does not count so far shows nothing.
    return ("honoured" if "5" in said else "taken"), "", ""


def _of_chat(run: Run) -> dict[str, str]:
    """What the step `chat` found, or the endpoint keeps."""
    quirks = run.target.quirks
    return {
        "limit_name": "max_completion_tokens" if "max_completion_tokens" in quirks else "max_tokens",
        "temperature": "left out" if "no_temperature" in quirks else "taken",
    }
