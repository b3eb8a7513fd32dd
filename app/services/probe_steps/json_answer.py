"""The step `json`: an answer obeys a schema, sent with the request or told in words."""

import json
from typing import Any

from app.clients.dialect import Ask, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.asking import asked, refuses, words

SEVERITIES = ("low", "medium", "high")
FIELDS = ("severity", "people")
SCHEMA = {
    "type": "object",
    "properties": {"severity": {"type": "string", "enum": list(SEVERITIES)}, "people": {"type": "integer"}},
    "required": list(FIELDS),
    "additionalProperties": False,
}
# It names no field: whoever does not read the schema cannot meet it by chance.
BY_SCHEMA = "Rate this report as JSON: since Monday the sign-in page has failed for 3 people."
IN_WORDS = (
    f"{BY_SCHEMA} Answer with a JSON object alone, which has two fields: "
    f'"severity", one of "low", "medium" and "high", and "people", an integer.'
)
ANSWER_TOKENS = 96


def json_answer(run: Run) -> StepResult:
    """By a schema in the request; where that is of no use, in words."""
    code, complaint = "json_schema_ignored", ""
    try:
        said = asked(run, Ask(BY_SCHEMA, max_tokens=ANSWER_TOKENS, schema=SCHEMA))
        if obeys(words(said)):
            return run.result(StepName.JSON, Outcome.PASSED, "", Finding(Ability.JSON, Grade.YES))
    except WireError as error:
        if not refuses(error.trouble, "json_schema_refused"):
            raise
        code, complaint = "json_schema_refused", error.trouble.words
    told = words(asked(run, Ask(IN_WORDS, max_tokens=ANSWER_TOKENS)))
    if obeys(_unfenced(told)):
        return measured(run.explained(StepName.JSON, code, words=complaint), Finding(Ability.JSON, Grade.PARTLY))
    return measured(run.explained(StepName.JSON, "json_broken", words=told), Finding(Ability.JSON, Grade.NO))


def obeys(text: str) -> bool:
    """Whether the text is JSON as SCHEMA has it."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict) or set(value) != set(FIELDS):
        return False
    return value["severity"] in SEVERITIES and type(value["people"]) is int


def _unfenced(text: str) -> str:
    """What stands inside a Markdown fence, where the whole text is one."""
    if not (text.startswith("```") and text.endswith("```") and "\n" in text):
        return text
    return text.partition("\n")[2].removesuffix("```")
