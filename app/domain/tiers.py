"""The support promise of an endpoint for a feature, computed from GitLab's lists; nobody types it in."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.domain.features import Feature
from app.domain.listings import Basis, Level, ListedModel

# Raised whenever the rules below give another answer for the same facts.
RULES_VERSION = 2

INSTALLATIONS_NEEDED = 2
# A reason names no more days than these.
_MOST_DAYS = 3
UNLISTED = "GitLab's lists do not have it."


class Tier(StrEnum):
    """What is promised, strongest first."""

    SUPPORTED = "supported"
    COMPATIBLE = "compatible"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word on the badge."""
        return self.value.capitalize()

    def is_below(self, other: "Tier") -> bool:
        """Whether this tier promises less than the other."""
        return _STRENGTH[self] < _STRENGTH[other]


_STRENGTH = {Tier.SUPPORTED: 2, Tier.COMPATIBLE: 1, Tier.OTHER: 0}
_QUALITY = {Level.FULL: 3, Level.PARTIAL: 2, Level.LIMITED: 1, None: 0}


@dataclass(frozen=True, slots=True)
class TierVerdict:
    """A tier, GitLab's level if it states one, and the reasons as sentences. `derived`: the host is our reading."""

    tier: Tier
    level: Level | None
    reasons: tuple[str, ...]
    derived: bool = False


class AcceptedReport(NamedTuple):
    """What the rule must know of an accepted report on one pairing and feature."""

    installation: str
    trusted: bool
    has_evidence: bool
    works: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Reports that lift a pairing to compatible: of how many installations, and their newest days, the newest first."""

    installations: int
    days: tuple[date, ...] = ()


def enough(installations: Set[str]) -> bool:
    """Whether so many installations can confirm anything; they are trusted and have evidence."""
    return len(installations) >= INSTALLATIONS_NEEDED


def confirmation(reports: Iterable[AcceptedReport]) -> Confirmation | None:
    """Two distinct trusted installations confirm with evidence, and nobody reported against it since; else None."""
    reports = tuple(reports)
    against = max((report.at for report in reports if not report.works), default=None)
    confirming = [
        report
        for report in reports
        if report.works and report.trusted and report.has_evidence and (against is None or report.at > against)
    ]
    installations = {report.installation for report in confirming}
    if not enough(installations):
        return None
    days = sorted({report.at.date() for report in confirming}, reverse=True)
    return Confirmation(len(installations), tuple(days[:_MOST_DAYS]))


def tier(
    listing: ListedModel | None,
    host: str,
    feature: Feature,
    confirmed: Confirmation | None = None,
    *,
    known: bool = False,
) -> TierVerdict:
    """The tier of a catalogue model on a host for a feature; `known` says of one that no list has that it is chosen.

    supported: listed on the host with level full or partial in the feature's column. compatible: listed as compatible
    on the host, or with level limited, or confirmed by reports. other: everything else, no listing included.
    """
    if listing is None:
        reason = UNLISTED if known else "No catalogue model is confirmed for this endpoint."
        return _confirmed_or_other(confirmed, None, (reason,))
    basis = listing.hosts.get(host)
    level = listing.levels.get(feature.column) if basis else None
    if basis and level:
        found = Tier.COMPATIBLE if level is Level.LIMITED else Tier.SUPPORTED
        reasons = (_level_reason(listing, level, feature), *_column_reason(feature), *_host_reason(basis))
        return TierVerdict(found, level, reasons, basis is Basis.DERIVED)
    basis = listing.compatible_hosts.get(host)
    if basis:
        reasons = (_compatible_reason(listing, feature), *_host_reason(basis))
        return TierVerdict(Tier.COMPATIBLE, None, reasons, basis is Basis.DERIVED)
    return _confirmed_or_other(confirmed, None, (_unlisted_reason(listing, host, feature),))


def best(verdicts: Iterable[TierVerdict]) -> TierVerdict:
    """The endpoint's own badge: the strongest of its verdicts, the better level first; other when there are none."""
    nothing = TierVerdict(Tier.OTHER, None, ("No feature has been looked at.",))
    return max(verdicts, key=lambda verdict: (_STRENGTH[verdict.tier], _QUALITY[verdict.level]), default=nothing)


def _confirmed_or_other(confirmed: Confirmation | None, level: Level | None, reasons: tuple[str, ...]) -> TierVerdict:
    if confirmed is None:
        return TierVerdict(Tier.OTHER, level, reasons)
    return TierVerdict(Tier.COMPATIBLE, level, (_confirmed_reason(confirmed), *reasons))


@lru_cache(maxsize=256)
def _confirmed_reason(confirmed: Confirmation) -> str:
    """The same sentence for all features of an entry; a bundle asks for thousands."""
    said = f"{confirmed.installations} installations confirm it with evidence, and none has reported against it since."
    days = [f"{day:%-d %B %Y}" for day in confirmed.days]
    if not days:
        return said
    return f"{said} Their newest reports are of {' and '.join(filter(None, (', '.join(days[:-1]), days[-1])))}."


def _level_reason(listing: ListedModel, level: Level, feature: Feature) -> str:
    stated = (
        f"GitLab {listing.source.version} states {level} functionality of {listing.name} for {feature.column.label}"
    )
    return f"{stated}, and gives no support for that." if level is Level.LIMITED else f"{stated}."


def _column_reason(feature: Feature) -> tuple[str, ...]:
    if not feature.own_column:
        return ()
    return (f"GitLab's table has no column for {feature.title}; we read it under {feature.column.label}.",)


def _host_reason(basis: Basis) -> tuple[str, ...]:
    if basis is Basis.NAMED:
        return ("GitLab names this platform for the model.",)
    return ("GitLab's list names no platform for it; derived from the platforms that GitLab validated.",)


def _compatible_reason(listing: ListedModel, feature: Feature) -> str:
    listed = f"GitLab {listing.source.version} lists {listing.name} as a compatible model"
    if feature.column in listing.compatible_for:
        return f"{listed} for {feature.column.label}."
    columns = ", ".join(column.label for column in listing.compatible_for)
    return f"{listed}, though for {columns} and not for {feature.column.label}."


def _unlisted_reason(listing: ListedModel, host: str, feature: Feature) -> str:
    if host in listing.hosts:
        return f"GitLab states no level of {listing.name} for {feature.column.label}."
    return f"GitLab lists {listing.name}, but not on the platform or server that this endpoint uses."
