"""A server whose model reads its prompt and obeys every word of it, or one that knows better and talks too much."""

from typing import Any

from tests.fakes.literal_answers import Model, answer_of
from tests.fakes.literal_prompt import prompt_in
from tests.fakes.talker import Body, Talker


def obedient(body: Body) -> dict[str, Any]:
    """What the prompt says and nothing beside it; what it leaves open is filled with bad habits."""
    return _stopped(answer_of(Model(prompt_in(body), False, body.get("tools", ()))), body)


def chatty(body: Body) -> dict[str, Any]:
    """Every bad habit of its kind, whatever the prompt says."""
    return _stopped(answer_of(Model(prompt_in(body), True, body.get("tools", ()))), body)


def literal_server() -> Talker:
    """One that obeys; `chat` may be exchanged for the other manner."""
    return Talker(chat=obedient)


def _stopped(message: dict[str, Any], body: Body) -> dict[str, Any]:
    """Cut off at the first stop word, as servers do."""
    text = message["content"]
    for word in body.get("stop", ()) if text else ():
        text = text.partition(word)[0]
    return {**message, "content": text}
