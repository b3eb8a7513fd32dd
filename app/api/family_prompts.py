"""Which prompt files of a family answer, and what is sent with them."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.prompts import (
    InputAnswer,
    MessageAnswer,
    PromptAnswer,
    PromptAsked,
    PromptFilesAnswer,
    SentAnswer,
    SourceAnswer,
)
from app.api.context import ports
from app.api.features import load as feature_of
from app.api.operations import operation
from app.domain.errors import NotFound
from app.domain.families import Family
from app.domain.roles import Role
from app.queries.prompt_files import PromptFiles, of_family, prompt_files
from app.services.previews import Preview, preview

family_prompts = Blueprint("family_prompts", __name__)


def load(slug: str) -> Family:
    """The family, or NotFound."""
    family = ports().facts.families.get(slug)
    if family is None:
        raise NotFound("There is no such prompt family.")
    return family


@family_prompts.get("/families/<slug>/prompts")
@operation(Role.VIEWER, ListOf[PromptFilesAnswer])
def index(slug: str) -> ListOf[PromptFilesAnswer]:
    """List which prompt files of a family answer for each feature."""
    found = of_family(ports().facts, load(slug))
    return ListOf[PromptFilesAnswer](items=[PromptFilesAnswer(**_files(each)) for each in found.values()])


@family_prompts.get("/families/<slug>/prompts/<name>")
@operation(Role.VIEWER, PromptAnswer, query=PromptAsked)
def show(slug: str, name: str, asked: PromptAsked) -> PromptAnswer:
    """Read what a family sends for one feature, with the files and the feature's sample."""
    facts, family, feature = ports().facts, load(slug), feature_of(name).name
    files = prompt_files(facts, feature, family)
    prompt = facts.prompts.features.get(feature)
    return PromptAnswer(
        **_files(files),
        sources=[SourceAnswer.model_validate(each) for each in files.files],
        inputs=[InputAnswer.model_validate(each) for each in prompt.inputs] if prompt else [],
        contract=prompt.contract.words if prompt else "",
        sent=None if files.problem else _sent(preview(ports(), feature, family, endpoint=asked.endpoint)),
    )


def _files(files: PromptFiles) -> dict[str, Any]:
    plain = {name: getattr(files, name) for name in ("feature", "family", "folder", "sends_system", "problem")}
    return {
        **plain,
        "origin": files.origin.value,
        "system": files.system.path if files.system else None,
        "user": files.user.path if files.user else None,
        "chain": [asdict(each) for each in files.chain],
    }


def _sent(call: Preview) -> SentAnswer:
    return SentAnswer(
        messages=[MessageAnswer(role=each.role, content=each.text) for each in call.messages],
        parameters=dict(call.parameters),
        tools=list(call.tools),
        estimated_tokens=call.tokens,
        strips_reasoning=call.strips_reasoning,
        notes=list(call.notes),
    )
