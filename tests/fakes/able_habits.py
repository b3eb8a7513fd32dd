"""How the able server says what it has to say: small talk, counting, reasoning, stop words, limits.

Habits have manners too: the first of each is a good server's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.fakes.able_talk import Asked, Said, refusal

Changing = Callable[[Asked, Said], Said]

THOUGHT = "Let me see. What is asked here is easier than it looks, so the answer is at hand."
SPAN = re.compile(r"numbers from (\w+) to (\w+) in (digits|words)")
ONES = tuple("one two three four five six seven eight nine".split())  # noqa: SIM905 (a list of words reads better so)
TEENS = tuple(f"{each}teen" for each in ("thir", "four", "fif", "six", "seven", "eigh", "nine"))
TENS = ("twenty", "thirty", "forty", "fifty")
WORDS = (*ONES, "ten", "eleven", "twelve", *TEENS, *(f"{ten}-{one}" for ten in TENS for one in ONES))


def small_talk(asked: Asked) -> Said:
    """What a model says that has nothing else to say; it can count, and subtract sheep."""
    if span := SPAN.search(asked.user):
        return Said(", ".join(map(str, range(1, int(span[2]) + 1)) if span[3] == "digits" else WORDS))
    left = re.search(r"All but (\d+)", asked.user)
    return Said(f"{left[1]}." if left else "It works.")


def same(_: Asked, said: Said) -> Said:
    """Nothing changes."""
    return said


def around(form: str) -> Changing:
    """Reasoning inside the answer: {thought} and {answer} in a server's marks."""
    return lambda _, said: said if said.calls else replace(
        said, text=form.replace("{thought}", THOUGHT).replace("{answer}", said.text)
    )  # fmt: skip


def own_field(_: Asked, said: Said) -> Said:
    """Reasoning beside the answer."""
    return replace(said, reasoning=THOUGHT)


def never_ending(_: Asked, said: Said) -> Said:
    """Reasoning beside an answer that never comes."""
    return replace(said, text="", calls=(), reasoning=THOUGHT * 200)


def unseen(asked: Asked, said: Said) -> Said:
    """Reasoning that nobody sees costs 200 tokens, and a smaller limit is an error."""
    if asked.limit is not None and asked.limit < 200:
        return refusal("Could not finish the message because max_tokens or model output limit was reached.")
    return said


def long_winded(_: Asked, said: Said) -> Said:
    """It never comes to an end by itself."""
    return replace(said, text=said.text + " And so on." * 400)


def stop(asked: Asked, said: Said) -> Said:
    """Cut before the first stop word."""
    found = [at for each in asked.stop if (at := said.text.find(each)) >= 0]
    return replace(said, text=said.text[: min(found)]) if found else said


def limit(asked: Asked, said: Said) -> Said:
    """Cut at the limit, reasoning counted first."""
    thought, text = tokens(said.reasoning), tokens(said.text)
    if asked.limit is None or said.calls or len(thought) + len(text) <= asked.limit:
        return said
    rest = max(0, asked.limit - len(thought))
    return replace(said, reasoning="".join(thought[: asked.limit]), text="".join(text[:rest]), finish="length")


def refusing(name: str, message: str) -> Changing:
    """A refusal of a parameter of the body."""
    return lambda asked, said: refusal(message) if name in asked.body else said


def renamed(asked: Asked, said: Said) -> Said:
    """The limit is taken under its new name only."""
    if "max_tokens" in asked.body:
        return refusal("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
    return limit(asked, said)


def tokens(text: str) -> list[str]:
    """Pieces of at most four characters, a blank before a word apart."""
    return re.findall(r"\s*\S{1,4}|\s+$", text)


# In the order in which they change an answer.
HABITS: Mapping[str, Mapping[str, Changing]] = {
    "length": {"short": same, "endless": long_winded},
    "reasoning": {
        "none": same,
        "own_field": own_field,
        "think": around("<think>\n{thought}\n</think>\n\n{answer}"),
        "thinking": around("<thinking>{thought}</thinking>{answer}"),
        "bracketed": around("[THINK]{thought}[/THINK]{answer}"),
        "diamonds": around("◁think▷{thought}◁/think▷{answer}"),
        "channels": around("<|channel|>analysis<|message|>{thought}<|end|><|channel|>final<|message|>{answer}"),
        "closed_only": around("{thought}\n</think>\n\n{answer}"),
        "unclosed": around("<think>{thought}"),
        "never_ending": never_ending,
        "unseen": unseen,
    },
    "stop": {
        "honoured": stop,
        "ignored": same,
        "refused": refusing("stop", "Unsupported parameter: 'stop' is not supported with this model."),
    },
    "limit": {"honoured": limit, "ignored": same, "renamed": renamed},
    "temperature": {
        "taken": same,
        "refused": refusing("temperature", "Unsupported value: 'temperature' does not support 0 with this model."),
    },
}
