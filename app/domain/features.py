"""Duo features that take a model, in GitLab's sections, with what each needs of a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.families import Family, ReleaseState
from app.domain.sources import Source


class Column(StrEnum):
    """A column of GitLab's table of levels."""

    CODE_COMPLETION = "code_completion"
    CODE_GENERATION = "code_generation"
    CHAT = "chat"
    AGENT_PLATFORM = "agent_platform"

    @property
    def label(self) -> str:
        """The column's heading, shortened to fit ours."""
        return {"agent_platform": "Agent Platform"}.get(self.value, self.value.replace("_", " ").capitalize())


class Ability(StrEnum):
    """Something a model and its server can or cannot do, as the connection test measures it."""

    CHAT = "chat"
    STREAM = "stream"
    SYSTEM = "system"
    TURNS = "turns"
    CADENCE = "cadence"  # a stream arrives as it is made, not in one lump
    TOOLS = "tools"
    FORCED_TOOLS = "forced_tools"  # a tool is called when the request demands it
    JSON = "json"
    FIM = "fim"  # a gap in code is filled in the family's own format
    SUFFIX = "suffix"  # the same through the completions address, with the suffix as a field
    CONTEXT = "context"
    EMBEDDINGS = "embeddings"
    CLEAN = "clean"  # reasoning stays out of the answer
    QUICK = "quick"  # first token within a second


@dataclass(frozen=True, slots=True)
class Needs:
    """What a feature asks for; contexts are in tokens. Our own reading: GitLab states no such list."""

    must: tuple[Ability, ...]
    should: tuple[Ability, ...]
    context: int
    comfortable: int


@dataclass(frozen=True, slots=True)
class Section:
    """A group of features, as GitLab's settings page has it."""

    slug: str
    title: str
    description: str
    source: Source


@dataclass(frozen=True, slots=True)
class Feature:
    """One Duo feature. `families` are the slugs GitLab accepts; `own_column`: the column is our reading."""

    name: str
    title: str
    section: str
    state: ReleaseState
    since: str
    families: tuple[str, ...]
    column: Column
    gitlab_name: str
    licence: str
    needs: Needs
    source: Source
    own_column: bool = False


def of_section(features: Mapping[str, Feature], section: str) -> tuple[Feature, ...]:
    """The features of one section, in GitLab's order."""
    return tuple(feature for feature in features.values() if feature.section == section)


def family_remark(feature: Feature, family: Family) -> str | None:
    """What to say before a family is used that GitLab's own form would refuse for the feature, else None.

    Saying it is enough: Modelport allows the pair. GitLab's lists per feature were read in its 18.9 source.
    """
    if family.slug in feature.families:
        return None
    newer = f" The family came later, with {family.since}." if family.since else ""
    return (
        f"GitLab {feature.source.version} does not list the family {family.label} for {feature.title}.{newer} "
        "It may refuse this assignment; the family “other” is taken everywhere."
    )
