"""What the steps beyond the stream share: a question with room for reasoning, the answer without it, refusals."""

from dataclasses import replace

from app.clients.dialect import Ask, ChatAnswer, Trouble, WireError
from app.domain.reasoning import without_reasoning
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run

# Tokens that a model may spend on reasoning before its answer begins.
REASONING_ROOM = 512
# What a server refuses whatever the request holds.
_WHATEVER_IS_ASKED = KEY_CODES | NOT_JUDGED | {"no_credit", "context_error"}


def asked(run: Run, ask: Ask) -> ChatAnswer:
    """The answer; one that is cut short is asked for again with room to reason, and so are all later ones.

    Raises WireError, for reasoning without an answer too.
    """
    said = _sent(run, ask)
    if said.finish == "length" and not said.tool_calls and not run.wordy:
        run.wordy = True
        said = _sent(run, ask)
    if said.finish == "length" and not said.tool_calls and not words(said):
        raise WireError(Trouble("reasoning_only"))
    return said


def sent(run: Run, ask: Ask) -> ChatAnswer:
    """The answer to exactly this; raises WireError."""
    return run.dialect.read_chat(run.target, run.send(run.dialect.chat_call(run.target, ask)))


def _sent(run: Run, ask: Ask) -> ChatAnswer:
    try:
        return sent(run, replace(ask, max_tokens=ask.max_tokens + REASONING_ROOM) if run.wordy else ask)
    except WireError as error:
        # Some servers say so in place of an answer.
        if error.trouble.code != "reasoning_only":
            raise
        return ChatAnswer("", finish="length")


def words(said: ChatAnswer) -> str:
    """The answer as somebody would read it: the step `reasoning` alone judges what leaks into it."""
    return without_reasoning(said.text).strip()


def refuses(trouble: Trouble, *codes: str) -> bool:
    """Whether this complaint is about what the request holds; `codes` are those that say so whatever the status."""
    return trouble.code in codes or (400 <= trouble.status < 500 and trouble.code not in _WHATEVER_IS_ASKED)
