"""What a feature's prompts take in and what an answer to them has to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from app.domain.errors import Invalid


class InputKind(StrEnum):
    """How an input is written: one line, several lines of prose, or code, whose blanks count."""

    LINE = "line"
    TEXT = "text"
    CODE = "code"


class ContractKind(StrEnum):
    """The shapes that answers have to have."""

    CODE = "code"  # code and nothing else
    FENCED_CODE = "fenced_code"  # fenced blocks, with a few words around them at most
    MARKDOWN = "markdown"  # prose under given headings, or bullets
    COMMIT_MESSAGE = "commit_message"  # a conventional subject line and a wrapped body
    JSON = "json"  # one JSON value that a schema describes
    AGENT = "agent"  # text, or structured calls of tools that were offered


@dataclass(frozen=True, slots=True)
class Input:
    """One variable of a feature's templates; `limit` is in characters, `sample` is what previews show."""

    name: str
    label: str
    kind: InputKind
    limit: int
    sample: str
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What an answer has to be. `words` says it to people; which of the other fields count depends on the kind.

    code: `refusal` (a word that may stand in place of code), `max_lines` (0: any number).
    fenced_code: `blocks` (exactly so many), `max_words` (outside the blocks).
    markdown: `headings` (these lines, in order, and nothing before the first), `max_words` (0: any number), `bullets`
    (every line is one, and so many at most; 0: no list is asked for).
    commit_message: `types`, `max_subject`, `max_width` of the body's lines. json: `schema`.
    """

    kind: ContractKind
    words: str
    refusal: str = ""
    max_lines: int = 0
    blocks: int = 1
    max_words: int = 0
    headings: tuple[str, ...] = ()
    bullets: int = 0
    types: tuple[str, ...] = ()
    max_subject: int = 72
    max_width: int = 72
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SampleTool:
    """A tool that previews and tries offer to an agent; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeaturePrompt:
    """What surrounds the templates of one feature; `families` lists the files that family folders have beside base's.

    A file is named by its role, `system` or `user`. The list tells a file that was lost from one that never was.
    """

    feature: str
    inputs: tuple[Input, ...]
    contract: Contract
    tools: tuple[SampleTool, ...] = ()
    families: Mapping[str, tuple[Literal["system", "user"], ...]] = field(default_factory=dict)

    @property
    def samples(self) -> dict[str, str]:
        """A value for every input."""
        return {each.name: each.sample for each in self.inputs}

    def files(self, folder: str) -> tuple[str, ...]:
        """The roles that have a file in a folder."""
        return ("system", "user") if folder == "base" else self.families.get(folder, ())


def check_inputs(prompt: FeaturePrompt, given: Mapping[str, Any]) -> dict[str, str]:
    """A text for every input, absent ones empty; raises Invalid with a sentence at each faulty one."""
    known = {each.name: each for each in prompt.inputs}
    faults = {name: _unknown(str(name), known) for name in given if name not in known}
    for name, each in known.items():
        if sentence := _fault(each, given.get(name, "")):
            faults[name] = sentence
    if faults:
        raise Invalid({str(name): (sentence,) for name, sentence in faults.items()})
    return {name: str(given.get(name, "")) for name in known}


def _unknown(name: str, known: Mapping[str, Input]) -> str:
    return f"There is no input “{name[:64]}”. This feature takes {', '.join(known)}."


def _fault(each: Input, value: Any) -> str:
    if not isinstance(value, str):
        return f"{each.label}: send text."
    if each.required and not value.strip():
        return f"{each.label}: is missing."
    if len(value) > each.limit:
        return f"{each.label}: use {each.limit:,} characters at most; these are {len(value):,}."
    if each.kind is InputKind.LINE and ("\n" in value or "\r" in value):
        return f"{each.label}: use one line."
    return ""
