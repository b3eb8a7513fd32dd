"""What a prompt says to a model that takes every word of it literally, and believes nothing that it does not say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# A block that sets material apart, as prompts of this project do.
_APART = re.compile(r"(?ms)^<(?P<tag>[\w-]+)>\n(?P<text>.*?)\n</(?P=tag)>$")
# Where a line says how to answer without any condition but the end of the work.
_ANSWER = re.compile(r"(?m)^(?:When the goal is reached[^.]*?, )?[Aa]nswer (?:with|in) (?P<how>.*)$")
_NUMBERS = {"one": 1, "two": 2, "three": 3, "eight": 8}


@dataclass(frozen=True, slots=True)
class Prompt:
    """`told` is what the model has to do, `material` what it works on, by tag."""

    told: str
    material: Mapping[str, str]

    @property
    def how(self) -> str:
        """The last line that says how to answer; empty where none does."""
        lines = [found["how"] for found in _ANSWER.finditer(self.told)]
        return lines[-1] if lines else ""

    def says(self, pattern: str) -> bool:
        """Whether it says so, in small or capital letters."""
        return re.search(pattern, self.told, re.IGNORECASE) is not None

    def most(self, noun: str, otherwise: int) -> int:
        """The limit for words, lines and the like, or what a model does that nobody has told one."""
        found = re.search(rf"at most (\d[\d,]*) {noun}|one to (\w+) {noun}", self.told)
        if not found:
            return otherwise
        return int(found[1].replace(",", "")) if found[1] else _NUMBERS[found[2]]

    def first(self, pattern: str, otherwise: str = "") -> str:
        """The first group of what is found first."""
        found = re.search(pattern, self.told)
        return found[1] if found else otherwise

    def lines(self, pattern: str) -> list[str]:
        """Every line that is as the pattern has it."""
        return [line for line in self.told.splitlines() if re.fullmatch(pattern, line)]


def prompt_in(body: Mapping[str, Any]) -> Prompt:
    """What a chat request says; text between tags is material only where the prompt says so itself."""
    text = "\n\n".join(str(each["content"]) for each in body["messages"])
    material = {found["tag"]: found["text"] for found in _APART.finditer(text)}
    apart = re.search(r"Text between tags.*(?:material|never)", text)
    return Prompt(_APART.sub("", text) if apart else text, material)
