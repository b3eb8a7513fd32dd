"""What one endpoint is sent for a feature call: the caller's body as it came, or composed with a family's prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clients.dialect import Operation
from app.data.facts import Facts
from app.domain import composing
from app.domain.calls import FeatureCall, Form
from app.domain.errors import CallRefused
from app.domain.families import Family
from app.domain.features import Ability
from app.domain.prompts import check_inputs
from app.domain.routing import Link

_OPERATIONS = {
    Form.CHAT: Operation.CHAT,
    Form.COMPLETIONS: Operation.COMPLETIONS,
    Form.EMBEDDINGS: Operation.EMBEDDINGS,
}
PREFIX, SUFFIX = "prefix", "suffix"


@dataclass(frozen=True, slots=True)
class Sent:
    """A body for one endpoint. `family` is empty where the caller's words were left alone.

    `strips`: reasoning is cut out of the answer; `opened`: which may begin inside of it, without a mark that says so.
    `retold`: a chat answer is told as one to a completions request.
    """

    operation: Operation
    body: Mapping[str, Any] = field(repr=False)
    family: str = ""
    strips: bool = False
    opened: bool = False
    retold: bool = False


def sent_to(link: Link, call: FeatureCall, facts: Facts) -> Sent:
    """The body for an endpoint; raises CallRefused."""
    sent = _sent_to(link, call, facts)
    if sent.strips and call.stream and call.body.get("n") not in (None, 1):
        # Pieces of several answers come mixed.
        sentence = (
            f"Reasoning is cut out of what {link.endpoint.name} says, which takes one answer in a stream. Send n: 1."
        )
        raise CallRefused(400, "n_unsupported", sentence, "n")
    return sent


def _sent_to(link: Link, call: FeatureCall, facts: Facts) -> Sent:
    quirk = "strip_reasoning" in link.endpoint.quirks and call.form is not Form.EMBEDDINGS
    if call.wanted.raw or call.form is Form.EMBEDDINGS:
        quirk = quirk and call.form is Form.CHAT
        return Sent(_OPERATIONS[call.form], call.body, strips=quirk, opened=quirk)
    family = facts.families[link.family]
    return Sent(
        Operation.CHAT,
        _composed(link, call, facts, family),
        family.slug,
        quirk or family.strip_reasoning,
        opened=quirk,
        retold=call.form is Form.COMPLETIONS,
    )


def check(call: FeatureCall, facts: Facts) -> FeatureCall:
    """The call with a text for every input of its feature; raises Invalid for faulty inputs, CallRefused."""
    if call.inputs is None or call.wanted.raw or call.wanted.feature not in facts.features:
        return call
    prompt = facts.prompts.of(call.wanted.feature)
    if call.form is Form.COMPLETIONS and not {PREFIX, SUFFIX} <= {each.name for each in prompt.inputs}:
        raise CallRefused(
            400,
            "completions_unsupported",
            f"{call.wanted.feature} fills no gaps. Call it at /v1/chat/completions, or code_completions here.",
            "model",
        )
    return FeatureCall(call.wanted, call.form, call.body, check_inputs(prompt, call.inputs))


def _composed(link: Link, call: FeatureCall, facts: Facts, family: Family) -> dict[str, Any]:
    feature, endpoint = call.wanted.feature, link.endpoint
    shape = composing.shape_of(
        family,
        no_system="no_system" in endpoint.quirks,
        no_turns=Ability.TURNS in endpoint.lacks,
        context=endpoint.context,
    )
    body = composing.with_parameters(call.body, composing.parameters_for(feature, family), shape)
    if call.inputs is None:
        system = facts.prompts.system(feature, family, call.tool_names)
        messages = composing.in_front(system, call.body["messages"], shape)
    else:
        inputs = composing.without_marks(call.inputs, feature, family)
        texts = facts.prompts.render(feature, family, inputs, call.tool_names)
        messages = composing.from_prompt(texts.system, texts.user, shape)
    return {**body, "messages": messages}
