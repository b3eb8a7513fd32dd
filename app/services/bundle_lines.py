"""What the entries of a bundle come to here, a batch at a time: planned for a look, and for a taking that writes it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import bundles, reports
from app.domain.bundle_form import EntryLine, Line, ModelLine, ReportLine
from app.domain.endpoints import name_key
from app.domain.families import GENERAL
from app.domain.hardware import estimate
from app.lib import tokens
from app.models.bulk import Written
from app.models.catalogue import Pairing, Report
from app.queries.confirmations import LIVE
from app.services import catalogue_notes
from app.services.catalogue_names import Names
from app.services.catalogue_refresh import Group
from app.services.ports import Ports

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks, and how: `votes` False where a newer bundle has said how people vote, `again` True where new reports
    are taken even for entries on which a report of this installation was refused here.
    """

    installation: str
    votes: bool
    again: bool = False


@dataclass(slots=True)
class Known:
    """The newest report of an installation on an entry, as it stands or is about to be stored."""

    id: str
    at: datetime
    state: str


@dataclass(slots=True)
class Plan:
    """Rows to be written, and what to tell: `counts` by the names of domain.bundles.COUNTS, `left_out` by reason.

    `labels` are those of the hosts. `touched` are models on hosts of which something new is said; `stored` those that
    have entries here already.
    """

    origin: Origin
    labels: Mapping[str, str]
    models: list[dict[str, Any]] = field(default_factory=list)
    pairings: dict[str, dict[str, Any]] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    votes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    touched: set[Group] = field(default_factory=set)
    stored: set[Group] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def batches(
    lines: Iterable[Line], names: Names, size: int
) -> Iterator[tuple[int, list[EntryLine], dict[str, ModelLine]]]:
    """The entries in batches of this size, each with its place and the facts of the models that are not known here."""
    facts: dict[str, ModelLine] = {}
    batch: list[EntryLine] = []
    start = 0
    for line in lines:
        if isinstance(line, ModelLine):
            if names.slug_of(line.name) is None:
                facts[name_key(line.name)] = line
            continue
        batch.append(line)
        if len(batch) == size:
            yield start, batch, facts
            start, batch = start + len(batch), []
    if batch:
        yield start, batch, facts


def plan(
    ports: Ports,
    session: Session,
    names: Names,
    facts: dict[str, ModelLine],
    origin: Origin,
    lines: Sequence[EntryLine],
) -> Plan:
    """What these lines would change; `names` learns the models that they bring, `facts` has what is said of those."""
    found = Plan(origin, names.hosts)
    keyed: list[tuple[Key, EntryLine]] = []
    for line in lines:
        if reason := bundles.left_out(line, names.hosts, ports.facts.features, ports.facts.families):
            found.left_out[reason] += 1
            continue
        slug = names.slug_of(line.model)
        if slug is None:
            slug = names.add(line.model)
            found.models.append(_model(ports, slug, line, facts.get(name_key(line.model)), origin))
        keyed.append(((slug, line.host, line.variant), line))
    found.counts["models"] = len(found.models)
    ids = _ids(session, {slug for (slug, _, _), _ in keyed} - {row["slug"] for row in found.models})
    known = _known(session, origin, [ids[key] for key, _ in keyed if key in ids])
    found.stored = {(slug, host) for slug, host, _ in ids}
    for key, line in keyed:
        if key not in ids:
            ids[key] = _add(ports, found, key, line, origin)
        _say(ports, found, known, (key, ids[key]), line, origin)
    return found


def _model(ports: Ports, slug: str, line: EntryLine, facts: ModelLine | None, origin: Origin) -> dict[str, Any]:
    told = facts or ModelLine("model", line.model, line.report.family if line.report else GENERAL)
    return {
        "slug": slug,
        "name": line.model.strip(),
        "name_key": name_key(line.model)[:120],
        "family": told.family if told.family in ports.facts.families else GENERAL,
        "maker": told.maker,
        "size": told.size,
        "active": told.active,
        "context": told.context,
        "licence": told.licence,
        "open_weights": told.open_weights,
        "estimated_memory": estimate(told.size),
        "origin": origin.installation,
    }


