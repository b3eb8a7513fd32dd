"""Small contracts of each kind, and what checks say of an answer in short."""

from collections.abc import Mapping, Sequence

from app.domain.contracts import NOTHING, Called, breaches
from app.domain.prompts import Contract, ContractKind, SampleTool

CODE = Contract(ContractKind.CODE, "Only code.", refusal="CANNOT", max_lines=3)
FENCED = Contract(ContractKind.FENCED_CODE, "One block.", blocks=1, max_words=4)
MARKDOWN = Contract(ContractKind.MARKDOWN, "Markdown.")
HEADED = Contract(ContractKind.MARKDOWN, "Two headings.", headings=("## One", "## Two"), max_words=12)
BULLETS = Contract(ContractKind.MARKDOWN, "Bullets.", bullets=3, max_words=12)
COMMIT = Contract(ContractKind.COMMIT_MESSAGE, "A message.", types=("feat", "fix"), max_subject=40, max_width=40)
SCHEMA = {
    "type": "object",
    "required": ["names"],
    "additionalProperties": False,
    "properties": {
        "names": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 1, "maxLength": 5}},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "share": {"type": "number"},
        "state": {"type": "string", "enum": ["on", "off"]},
        "is_new": {"type": "boolean"},
        "rest": {"type": "null"},
    },
}
JSON = Contract(ContractKind.JSON, "An object.", schema=SCHEMA)
AGENT = Contract(ContractKind.AGENT, "Text or calls.")
ALL = (CODE, FENCED, MARKDOWN, HEADED, BULLETS, COMMIT, JSON, AGENT)
TOOL = SampleTool(
    "read_file",
    "Reads a file.",
    {
        "type": "object",
        "required": ["path"],
        "additionalProperties": False,
        "properties": {"path": {"type": "string", "minLength": 1}},
    },
)


def codes(
    contract: Contract,
    answer: str,
    called: Sequence[Called] = (),
    tools: Sequence[SampleTool] = (TOOL,),
    inputs: Mapping[str, str] = NOTHING,
) -> list[str]:
    """The codes of all breaches, in order."""
    return [each.code for each in breaches(contract, answer, called, tools, inputs)]


def sentences(contract: Contract, answer: str, called: Sequence[Called] = ()) -> str:
    """What people are told, in one text."""
    return " ".join(each.sentence for each in breaches(contract, answer, called, (TOOL,)))
