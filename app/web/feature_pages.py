"""What the pages of features share: rows, what may be chosen in them, what to copy into GitLab."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import Response, request

from app.data.facts import Facts
from app.domain.capabilities import old_because
from app.domain.coverage import Coverage, coverage
from app.domain.differences import Linked, leaving
from app.domain.errors import NotFound
from app.domain.features import Feature, Section, family_remark
from app.domain.gitlab import ToCopy, features_to_assign
from app.domain.tiers import Tier
from app.queries import assignments as query
from app.queries.assignments import Serving
from app.queries.candidates import Assignable, assignable
from app.queries.endpoints import EndpointRecord
from app.queries.feature_steps import FeatureStep
from app.web import feature_ways, htmx
from app.web.catalogue_links import catalogue_addresses
from app.web.context import ports
from app.web.endpoint_pages import gitlab_values

# With more endpoints a row does not list them all but opens a search.
MOST_LISTED = 60
REFUSED = "GitLab may refuse it"
STATES = (
    ("", "Any"), ("endpoint", "With a model"), ("unassigned", "Without a model"), ("managed", "GitLab's own model"),
    ("disabled", "Disabled"),
)  # fmt: skip

Group = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One feature's line. `options` groups endpoint ids and words by tier; None: there are too many to list.

    `remark` says that GitLab's own form would refuse the family, `error` why the last choice was not taken, `old` why
    the measurements behind its readiness are old, `leaving` which fallbacks process data elsewhere. `family` is the
    label of one that was chosen for this place, `entry` the address of what answers in the catalogue; else empty.
    `step` says how it stands in GitLab, None where no instance is connected or nobody gave the feature anything here.
    """

    feature: Feature
    serving: Serving
    options: tuple[Group, ...] | None
    remark: str | None = None
    error: str = ""
    old: str = ""
    leaving: tuple[str, ...] = ()
    family: str = ""
    step: FeatureStep | None = None
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; an empty value does not narrow."""

    q: str = ""
    tier: str = ""
    state: str = ""

    def fits(self, row: Row) -> bool:
        """Whether a row is shown."""
        words = f"{row.feature.title} {row.feature.name} {row.serving.endpoint_name}".casefold()
        return (
            all(word in words for word in self.q.casefold().split())
            and self.tier in ("", row.serving.tier)
            and self.state in ("", row.serving.state)
        )


@dataclass(frozen=True, slots=True)
class FeatureList:
    """The rows by section, and the numbers over all features."""

    sections: tuple[tuple[Section, tuple[Row, ...]], ...]
    counts: Coverage


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do in GitLab."""

    title: str
    to_copy: ToCopy


def known(name: str) -> Feature:
    """The feature of that name, or NotFound."""
    feature = ports().facts.features.get(name)
    if feature is None:
        raise NotFound("There is no such feature.")
    return feature


def wanted_list() -> Wanted:
    """What the address asks for; values that make no sense count as not given."""
    return _wanted(request.args)


def wanted_behind() -> Wanted:
    """What the open page shows that sent this request."""
    return _wanted(dict(parse_qsl(urlsplit(htmx.current_path() or "").query)))


def _wanted(given: Mapping[str, str]) -> Wanted:
    tier, state = given.get("tier", ""), given.get("state", "")
    return Wanted(
        given.get("q", "").strip()[:200],
        tier if tier in {each.value for each in Tier} else "",
        state if state in {value for value, _ in STATES} else "",
    )


def feature_list(wanted: Wanted, errors: Mapping[str, str] | None = None) -> FeatureList:
    """The list in four statements, with an instance in fourteen; sections without a fitting row are left out."""
    facts, store = ports().facts, ports().store
    served = query.serving(store)
    around = _Around(assignable(store, MOST_LISTED), feature_ways.steps(), _entries(served.values()))
    rows = {
        name: _row(feature, served.get(name, Serving(name)), around, (errors or {}).get(name, ""))
        for name, feature in facts.features.items()
    }
    by_section = ((section, tuple(rows[each.name] for each in members)) for section, members in facts.by_section())
    shown = ((section, tuple(row for row in members if wanted.fits(row))) for section, members in by_section)
    return FeatureList(
        tuple((section, members) for section, members in shown if members),
        coverage(row.serving for row in rows.values()),
    )


