"""Prompt families: which prompts a model is given, and how its answers are cut."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.sources import Source

GENERAL = "other"


class ReleaseState(StrEnum):
    """How far GitLab has taken something; a fact apart from the support tier."""

    GA = "ga"
    BETA = "beta"
    EXPERIMENT = "experiment"

    @property
    def label(self) -> str:
        """The word for a badge; nothing is shown for what is generally available."""
        return "" if self is ReleaseState.GA else self.value.capitalize()


class SystemRole(StrEnum):
    """What becomes of system text: a turn of its own, one such turn at the start, or put before the first user turn."""

    SEPARATE = "separate"
    SINGLE = "single"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Request parameters; None leaves one to the server."""

    temperature: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """How code completion is asked for. `form` holds {prefix} and {suffix}; empty: by instructions in words."""

    parameters: Parameters
    form: str = ""
    system: bool = True


# For an endpoint whose family is not known.
IN_WORDS = Completion(Parameters(max_tokens=128))


@dataclass(frozen=True, slots=True)
class Served:
    """Served names that point to a family: those that start with a text, and those that hold it as a word's start."""

    starts: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """One prompt family. `chain` lists the prompt folders to look in, in order; `context` is in tokens;
    `since` is empty where the GitLab version is not known.
    """

    slug: str
    label: str
    gitlab_name: str
    state: ReleaseState
    chain: tuple[str, ...]
    system: SystemRole
    context: int
    parameters: Parameters
    completion: Completion
    generation: Parameters
    served: Served
    source: Source
    since: str = ""
    strip_reasoning: bool = False
