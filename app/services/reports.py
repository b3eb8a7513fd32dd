"""Reports of this installation: pre-filled from a test, shown before they are sent, one live one for each entry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain import reports as rules
from app.domain.catalogue import spelling
from app.domain.errors import Invalid, NotFound
from app.domain.platforms import host_of
from app.domain.ratings import Answer
from app.domain.readiness import Readiness
from app.domain.reports import ReportDraft, Step
from app.domain.roles import Actor, Role
from app.lib import tokens
from app.models.catalogue import CatalogueModel, Pairing, Report
from app.models.endpoint import Endpoint, Standing
from app.models.probe import Probe, ProbeStep
from app.queries import catalogue_hosts
from app.queries.confirmations import LIVE
from app.services import audit, catalogue_entries, installations
from app.services.ports import Ports

TRIES = 3
TEST_GONE = "This test is not to be had any more. Begin anew from the endpoint's page."
TEST_OF_ANOTHER = "This test is of another model or host than you report on. Leave it out, or begin anew."
# Readiness that a test came to, as an answer to begin with; what was not judged was not tried.
_BEGUN = {Readiness.WORKS: Answer.WORKS, Readiness.LIMITS: Answer.NOTES, Readiness.NO: Answer.FAILS}


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A report as a finished test suggests it, and all that would go with it."""

    draft: ReportDraft
    evidence: Mapping[str, Any]


def prefill(ports: Ports, endpoint_id: str) -> Prefilled:
    """What an endpoint's last test says, to be looked at and completed by a person. Raises NotFound."""
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        if row is None or not row.probe_id:
            raise NotFound("This endpoint has no finished test to report.")
        found = session.execute(
            select(Standing.feature, Standing.readiness, Standing.readiness_reasons).where(
                Standing.endpoint_id == endpoint_id
            )
        ).all()
        evidence = _evidence(session, row.probe_id)
        answers = {
            each.feature: _BEGUN[Readiness(each.readiness)].value
            for each in found
            if Readiness(each.readiness) in _BEGUN
        }
        limits = {each.feature: each.readiness_reasons for each in found if each.readiness == Readiness.LIMITS}
        notes = dict.fromkeys(reason for reasons in limits.values() for reason in reasons)
        return Prefilled(
            ReportDraft(
                model=row.model or row.served_name,
                host=host_of(row.platform, row.server),
                family=row.family,
                answers=answers,
                note=" ".join(notes)[: rules.NOTE_MAX],
                probe_id=row.probe_id,
                endpoint_id=row.id,
            ),
            evidence or {},
        )


def preview(ports: Ports, draft: ReportDraft) -> dict[str, Any]:
    """The very report that would be stored and given away, as it would be. Raises Invalid."""
    _check(ports, draft)
    with ports.store.read() as session:
        evidence = _attached(session, draft)
    return _told(draft, evidence)


def report(ports: Ports, actor: Actor, draft: ReportDraft) -> str:
    """Store a report and give the entry's id; the one before it is superseded. Raises Invalid."""
    _check(ports, draft)
    for more in reversed(range(TRIES)):
        try:
            return _report(ports, actor, draft)
        except IntegrityError:
            # Somebody adds the same model or entry at the same moment; with the next try it is there.
            if not more:
                raise
    raise AssertionError("a report gives up by raising")


def _report(ports: Ports, actor: Actor, draft: ReportDraft) -> str:
    with ports.store.write() as session:
        evidence = _attached(session, draft)
        told = _told(draft, evidence)
        own = installations.own(ports, session)
        entry = catalogue_entries.obtain(
            ports, session, draft.model, draft.host, draft.variant.strip(), draft.family, person_name=actor.name
        )
        supersede(session, entry.id, own.id)
        row = Report(
            id=tokens.new_id(),
            pairing_id=entry.id,
            installation=own.id,
            family=draft.family,
            versions=told["versions"],
            answers=told["answers"],
            note=told["note"],
            evidence=evidence,
            grade=rules.grade_of(evidence),
            person=actor.person,
            person_name=actor.name,
            at=ports.clock(),
        )
        session.add(row)
        catalogue_entries.refresh(ports, session, entry)
        audit.record(
            ports, session, actor, "report:create", ("report", row.id, draft.model), {"host": (None, draft.host)}
        )
        catalogue_entries.note(ports, session, entry, draft.model, "report", actor.name)
        return entry.id