def row_of(feature: Feature, error: str = "") -> tuple[Row, Coverage]:
    """One line as it is now, with the numbers over all features."""
    facts, store = ports().facts, ports().store
    served = query.serving(store)
    now = served.get(feature.name, Serving(feature.name))
    row = _row(feature, now, _Around(assignable(store, MOST_LISTED), feature_ways.steps(), _entries([now])), error)
    return row, coverage(served.get(name, Serving(name)) for name in facts.features)


def changed_row(
    feature: Feature, status: int = 200, *, error: str = "", part: str = "", values: Mapping[str, object] | None = None
) -> Response:
    """A row as it is stored, and what else of the page changes with it: `part` is a fragment for the dialog."""
    row, counts = row_of(feature, error)
    shown = {**(values or {}), "row": row, "counts": counts, "part": part}
    return htmx.reselect(htmx.fragment("features/_answer.html", status, **shown), f"#{feature.name}")


def remark_on(feature: Feature, family: str) -> str | None:
    """Why GitLab may refuse this family for the feature, else None."""
    found = ports().facts.families.get(family)
    return family_remark(feature, found) if found else None


def steps_in_gitlab(features: Iterable[Feature]) -> list[Step]:
    """What to do in GitLab so that it has what these features are given here."""
    facts, store = ports().facts, ports().store
    served = query.serving(store)
    given: dict[str, list[Feature]] = {}
    for feature in features:
        serving = served.get(feature.name, Serving(feature.name))
        given.setdefault(serving.endpoint_id or serving.state, []).append(feature)
    endpoints = query.deployed(store, list(given))
    steps = [step for endpoint_id, record in endpoints.items() for step in _steps(facts, record, given[endpoint_id])]
    for state, words in (("managed", "Let GitLab's own model answer for {}"), ("disabled", "Disable {}")):
        if chosen := given.get(state):
            steps.append(Step(words.format(_titles(chosen)), features_to_assign(chosen, state)))
    return steps


def _steps(facts: Facts, record: EndpointRecord, features: list[Feature]) -> tuple[Step, Step]:
    return (
        Step(f"Add the model {record.name}", gitlab_values(facts, record)),
        Step(f"Give it to {_titles(features)}", features_to_assign(features, "endpoint", record.name)),
    )


def _titles(features: list[Feature]) -> str:
    return features[0].title if len(features) == 1 else f"{len(features)} features"


@dataclass(frozen=True, slots=True)
class _Around:
    """What rows are drawn with: the endpoints to choose from, None for too many; how features stand in GitLab by name;
    addresses of entries in the catalogue by model and host.
    """

    choices: tuple[Assignable, ...] | None
    steps: Mapping[str, FeatureStep]
    entries: Mapping[tuple[str, str], str]


def _entries(served: Iterable[Serving]) -> Mapping[tuple[str, str], str]:
    """Where the catalogue knows what answers, by model and host."""
    return catalogue_addresses((each.model, each.host) for each in served)


def _row(feature: Feature, serving: Serving, around: _Around, error: str) -> Row:
    facts = ports().facts
    family = facts.families.get(serving.family)
    return Row(
        feature,
        serving,
        None if around.choices is None else _options(facts, feature, serving, around.choices),
        family_remark(feature, family) if family else None,
        error,
        old_remark(serving.first),
        tuple(leaving(serving.links)),
        family.label if family and serving.first and serving.first.override else "",
        around.steps.get(feature.name),
        around.entries.get((serving.model, serving.host), ""),
    )


def old_remark(linked: Linked | None) -> str:
    """Why what readiness stands on is old, as a sentence; empty where it is not."""
    return old_because(linked.measured_at, linked.aged, ports().clock()) if linked else ""


def _options(facts: Facts, feature: Feature, serving: Serving, choices: tuple[Assignable, ...]) -> tuple[Group, ...]:
    groups: dict[Tier, list[tuple[str, str]]] = {tier: [] for tier in Tier}
    for each in choices:
        refused = family_remark(feature, facts.families[each.family])
        words = f"{each.name} ({REFUSED})" if refused else each.name
        groups[Tier(each.tiers.get(feature.name, Tier.OTHER))].append((each.id, words))
    if serving.endpoint_id and serving.endpoint_id not in {each.id for each in choices}:
        groups[Tier(serving.tier)].append((serving.endpoint_id, serving.endpoint_name))
    return tuple((tier.label, tuple(options)) for tier, options in groups.items() if options)
