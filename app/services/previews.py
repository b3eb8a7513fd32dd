"""What a feature call would be sent as: composed by what composes the calls themselves, and never sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clients.openai_wire import forward_body
from app.clients.registry import dialect_for
from app.data.facts import Facts
from app.domain import composing
from app.domain.calls import FeatureCall, Form
from app.domain.errors import NotFound
from app.domain.families import Family, SystemRole
from app.domain.features import Ability
from app.domain.prompts import FeaturePrompt
from app.domain.routing import EndpointRoute, Link, Wanted
from app.domain.tiers import Tier
from app.queries import routes as query
from app.queries.prompt_files import BASE
from app.services import call_bodies, targets
from app.services.call_account import estimated_prompt
from app.services.call_bodies import Sent
from app.services.ports import Ports

# Stands for an endpoint of which nothing is known, and so nothing is reshaped.
_ANY = EndpointRoute("", "", "", "", "", "", enabled=True, tier=Tier.OTHER.value)
_SECRETS = ("api_key", "session_token", "client_key", "header_values")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is sent."""

    role: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """One composed call. `tokens` is an estimate of its messages; `parameters` are those that it sets, by wire name.

    `tools` are the names of the sample's tools, `notes` sentences about what was reshaped, `exact` says that every
    blank counts: the family's own form stands around code.
    """

    feature: str
    family: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    tools: tuple[str, ...]
    tokens: int
    notes: tuple[str, ...]
    strips_reasoning: bool
    exact: bool


def preview(
    ports: Ports, feature: str, family: Family, inputs: Mapping[str, str] | None = None, endpoint: str = ""
) -> Preview:
    """Compose a call with the sample or with these inputs, as for an endpoint by its id where one is named.

    Raises Invalid for faulty inputs, NotFound for an unknown endpoint, Unavailable where a prompt file is missing.
    """
    facts = ports.facts
    prompt = facts.prompts.of(feature)
    found = query.endpoint(ports.store, endpoint) if endpoint else None
    if endpoint and found is None:
        raise NotFound("There is no such endpoint.")
    route = found[0] if found else _ANY
    link = Link(route, family.slug, route.tier)
    call = _call(facts, prompt, prompt.samples if inputs is None else inputs)
    sent = call_bodies.sent_to(link, call, facts)
    body = dict(sent.body)
    notes = _notes(feature, family, route, call, sent)
    if found and dialect_for(route.platform).relays:
        body = forward_body(targets.of_endpoint(ports, found[1], without=_SECRETS), body)
    elif found:
        notes = (*notes, f"{facts.platforms[route.platform].label} is told the same in its own format.")
    return Preview(
        feature,
        family.slug,
        tuple(Message(str(each["role"]), str(each["content"])) for each in body.pop("messages")),
        {name: value for name, value in body.items() if name not in ("tools", "model")},
        call.tool_names,
        estimated_prompt(sent.body),
        notes,
        sent.strips,
        exact=stands_in_form(facts, feature, family),
    )


def stands_in_form(facts: Facts, feature: str, family: Family) -> bool:
    """Whether a family's own form, and not words, says where the gap in code is."""
    user = facts.prompts.answering(feature, family).user
    return feature == composing.COMPLETIONS and bool(family.completion.form) and not (user and user.folder == BASE)


def _call(facts: Facts, prompt: FeaturePrompt, inputs: Mapping[str, str]) -> FeatureCall:
    tools = [
        {"name": each.name, "description": each.description, "parameters": each.parameters} for each in prompt.tools
    ]
    body = {"tools": [{"type": "function", "function": each} for each in tools]} if tools else {}
    return call_bodies.check(FeatureCall(Wanted(prompt.feature), Form.CHAT, body, inputs), facts)


def _notes(feature: str, family: Family, route: EndpointRoute, call: FeatureCall, sent: Sent) -> tuple[str, ...]:
    notes = []
    if not composing.takes_system(feature, family):
        notes.append("The gap stands alone in the family's own form, without system text.")
    elif "no_system" in route.quirks:
        notes.append(f"{route.name} refuses system text, so it stands before the first turn of the user.")
    elif family.system is SystemRole.MERGED:
        notes.append(
            "Models of this family know no system role, so that text stands before the first turn of the user."
        )
    if Ability.TURNS in route.lacks:
        notes.append(f"The turns of {route.name} have to alternate: neighbours of one role are joined.")
    most = composing.parameters_for(feature, family).max_tokens
    if route.context and most and sent.body.get("max_tokens") != most:
        notes.append(f"The answer is kept shorter than {most:,} tokens: {route.name} reads {route.context:,} in all.")
    if call.inputs is not None and composing.without_marks(call.inputs, feature, family) != call.inputs:
        notes.append("Marks of the family's form were taken out of the input: they would move the gap.")
    return tuple(notes)
