"""What tests found, as the endpoint's page shows it: a tile for each ability, a line for each feature."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.capabilities import Aged, Grade, old_because
from app.domain.features import Ability, Feature, Section
from app.domain.readiness import Readiness
from app.queries import capabilities, endpoints
from app.queries.capabilities import CapabilityRecord
from app.queries.endpoints import EndpointRecord, StandingRecord
from app.queries.probes import ProbeRecord
from app.web.context import ports
from app.web.filters import figure, spent
from app.web.step_figures import in_words

# In the order of the page.
LABELS = {
    Ability.CHAT: "Chat",
    Ability.STREAM: "Streaming",
    Ability.QUICK: "First token",
    Ability.SYSTEM: "System message",
    Ability.TURNS: "Conversation",
    Ability.CADENCE: "Flow of the stream",
    Ability.TOOLS: "Tools",
    Ability.FORCED_TOOLS: "Tools on demand",
    Ability.JSON: "JSON answers",
    Ability.FIM: "Gaps in code",
    Ability.SUFFIX: "Completions address",
    Ability.CONTEXT: "Context",
    Ability.EMBEDDINGS: "Embeddings",
    Ability.CLEAN: "Reasoning kept apart",
}
_WORDS = {Grade.YES: "Yes", Grade.PARTLY: "Partly", Grade.NO: "No"}
_OUTCOMES = {Grade.YES: "passed", Grade.PARTLY: "warned", Grade.NO: "failed"}
_SUMMARY = (
    (Readiness.WORKS, "works", "work"),
    (Readiness.LIMITS, "with limits", "with limits"),
    (Readiness.NO, "will not work", "will not work"),
    (Readiness.UNKNOWN, "not judged", "not judged"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One ability; `outcome` is passed, warned or failed, and empty where it was never measured. `old` says why."""

    ability: str
    label: str
    words: str = "Not measured"
    outcome: str = ""
    figure: str = ""
    at: datetime | None = None
    old: str = ""


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """One feature at this endpoint; `old` says why its readiness is, `assigned` whether it answers or stands behind."""

    feature: Feature
    standing: StandingRecord
    assigned: str
    old: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """What its sign does not say by itself; the first reason of what works is that it does."""
        reasons = self.standing.readiness_reasons
        own = reasons[1:] if self.standing.readiness == Readiness.WORKS else reasons
        return (*own, self.old) if self.old else own


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it for one endpoint.

    `aged` pairs each reason for being old with the labels of the tiles that it concerns. `changed`: the server shows
    another version or model than when some of it was measured. `certificates` are those that the last test saw.
    """

    tiles: tuple[Tile, ...]
    aged: tuple[tuple[str, str], ...]
    changed: bool
    sections: tuple[tuple[Section, tuple[FeatureLine, ...]], ...]
    summary: str
    certificates: tuple[Mapping[str, Any], ...]

    @property
    def unmeasured(self) -> int:
        """How many abilities were never measured."""
        return sum(not each.outcome for each in self.tiles)


def findings(record: EndpointRecord, probe: ProbeRecord | None, uses: Sequence[str], behind: Sequence[str]) -> Findings:
    """Read in two statements; `probe` is the newest test, `uses` and `behind` the features it serves or backs."""
    store, facts, now = ports().store, ports().facts, ports().clock()
    measured = {each.ability: each for each in capabilities.capabilities(store, record.id)}
    standings = endpoints.standings(store, record.id)
    assigned = dict.fromkeys(behind, "As fallback") | dict.fromkeys(uses, "Assigned")
    tiles = tuple(_tile(ability, measured.get(ability), record, now) for ability in LABELS)
    return Findings(
        tiles=tiles,
        aged=_aged(tiles),
        changed=any(each.aged == Aged.CHANGED for each in measured.values()),
        sections=tuple(
            (section, tuple(_line(each, standings[each.name], assigned.get(each.name, ""), now) for each in members))
            for section, members in facts.by_section()
        ),
        summary=summary(each.readiness for each in standings.values()),
        certificates=_certificates(probe),
    )


def summary(verdicts: Iterable[str]) -> str:
    """Such as `13 work, 3 with limits, 1 will not work`; what there is none of is left out."""
    numbers = Counter(verdicts)
    parts = ((numbers[verdict], one, several) for verdict, one, several in _SUMMARY)
    return ", ".join(f"{number} {one if number == 1 else several}" for number, one, several in parts if number)


def _tile(ability: Ability, found: CapabilityRecord | None, record: EndpointRecord, now: datetime) -> Tile:
    label = LABELS[ability]
    if found is None:
        return Tile(ability.value, label)
    grade = Grade(found.grade)
    words, detail = _told(ability, found, record.stated_context)
    why = old_because(found.measured_at, found.aged, now)
    return Tile(ability.value, label, words or _WORDS[grade], _OUTCOMES[grade], detail, found.measured_at, why)


def _told(ability: Ability, found: CapabilityRecord, stated: int | None) -> tuple[str, str]:
    """The words in place of the grade's, where the value says more, and the figure below them."""
    detail = in_words(found.figures)
    if ability is Ability.CHAT and found.milliseconds is not None:
        return "", spent(found.milliseconds)
    if ability is Ability.CONTEXT:
        return _context(found, stated)
    if ability is Ability.QUICK and found.value is not None:
        return spent(found.value), "within a second" if found.grade == Grade.YES else "a second is the limit"
    if ability is Ability.CADENCE:
        return "", in_words({name: each for name, each in found.figures.items() if name == "tokens_per_second"})
    if ability in (Ability.FORCED_TOOLS, Ability.CLEAN):
        return "", ""
    return "", detail


def _context(found: CapabilityRecord, stated: int | None) -> tuple[str, str]:
    words = f"{figure(found.value)} tokens" if found.value else ""
    if stated:
        return words, f"of {figure(stated)} stated"
    return words, "where the test ends" if found.grade == Grade.YES else "read, not more"


def _aged(tiles: Iterable[Tile]) -> tuple[tuple[str, str], ...]:
    reasons: dict[str, list[str]] = {}
    for each in tiles:
        if each.old:
            reasons.setdefault(each.old, []).append(each.label)
    return tuple((reason, ", ".join(labels)) for reason, labels in reasons.items())


def _line(feature: Feature, standing: StandingRecord, assigned: str, now: datetime) -> FeatureLine:
    return FeatureLine(feature, standing, assigned, old_because(standing.measured_at, standing.aged, now))


def _certificates(probe: ProbeRecord | None) -> tuple[Mapping[str, Any], ...]:
    steps = probe.steps if probe else ()
    return tuple(next((step.figures["chain"] for step in steps if "chain" in step.figures), ()))
