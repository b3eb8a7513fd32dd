"""What GitLab's lists say of models: levels, hosts, and the names they are served under."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.features import Column
from app.domain.sources import Source


class Level(StrEnum):
    """GitLab's stated quality of a model for a group of features."""

    FULL = "full"
    PARTIAL = "partial"
    LIMITED = "limited"


class Basis(StrEnum):
    """Whether GitLab names the host, or we derive it from the platforms GitLab validated."""

    NAMED = "named"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model of GitLab's lists; `name` is the catalogue's key.

    `levels` hold on `hosts`; `compatible_hosts` come from the list of compatible models, which GitLab keeps for the
    groups of features in `compatible_for`. Hosts map to how we know of them. `served` are names it is served under.
    """

    name: str
    slug: str
    group: str
    family: str
    served: tuple[str, ...]
    source: Source
    note: str = ""
    levels: Mapping[Column, Level] = field(default_factory=dict)
    hosts: Mapping[str, Basis] = field(default_factory=dict)
    compatible_hosts: Mapping[str, Basis] = field(default_factory=dict)
    compatible_for: tuple[Column, ...] = ()


def listed_for(models: Iterable[ListedModel], column: str) -> tuple[tuple[str, str], ...]:
    """The models on hosts, as pairs of slugs, that GitLab lists as compatible for a column, stating no level."""
    named = [each for each in models if column in each.compatible_for]
    return tuple((each.slug, host) for each in named for host in each.compatible_hosts)


@dataclass(frozen=True, slots=True)
class OpenListing:
    """A row of GitLab's lists that names no model: anything that follows an interface."""

    group: str
    text: str
    columns: tuple[Column, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Naming:
    """How served names are read: words that change nothing, words for full precision, hosts that hide quantisation."""

    harmless: frozenset[str]
    full_precision: frozenset[str]
    unsaid_hosts: frozenset[str]
    unsaid_words: frozenset[str]
    source: Source
