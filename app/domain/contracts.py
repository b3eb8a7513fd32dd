"""Whether an answer is what its feature's contract says, and what exactly is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from app.domain import contracts_leaks as leaks
from app.domain.contracts_agent import agent
from app.domain.contracts_code import code, fenced_code
from app.domain.contracts_json import json_value
from app.domain.contracts_prose import commit_message, markdown
from app.domain.contracts_values import Breach, Called, shown
from app.domain.prompts import Contract, ContractKind, SampleTool
from app.domain.reasoning import without_reasoning

__all__ = ["NOTHING", "Breach", "Called", "breaches"]

# More of them would only fill a page.
MOST = 100
NOTHING: Mapping[str, str] = MappingProxyType({})

_EMPTY = "The answer is empty."
_REFUSED = " It may have been {}: families that stop at this word cut it off, so that nothing is left of a refusal."


def breaches(
    contract: Contract,
    answer: str,
    called: Sequence[Called] = (),
    tools: Sequence[SampleTool] = (),
    inputs: Mapping[str, str] = NOTHING,
) -> tuple[Breach, ...]:
    """What is wrong with an answer, none twice and MOST of them at most; empty where it is right.

    `called` are the structured calls beside the text, `tools` those that were offered, `inputs` what was rendered.
    Leaked reasoning is one breach; the rest is judged without it. Raises ValueError for a schema it cannot check.
    """
    found: dict[Breach, None] = {}
    for each in _all(contract, answer, called, tools, inputs):
        found[each] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _all(
    contract: Contract, answer: str, called: Sequence[Called], tools: Sequence[SampleTool], inputs: Mapping[str, str]
) -> Iterator[Breach]:
    if not answer.strip() and not called:
        yield Breach("empty", _EMPTY + (_REFUSED.format(contract.refusal) if contract.refusal else ""))
        return
    leaked = tuple(leaks.reasoning(answer))
    yield from leaked
    text = without_reasoning(answer) if leaked else answer
    yield from leaks.tags(text, inputs, is_code=contract.kind is ContractKind.CODE)
    if contract.kind is ContractKind.AGENT:
        yield from agent(text, called, tools)
        # Beside calls a word about them is in place.
        if text.strip() and not called:
            yield from markdown(contract, text)
        return
    if called:
        names = ", ".join(dict.fromkeys(each.name for each in called))
        yield Breach("unexpected_call", f"The answer calls {shown(names)}, where no tool was offered.")
    if text.strip():
        yield from _of_kind(contract, text, inputs)


def _of_kind(contract: Contract, answer: str, inputs: Mapping[str, str]) -> Iterator[Breach]:
    match contract.kind:
        case ContractKind.CODE:
            yield from leaks.gap_marks(answer, inputs)
            yield from code(contract, answer, inputs)
        case ContractKind.FENCED_CODE:
            yield from fenced_code(contract, answer)
        case ContractKind.MARKDOWN:
            yield from markdown(contract, answer)
        case ContractKind.COMMIT_MESSAGE:
            yield from commit_message(contract, answer)
        case ContractKind.JSON:
            yield from json_value(contract, answer)
