"""Answers of a model that obeys literally: it has every bad habit that its prompt does not forbid.

Each habit is what models really do: they greet, put fences around what should be bare, go on for too long, repeat what
is there already. A habit is left off where the prompt has the rule against it, and only there; a model that talks too
much has them all, whatever the prompt says.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.literal_prompt import Prompt

GREETING, CLOSING = "Sure! Here you go.", "Let me know if you need anything else."
_NO_TALK = r"no explanation|no words before or after|nothing else|nothing before the first|message alone"
# Of free Markdown an order of its parts leaves no room for talk.
_IN_ORDER = r"answer first, then only|result first, then|short report in Markdown: what you did"
_ENDLESS = 1_000


@dataclass(frozen=True, slots=True)
class Model:
    """`chatty` has every habit."""

    prompt: Prompt
    chatty: bool
    tools: Sequence[Mapping[str, Any]] = ()

    def has(self, rule: str) -> bool:
        """Whether it falls into a habit that this rule is against."""
        return self.chatty or not self.prompt.says(rule)

    def most(self, noun: str, more: int = 1) -> int:
        """As many as it may, or more than that."""
        return self.prompt.most(noun, _ENDLESS) + (more if self.chatty else 0)

    def talks(self, text: str, rule: str = _NO_TALK) -> str:
        """With a greeting before and a question behind."""
        return f"{GREETING}\n\n{text}\n\n{CLOSING}" if self.has(rule) else text

    def fences(self, text: str, rule: str = "no fences") -> str:
        """Between fences."""
        return f"```\n{text}\n```" if self.has(rule) else text


def answer_of(model: Model) -> dict[str, Any]:
    """The message that the model sends."""
    offered = model.prompt.material.get("tools", "").split()
    if offered and model.tools:
        return _called(model, offered)
    form = next((make for mark, make in _FORMS if mark in model.prompt.how), None)
    text = form(model) if form else f"{GREETING}\n\n{'word ' * _ENDLESS}\n\n{CLOSING}"
    return {"role": "assistant", "content": text}


def _called(model: Model, offered: Sequence[str]) -> dict[str, Any]:
    """Every tool that it reads of; the call as text where nobody says how to make one."""
    schemas = {each["function"]["name"]: each["function"].get("parameters", {}) for each in model.tools}
    calls = [(name, dict.fromkeys(schemas[name].get("required", ()), "a")) for name in offered]
    if model.has("every argument that its description requires and no other"):
        calls = [(name, {**values, "comment": "a"}) for name, values in calls]
    written = f'<tool_call>{{"name": "{offered[0]}", "arguments": {{}}}}</tool_call>'
    if model.has("only tools that are offered"):
        calls.append(("do_everything", {}))
    made = [
        {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(values)}}
        for at, (name, values) in enumerate(calls)
    ]
    text = written if model.has("by the calling interface and never as text") else None
    return {"role": "assistant", "content": text, "tool_calls": made}


def _code(model: Model) -> str:
    material = model.prompt.material
    if "PLEASE TELL A STORY" in material.get("instruction", ""):
        return model.prompt.first(r"answer with the one word (\w+)", "I cannot do that.")
    lines = [f"value_{number} = {number}" for number in range(min(model.most("lines"), 60))]
    before = [line for line in material.get("prefix", "").splitlines() if line.strip()][:2]
    if before and model.has("repeat nothing"):
        lines = [*before, *lines]
    return model.talks(model.fences("\n".join(lines)))


def _fenced(model: Model) -> str:
    block = "```python\nvalue = 1\n```"
    text = f"{'word ' * model.most('words')}\n{block}"
    text = f"{text}\n{block}" if model.has("exactly one fenced code block.*no other block") else text
    # The limit of words leaves no room for talk, and nothing else forbids it.
    return model.talks(text, r"at most \d+ words")


def _headed(model: Model) -> str:
    headings = model.prompt.lines("## .*")
    if model.has("exactly these"):
        headings = [*headings, "## Conclusion"]
    if model.has("in this order"):
        headings = headings[::-1]
    room = model.most("words") - sum(len(each.split()) for each in headings)
    sections = [f"{each}\n{'word ' * (room // len(headings))}" for each in headings]
    return model.talks("\n\n".join(sections))


def _bulleted(model: Model) -> str:
    count = min(model.most("bullets"), 20)
    bullets = [f"- {'word ' * (model.most('words', 50) // count - 1)}" for _ in range(count)]
    if model.has("no nested bullets"):
        bullets.append("  - word")
    if model.has("no headings"):
        bullets.insert(0, "## Changes")
    return model.talks(("\n\n" if model.has("no empty lines") else "\n").join(bullets))


def _message(model: Model) -> str:
    kind = "change" if model.has("the type is one of") else model.prompt.first(r"type is one of (\w+)")
    room = model.prompt.most("characters", 200) + (20 if model.chatty else 0)
    subject = f"{kind}: {'a' * (room - len(kind) - 3)}"
    subject += "." if model.has("without a full stop") else "a"
    between = "\n" if model.has("leave the second line empty") else "\n\n"
    width = model.prompt.first(r"in lines of at most (\d+)", "200")
    line = "a " * (int(width) // 2) + ("a " * 10 if model.chatty else "")
    text = f"{subject}{between}{line}\n{line}"
    text = f'"{text}"' if model.has("no quotes") else text
    return model.talks(model.fences(text))


def _json(model: Model) -> str:
    example = json.loads(model.prompt.first(r"(?m)An example: (\{.*\})$", "{}"))
    if model.has(r"exactly (?:one key|these two keys)"):
        example["note"] = "Done."
    for name, value in example.items():
        if isinstance(value, list):
            example[name] = (value * _ENDLESS)[: model.most(name)]
    return model.talks(model.fences(json.dumps(example)))


def _markdown(model: Model) -> str:
    return model.talks("It is **done**:\n\n```sh\ngit log\n```", _IN_ORDER)


_FORMS: tuple[tuple[str, Callable[[Model], str]], ...] = (
    ("code alone", _code),
    ("fenced code block", _fenced),
    ("bullets", _bulleted),
    ("headings", _headed),
    ("message alone", _message),
    ("one JSON object", _json),
    ("Markdown", _markdown),
)
