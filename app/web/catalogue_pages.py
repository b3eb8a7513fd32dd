"""What the catalogue's pages show of an entry beside its stored figures: GPUs, facts, evidence, what to do next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from app.data.facts import Facts
from app.domain.catalogue import Hardware
from app.domain.features import Column
from app.domain.hardware import Fit, Gpus, fits
from app.domain.listings import ListedModel
from app.domain.platforms import OPENAI_COMPATIBLE
from app.domain.ratings import Answer
from app.domain.reports import AIR_GAPPED, VERSIONS
from app.domain.tiers import Tier
from app.queries.catalogue import Entry
from app.queries.catalogue_reports import ReportRecord
from app.web.filters import figure

# How the answers of a report are told as one: word, readiness that has the same sign.
OUTCOMES = {"works": ("Works", "works"), "notes": ("With limits", "limits"), "fails": ("Fails", "no")}

# Where a model goes by an id of the region's or a deployment's own making.
OWN_NAMES = frozenset({"azure_openai", "bedrock", "vertex_ai"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the list; `fit` says which GPUs it takes and `known` who says so: stated, estimated or empty."""

    entry: Entry
    fit: str
    known: str
    vote: str
    voted: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One report: its outcome in all, what was found of each feature by its title, what it ran on, and its test."""

    report: ReportRecord
    outcome: str
    answers: tuple[tuple[str, str], ...]
    ran_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelTile:
    """A column of GitLab's table: its level, or that the model is listed for it without one."""

    label: str
    level: str
    listed: bool
    tier: str


def shown(
    entries: Iterable[Entry],
    stated: Mapping[str, tuple[Hardware, ...]],
    votes: Mapping[str, frozenset[str]],
    gpus: Gpus | None,
) -> list[Shown]:
    """The lines of the list; the vote that its button casts is for support where there is none."""
    lines = []
    for entry in entries:
        words, known = fit_words(entry, stated.get(entry.slug, ()), gpus)
        kind = "works" if entry.tier == Tier.SUPPORTED else "want"
        lines.append(Shown(entry, words, known, kind, kind in votes.get(entry.id, frozenset())))
    return lines


def fit_words(entry: Entry, stated: tuple[Hardware, ...], gpus: Gpus | None = None) -> tuple[str, str]:
    """Which GPUs a model takes, and who says so; with `gpus` the statement that these meet goes first."""
    met = [each for each in stated if fits(gpus, (each,), None) is Fit.STATED] if gpus else list(stated)
    if met:
        # Of several statements the one on the very cards says most.
        nearest = min(met, key=lambda each: gpus is not None and each.card.lower() != gpus.card.lower())
        return f"{'stated for' if gpus else 'from'} {gpus_words(nearest)}", Fit.STATED.value
    if entry.estimated_memory:
        others = f", though {gpus_words(stated[0])} is stated" if stated else ""
        return f"about {figure(entry.estimated_memory)} GB, our estimate{others}", Fit.ESTIMATED.value
    return "", ""


def gpus_words(row: Hardware) -> str:
    """The cards with their number and memory, as people write them."""
    return Gpus(row.count, row.card, row.memory).text


def level_tiles(entry: Entry, listed: ListedModel | None) -> list[LevelTile]:
    """GitLab's four columns for an entry."""
    return [_level_tile(entry, listed, column) for column in Column]


def _level_tile(entry: Entry, listed: ListedModel | None, column: Column) -> LevelTile:
    level = entry.levels[column.value]
    named = bool(listed and entry.host in listed.compatible_hosts and column in listed.compatible_for)
    tier = {"full": Tier.SUPPORTED, "partial": Tier.SUPPORTED, "limited": Tier.COMPATIBLE}.get(level)
    return LevelTile(column.label, level, named and not level, (tier.value if tier else ""))


def told(facts: Facts, reports: Iterable[ReportRecord]) -> list[Told]:
    """Reports in words."""
    return [_told(facts, each) for each in reports]


def _told(facts: Facts, report: ReportRecord) -> Told:
    found = set(report.answers.values())
    outcome = "fails" if found == {"fails"} else "works" if found == {"works"} else "notes"
    answers = tuple(
        (Answer(answer).label, ", ".join(titles))
        for answer in Answer
        if (titles := [each.title for name, each in facts.features.items() if report.answers.get(name) == answer])
    )
    versions = [str(report.versions[name]) for name in VERSIONS if report.versions.get(name) and name != "gitlab"]
    gitlab = [f"GitLab {report.versions['gitlab']}"] if report.versions.get("gitlab") else []
    gitlab += ["no internet"] if report.versions.get(AIR_GAPPED) else []
    return Told(report, outcome, answers, tuple(filter(None, (", ".join(versions), ", ".join(gitlab)))))


def about(entry: Entry) -> list[tuple[str, str]]:
    """Facts of the model as lines; what is not known is left out."""
    size = f"{entry.size:g} billion parameters" if entry.size else ""
    active = f", {entry.active:g} billion at work for one token" if entry.active else ""
    weights = "open weights" if entry.open_weights else "weights not published"
    lines = [
        ("Maker", entry.maker),
        ("Size", size + active if size else ""),
        ("Context", f"{figure(entry.context)} tokens, as its maker states" if entry.context else ""),
        ("Licence", ", ".join(filter(None, (entry.licence, weights if entry.origin == "gitlab" else "")))),
        ("Note", entry.note),
    ]
    return [(name, value) for name, value in lines if value]


def served_name(facts: Facts, entry: Entry) -> str:
    """The name under which it is usually served; empty where the lists name none or the host has names of its own."""
    listed = facts.models.get(entry.name)
    return listed.served[0] if listed and listed.served and entry.host not in OWN_NAMES else ""


def identifier(facts: Facts, entry: Entry) -> str:
    """How GitLab would ask for it, with the platform's prefix."""
    name = served_name(facts, entry)
    platform = facts.platforms[entry.host if entry.host in facts.platforms else OPENAI_COMPATIBLE]
    return f"{platform.prefix}{name}" if name else ""


def use_address(facts: Facts, entry: Entry) -> str:
    """The form of a new endpoint with what the entry knows filled in."""
    is_platform = entry.host in facts.platforms
    values = {
        "platform": entry.host if is_platform else OPENAI_COMPATIBLE,
        "server": "" if is_platform else entry.host,
        "identifier": served_name(facts, entry),
        "family": entry.family,
        "model": entry.name,
    }
    return f"{url_for('endpoints.new')}?{urlencode({name: value for name, value in values.items() if value})}"


def entry_address(host: str, slug: str, variant: str = "", **more: str) -> str:
    """The address of an entry."""
    query = urlencode({**({"variant": variant} if variant else {}), **more})
    return url_for("catalogue.show", host=host, model_slug=slug) + (f"?{query}" if query else "")
