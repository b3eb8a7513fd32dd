"""The step `tools`: a tool on offer is called in the structured form, by choice and on demand."""

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

from app.clients.dialect import Ask, ChatAnswer, Tool, ToolChoice, Trouble, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import asked, refuses, words

FIELD = "project"
TOOL = Tool(
    "list_issues",
    "Lists the open issues of a project. The answer is known to this tool alone.",
    {
        "type": "object",
        "properties": {FIELD: {"type": "string", "description": "The path of the project"}},
        "required": [FIELD],
    },
)
PROJECTS = ("acme/engine", "acme/brakes", "acme/lights")
TRIES = len(PROJECTS)
ANSWER_TOKENS = 160
_QUESTION = "Which issues are open in the project {project}? Call the tool to find out."

_REFUSED = ("tools_refused", "forced_tools_refused")

# A call as models write it before a parser has turned it into the structured form.
_CALL_MARKS = re.compile(
    r"<tool_calls?>|\[TOOL_CALLS\]|<function[=_]|<\|tool|<\uff5ctool|<\|python_tag\|>|<invoke |```tool_|to=functions\.|"
    rf"\"name\"\s*:\s*\"{TOOL.name}\"|\b{TOOL.name}\s*[(\[{{]",
)


class _Miss(StrEnum):
    """A try without a good call, the most telling first; the values are codes."""

    AS_TEXT = "tools_as_text"
    BROKEN = "tool_arguments_broken"
    IGNORED = "tools_ignored"


@dataclass(slots=True)
class _Tries:
    """What became of the tries; `said` is what came in place of the first call that was missed."""

    good: int = 0
    misses: list[_Miss] = field(default_factory=list)
    said: str = ""
    refusal: Trouble | None = None

    @property
    def count(self) -> int:
        """A refused try is one too, and the last."""
        return self.good + len(self.misses) + (self.refusal is not None)

    @property
    def grade(self) -> Grade:
        """By what came in the structured form."""
        if self.good == TRIES:
            return Grade.YES
        return Grade.PARTLY if self.good else Grade.NO


def tools(run: Run) -> StepResult:
    """Three tries by choice, then one on demand."""
    tries = _by_choice(run)
    forced, refusal = _on_demand(run)
    findings = (Finding(Ability.TOOLS, tries.grade), Finding(Ability.FORCED_TOOLS, forced))
    result = _told(run, tries, forced, refusal)
    return measured(result, *findings, structured=tries.good, tries=tries.count, forced=str(forced))


def _by_choice(run: Run) -> _Tries:
    tries = _Tries()
    for project in PROJECTS:
        try:
            answer = asked(run, _ask(project, ToolChoice.AUTO))
        except WireError as error:
            if not refuses(error.trouble, *_REFUSED):
                raise
            tries.refusal = error.trouble
            break
        miss = _miss(answer)
        if miss is None:
            tries.good += 1
        else:
            tries.misses.append(miss)
            tries.said = tries.said or words(answer)
    return tries


def _on_demand(run: Run) -> tuple[Grade, Trouble | None]:
    """Whether a call comes where the request leaves no choice, and the refusal if that is refused."""
    try:
        answer = asked(run, _ask(PROJECTS[0], ToolChoice.FORCED))
    except WireError as error:
        # Some servers fail over this choice instead of refusing it.
        if not refuses(error.trouble, *_REFUSED, "server_error"):
            raise
        return Grade.NO, error.trouble
    return Grade.NO if _miss(answer) else Grade.YES, None


def _told(run: Run, tries: _Tries, forced: Grade, refusal: Trouble | None) -> StepResult:
    name = StepName.TOOLS
    if tries.refusal:
        return run.explained(name, "tools_refused", words=tries.refusal.words)
    if tries.good and tries.misses:
        return run.explained(name, "tools_sometimes", words=tries.said, structured=str(tries.good), tries=str(TRIES))
    if tries.misses:
        code = next(each for each in _Miss if each in tries.misses)
        return run.explained(name, code, words=tries.said)
    if refusal:
        return run.explained(name, "forced_tools_refused", words=refusal.words)
    if forced is Grade.NO:
        return run.explained(name, "forced_tools_ignored")
    return run.result(name, Outcome.PASSED, f"Tools are called in the structured form, {TRIES} times of {TRIES}")


def _ask(project: str, choice: ToolChoice) -> Ask:
    return Ask(_QUESTION.format(project=project), max_tokens=ANSWER_TOKENS, tools=(TOOL,), tool_choice=choice)


def _miss(answer: ChatAnswer) -> _Miss | None:
    """What kept this answer from being a good call."""
    if not answer.tool_calls:
        return _Miss.AS_TEXT if _CALL_MARKS.search(answer.text) else _Miss.IGNORED
    call = answer.tool_calls[0]
    return None if call.name == TOOL.name and _holds_field(call.arguments) else _Miss.BROKEN


def _holds_field(arguments: str) -> bool:
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and isinstance(given.get(FIELD), str) and bool(given[FIELD].strip())
