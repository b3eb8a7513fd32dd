"""A feature call as it comes in: what it asks for, checked, in OpenAI's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.routing import Wanted


class Form(StrEnum):
    """The three addresses, by what OpenTelemetry calls their operation."""

    CHAT = "chat"
    COMPLETIONS = "text_completion"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class FeatureCall:
    """One call. `body` is OpenAI's body without `model` and `inputs`; `inputs` are for the feature's template.

    Of a chat call either the body has messages or there are inputs.
    """

    wanted: Wanted
    form: Form
    body: Mapping[str, Any] = field(repr=False)
    inputs: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def stream(self) -> bool:
        """Whether the answer is to come as it is made."""
        return bool(self.body.get("stream"))

    @property
    def tells_usage(self) -> bool:
        """Whether a streamed answer is to end with its numbers of tokens."""
        options = self.body.get("stream_options")
        return isinstance(options, Mapping) and bool(options.get("include_usage"))

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The functions on offer."""
        return tuple(str(each["function"]["name"]) for each in self.body.get("tools") or ())
