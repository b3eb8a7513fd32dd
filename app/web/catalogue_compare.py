"""Entries side by side: the same lines for each, with those marked that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.data.facts import Facts
from app.domain.catalogue import Hardware
from app.domain.features import Column
from app.queries.catalogue import Entry
from app.web.catalogue_pages import gpus_words
from app.web.filters import figure
from app.web.hosts import labels


@dataclass(frozen=True, slots=True)
class Compared:
    """One line; `kind` says how its values are drawn: tier, level, rating, confidence, or as text."""

    label: str
    kind: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the entries do not all say the same."""
        return len(set(self.values)) > 1


def comparison(facts: Facts, entries: Sequence[Entry], stated: Mapping[str, tuple[Hardware, ...]]) -> list[Compared]:
    """All lines, in the order in which people decide."""
    hosts = labels(each.host for each in entries)

    def line(label: str, values: Sequence[str], kind: str = "text") -> Compared:
        return Compared(label, kind, tuple(values))

    return [
        line("Host", [hosts.get(each.host, each.host) for each in entries]),
        line("Variant", [each.variant or "The usual one" for each in entries]),
        line("Tier", [each.tier for each in entries], "tier"),
        *(line(column.label, [each.levels[column.value] for each in entries], "level") for column in Column),
        line("Rating", ["" if each.stars is None else f"{each.stars:.1f}" for each in entries], "rating"),
        line("Confidence", [each.sureness if each.reports else "" for each in entries], "confidence"),
        line("Reports", [figure(each.reports) for each in entries]),
        line("Votes", [figure(each.votes) for each in entries]),
        line("GPUs that were stated", ["; ".join(map(_unbroken, stated.get(each.slug, ()))) for each in entries]),
        line("Memory, our estimate", [_with(each.estimated_memory, "GB") for each in entries]),
        line("Context", [_with(each.context, "tokens") for each in entries]),
        line("Size", [f"{each.size:g} billion parameters" if each.size else "" for each in entries]),
        line("Prompt family", [facts.families[each.family].label for each in entries]),
        line("Maker", [each.maker for each in entries]),
        line("Licence", [each.licence for each in entries]),
        line("Weights", ["Open" if each.open_weights else "Not published" for each in entries]),
        line("Deprecated", [f"Since GitLab {each.deprecated_since}" * bool(each.deprecated_since) for each in entries]),
        line("Stated in", [_source(each) for each in entries]),
    ]


def _unbroken(needed: Hardware) -> str:
    """GPUs whose number stays in the line of the card that it counts."""
    return gpus_words(needed).replace(" \u00d7 ", "\u00a0\u00d7\u00a0")


def _with(number: int | None, unit: str) -> str:
    return f"{figure(number)} {unit}" if number else ""


def _source(entry: Entry) -> str:
    title, version = entry.source.get("title", ""), entry.source.get("version", "")
    return f"{title} (GitLab {version})" if version else title