def withdraw(ports: Ports, actor: Actor, report_id: str) -> None:
    """Take a report of this installation back: its author, or an admin, who may also refuse those of others.

    Raises NotFound.
    """
    with ports.store.write() as session:
        row = session.get(Report, report_id)
        mine = row is not None and row.person == actor.person
        if row is None or row.state != LIVE or not (mine or actor.role is Role.ADMIN):
            raise NotFound("There is no such report that you may take back.")
        row.state = "withdrawn" if mine else "refused"
        entry = session.get(Pairing, row.pairing_id)
        assert entry is not None
        catalogue_entries.refresh(ports, session, entry)
        name = session.scalar(select(CatalogueModel.name).where(CatalogueModel.slug == entry.model_slug)) or ""
        audit.record(ports, session, actor, "report:withdraw", ("report", row.id, name))
        catalogue_entries.note(ports, session, entry, name, row.state, actor.name)


def supersede(session: Session, pairing_id: str, installation: str) -> None:
    """One live report for each installation and entry: a later one takes the place of the former.

    The entry is locked, so that of two at the same instant one is the later.
    """
    session.execute(select(Pairing.id).where(Pairing.id == pairing_id).with_for_update())
    session.execute(
        update(Report)
        .where(Report.pairing_id == pairing_id, Report.installation == installation, Report.state == LIVE)
        .values(state="superseded")
    )


def _check(ports: Ports, draft: ReportDraft) -> None:
    cleaned = replace(draft, answers={name: answer for name, answer in draft.answers.items() if answer})
    with ports.store.read() as session:
        hosts = catalogue_hosts.labels_in(session, ports.facts)
    rules.check(cleaned, ports.facts.features, hosts, ports.facts.families)


def _told(draft: ReportDraft, evidence: Mapping[str, Any] | None) -> dict[str, Any]:
    versions: dict[str, Any] = {name: text.strip() for name, text in draft.versions.items() if text.strip()}
    if draft.air_gapped:
        versions[rules.AIR_GAPPED] = True
    return {
        "model": draft.model.strip(),
        "host": draft.host,
        "variant": draft.variant.strip(),
        "family": draft.family,
        "answers": {name: answer for name, answer in draft.answers.items() if answer},
        "note": draft.note.strip(),
        "versions": versions,
        "evidence": dict(evidence) if evidence else None,
    }


def _attached(session: Session, draft: ReportDraft) -> dict[str, Any] | None:
    """What goes along of the test that a report names. Raises Invalid at `attach` for one of something else."""
    if not draft.probe_id:
        return None
    probe = session.get(Probe, draft.probe_id)
    endpoint = session.get(Endpoint, probe.endpoint_id) if probe and probe.endpoint_id else None
    found = _evidence(session, draft.probe_id)
    if endpoint is None or endpoint.id != draft.endpoint_id or found is None:
        raise Invalid({"attach": (TEST_GONE,)})
    # An endpoint whose model nobody confirmed is of the model that the person says it is.
    other_model = endpoint.model and spelling(endpoint.model) != spelling(draft.model)
    if other_model or host_of(endpoint.platform, endpoint.server) != draft.host:
        raise Invalid({"attach": (TEST_OF_ANOTHER,)})
    return found


def _evidence(session: Session, probe_id: str) -> dict[str, Any] | None:
    probe = session.get(Probe, probe_id)
    if probe is None or probe.finished_at is None:
        return None
    steps = session.scalars(select(ProbeStep).where(ProbeStep.probe_id == probe_id).order_by(ProbeStep.position))
    return rules.evidence(
        [Step(each.name, each.outcome, each.code, each.figures or {}) for each in steps],
        probe.depth,
        probe.verdict,
        probe.finished_at.date().isoformat(),
    )
