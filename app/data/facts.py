"""All facts that Modelport ships, as one value that never changes while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.data.prompts import Prompts
from app.domain.catalogue import Deprecation, Hardware, ModelFacts
from app.domain.families import Family
from app.domain.features import Feature, Section, of_section
from app.domain.listings import ListedModel, Naming, OpenListing
from app.domain.platforms import OPENAI_COMPATIBLE, Platform, Server, host_of
from app.domain.remedies import Remedies
from app.domain.symptoms import Symptoms


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables, each keyed by its slug or name, in the order of the file.

    `revision` is a number that changes with the files from which something is worked out and stored: what was worked
    out from other facts is worked out again.
    """

    sections: Mapping[str, Section]
    features: Mapping[str, Feature]
    families: Mapping[str, Family]
    platforms: Mapping[str, Platform]
    servers: Mapping[str, Server]
    models: Mapping[str, ListedModel]
    model_facts: Mapping[str, ModelFacts]
    deprecations: Mapping[str, Deprecation]
    hardware: tuple[Hardware, ...]
    open_listings: tuple[OpenListing, ...]
    naming: Naming
    remedies: Remedies
    symptoms: Symptoms
    prompts: Prompts
    revision: int
    # Asked for thousands of times where thousands of entries are worked out.
    _hosts: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _columns: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what follows from the tables."""
        servers = {server.slug: server.label for server in self.servers.values()}
        platforms = {p.slug: p.label for p in self.platforms.values() if p.slug != OPENAI_COMPATIBLE}
        object.__setattr__(self, "_hosts", servers | platforms)
        object.__setattr__(self, "_columns", {slug: each.column.value for slug, each in self.features.items()})

    def by_section(self) -> tuple[tuple[Section, tuple[Feature, ...]], ...]:
        """Sections with their features, both in GitLab's order."""
        return tuple((section, of_section(self.features, section.slug)) for section in self.sections.values())

    def hosts(self) -> Mapping[str, str]:
        """Every host's slug with its label: the servers, and the platforms that are no mere interface."""
        return self._hosts

    def columns(self) -> Mapping[str, str]:
        """The column of GitLab's table that each feature is read under, by their slugs."""
        return self._columns

    def host_label(self, platform: str, server: str) -> str:
        """The name of a host for people; an unknown one is shown as it is written."""
        host = host_of(platform, server)
        return self.hosts().get(host, host)

    def platform_problem(self, slug: str) -> str | None:
        """Why a platform cannot be chosen, else None."""
        if slug in self.platforms:
            return None
        return f"There is no platform “{slug}”. Choose one of {_listed(self.platforms)}."

    def server_problem(self, platform: str, slug: str) -> str | None:
        """Why a server does not go with a platform, else None; only the OpenAI-compatible one has servers."""
        if platform != OPENAI_COMPATIBLE:
            known = self.platforms.get(platform)
            return f"{known.label} has no servers to choose from." if known and slug else None
        if slug not in self.servers:
            return f"There is no server “{slug}”. Choose one of {_listed(self.servers)}."
        return None

    def family_problem(self, slug: str) -> str | None:
        """Why a family cannot be chosen, else None."""
        if slug in self.families:
            return None
        return f"There is no prompt family “{slug}”. Choose one of {_listed(self.families)}."

    def model_problem(self, name: str) -> str | None:
        """Why a catalogue model cannot be chosen, else None; none at all is fine."""
        if not name or name in self.models:
            return None
        return f"The catalogue has no model “{name}”. Choose one of its models or leave the field empty."


def _listed(names: Mapping[str, object] | tuple[str, ...]) -> str:
    return ", ".join(names)
