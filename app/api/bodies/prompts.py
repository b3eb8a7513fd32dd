"""Prompt files of a family, and what is sent with them."""

from typing import Any

from pydantic import Field

from app.api.bodies.common import Asked, Told


class LookedAnswer(Told):
    """One folder of the chain, with the roles that it has a file for."""

    folder: str
    roles: list[str]


class PromptFilesAnswer(Told):
    """What answers for one feature. `origin` is own, inherited, base or missing, `folder` the nearest one that answers.

    `system` and `user` are the files' paths below the folder of prompts; `chain` is in the order of the search.
    """

    feature: str
    family: str
    origin: str
    folder: str
    system: str | None
    user: str | None
    sends_system: bool = Field(description="False where the family's own form of code completion stands alone.")
    chain: list[LookedAnswer]
    problem: str = Field(description="A sentence where a file is missing, else empty.")


class SourceAnswer(Told):
    """The text of one file, a Jinja template."""

    path: str
    folder: str
    source: str


class InputAnswer(Told):
    """One variable of the feature's templates; `kind` is line, text or code, `limit` in characters."""

    name: str
    label: str
    kind: str
    limit: int
    required: bool
    hint: str
    sample: str


class MessageAnswer(Told):
    """One message as it is sent."""

    role: str
    content: str


class SentAnswer(Told):
    """A composed call with the sample; `parameters` by their names on OpenAI's wire, `notes` say what was reshaped."""

    messages: list[MessageAnswer]
    parameters: dict[str, Any]
    tools: list[str]
    estimated_tokens: int = Field(description="Of the messages, by rule of thumb.")
    strips_reasoning: bool
    notes: list[str]


class PromptAnswer(PromptFilesAnswer):
    """What answers for one feature in full; `sent` is null where a file is missing."""

    sources: list[SourceAnswer]
    inputs: list[InputAnswer]
    contract: str = Field(description="What an answer has to be, in words.")
    sent: SentAnswer | None


class PromptAsked(Asked):
    """For which endpoint the call is composed."""

    endpoint: str = Field("", max_length=64, description="An endpoint's id: its tests reshape the call.")