def _ids(session: Session, slugs: Iterable[str]) -> dict[Key, str]:
    """All entries that models have here."""
    asked = select(Pairing.id, Pairing.model_slug, Pairing.host, Pairing.variant)
    rows = session.execute(asked.where(Pairing.model_slug.in_(slugs)))
    return {(row.model_slug, row.host, row.variant): row.id for row in rows}


def _known(session: Session, origin: Origin, pairings: Sequence[str]) -> dict[str, Known]:
    """The newest report of this installation on each entry, whatever became of it."""
    asked = (
        select(Report.id, Report.pairing_id, Report.at, Report.state)
        .where(
            Report.installation == origin.installation,
            Report.pairing_id.in_(pairings),
            Report.state != "superseded",
        )
        .order_by(Report.at)
    )
    return {row.pairing_id: Known(row.id, row.at, row.state) for row in session.execute(asked)}


def _add(ports: Ports, found: Plan, key: Key, line: EntryLine, origin: Origin) -> str:
    slug, host, variant = key
    row_id = tokens.new_id()
    found.pairings[row_id] = {
        "id": row_id, "model_slug": slug, "host": host, "variant": variant,
        "name_key": name_key(line.model)[:120], "origin": origin.installation,
    }  # fmt: skip
    found.changes.append(catalogue_notes.change(ports, row_id, line.model, found.labels[host], "added", _by(origin)))
    found.touched.add((slug, host))
    found.counts["entries"] += 1
    return row_id


def _say(
    ports: Ports, found: Plan, known: dict[str, Known], entry: tuple[Key, str], line: EntryLine, origin: Origin
) -> None:
    """Plan the report and the votes of one line on an entry that is there by now."""
    (slug, host, _), pairing = entry
    if line.report:
        what = _judged(known.get(pairing), line.report, origin)
        found.counts[what] += 1
        if what in ("reports_new", "reports_newer", "reports_withdrawn"):
            _report(found, known, pairing, line.report, origin)
            if pairing not in found.pairings:  # that a new entry was added says who speaks of it
                told = catalogue_notes.change(ports, pairing, line.model, found.labels[host], "report", _by(origin))
                found.changes.append(told)
            found.touched.add((slug, host))
    if origin.votes:
        for kind, number in line.votes.items():
            found.votes[pairing, origin.installation, kind] = number
            found.counts["votes"] += number
            found.touched.add((slug, host))


def _judged(stored: Known | None, report: ReportLine, origin: Origin) -> str:
    """What becomes of a report, as the name of a count. An older one never takes the place of a newer one."""
    if stored is None:
        return "reports_new" if report.state == LIVE else "reports_withdrawn"
    taken_back = stored.state == LIVE and report.state != LIVE
    if report.at < stored.at or (report.at == stored.at and not taken_back):
        return "reports_known"
    if stored.state == "refused" and not (origin.again and report.state == LIVE):
        return "reports_held"
    return "reports_newer" if report.state == LIVE else "reports_withdrawn"


def _report(found: Plan, known: dict[str, Known], pairing: str, report: ReportLine, origin: Origin) -> None:
    stored = known.get(pairing)
    if stored and stored.at == report.at:
        _set_state(found, stored, report.state)
        return
    if stored and stored.state == LIVE:
        _set_state(found, stored, "superseded")
    evidence = report.evidence
    row_id = tokens.new_id()
    found.reports[row_id] = {
        "id": row_id,
        "pairing_id": pairing,
        "installation": origin.installation,
        "family": report.family,
        "versions": {**report.versions, **({reports.AIR_GAPPED: True} if report.air_gapped else {})},
        "answers": {feature: answer.value for feature, answer in report.answers.items()},
        "note": report.note,
        "evidence": Written(evidence.written) if evidence else None,
        # Worked out here: nobody states for themselves how much stands behind their report.
        "grade": int(reports.grade_of({"verdict": evidence.verdict} if evidence else None)),
        "state": report.state,
        "at": report.at,
    }
    known[pairing] = Known(row_id, report.at, report.state)


def _set_state(found: Plan, stored: Known, state: str) -> None:
    stored.state = state
    if stored.id in found.reports:
        found.reports[stored.id]["state"] = state
    else:
        found.states[stored.id] = state


def _by(origin: Origin) -> dict[str, Any]:
    return {"installation": origin.installation}
