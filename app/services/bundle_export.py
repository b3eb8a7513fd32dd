"""Writes a bundle: what this installation reported, what its people voted for, and the entries that they added."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import IO, Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain import bundle_form, bundles
from app.domain.reports import AIR_GAPPED, VERSIONS, reveals
from app.models.catalogue import HERE, CatalogueModel, Installation, Pairing, Report, Vote
from app.queries.confirmations import LIVE
from app.services import installations
from app.services.ports import Ports

BATCH = 500


def export(ports: Ports, file: IO[bytes]) -> dict[str, Any]:
    """Write this installation's bundle to a file and give its header.

    The body goes through a temporary file, since the header that comes before it holds its digest; a batch of entries
    is all that is ever in memory. Raises Unavailable where the signing key no longer opens.
    """
    with ports.store.write() as session:
        own = installations.own(ports, session)
    with tempfile.TemporaryFile() as body:
        counts = {"models": 0, "entries": 0}
        digest = sha256()
        with ports.store.read(piecemeal=True) as session:
            for line in _lines(session, own.id):
                raw = bundles.canonical(line) + b"\n"
                counts["models" if line["kind"] == "model" else "entries"] += 1
                digest.update(raw)
                body.write(raw)
            made_at = max(ports.clock(), session.scalar(_newest(own.id)) or ports.clock())
        header = _header(own, counts) | {
            "made_at": made_at.isoformat(), "bytes": body.tell(), "sha256": digest.hexdigest()
        }  # fmt: skip
        header["signature"] = installations.sign(ports, own, bundles.signed_content(header))
        file.write(bundles.canonical(header) + b"\n")
        body.seek(0)
        shutil.copyfileobj(body, file)
    return header


def _header(own: Installation, counts: dict[str, int]) -> dict[str, Any]:
    signer = {"id": own.id, "name": own.name, "public_key": own.public_key}
    return {"kind": bundle_form.KIND, "schema": bundle_form.SCHEMA, "installation": signer, **counts}


def _newest(own: str) -> Any:
    return select(func.max(Report.at)).where(Report.installation == own)


def _lines(session: Session, own: str) -> Iterator[dict[str, Any]]:
    spoken = or_(
        Pairing.origin == HERE,
        exists().where(Report.pairing_id == Pairing.id, Report.installation == own),
        exists().where(Vote.pairing_id == Pairing.id),
    )
    models = select(CatalogueModel).where(exists().where(Pairing.model_slug == CatalogueModel.slug, spoken))
    for model in session.scalars(models.order_by(CatalogueModel.slug).execution_options(yield_per=BATCH)):
        yield _model(model)
    entries = (
        select(Pairing.id, Pairing.host, Pairing.variant, Pairing.origin, CatalogueModel.name)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
        .where(spoken)
        .order_by(Pairing.model_slug, Pairing.host, Pairing.variant)
        .execution_options(yield_per=BATCH)
    )
    for rows in session.execute(entries).partitions():
        reports, votes = _reports(session, own, [row.id for row in rows]), _votes(session, [row.id for row in rows])
        for row in rows:
            yield {
                "kind": "entry", "model": row.name, "host": row.host, "variant": row.variant,
                "added": row.origin == HERE, "report": reports.get(row.id), "votes": votes.get(row.id, {}),
            }  # fmt: skip


def _model(model: CatalogueModel) -> dict[str, Any]:
    """Facts that are numbers or short words; a text with an address or a key in it stays here."""
    return {
        "kind": "model",
        "name": model.name,
        "family": model.family,
        "maker": "" if reveals(model.maker) else model.maker,
        "size": model.size,
        "active": model.active,
        "context": model.context,
        "licence": "" if reveals(model.licence) else model.licence,
        "open_weights": model.open_weights,
    }


def _reports(session: Session, own: str, pairings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest report on each entry, superseded ones apart."""
    asked = (
        select(Report)
        .where(Report.pairing_id.in_(pairings), Report.installation == own, Report.state != "superseded")
        .order_by(Report.at)
    )
    return {row.pairing_id: _report(row) for row in session.scalars(asked)}


def _report(row: Report) -> dict[str, Any]:
    if row.state != LIVE:
        return {"at": row.at.isoformat(), "state": "withdrawn"}
    return {
        "at": row.at.isoformat(),
        "state": LIVE,
        "family": row.family,
        "answers": row.answers,
        "versions": {name: row.versions[name] for name in VERSIONS if name in row.versions},
        "air_gapped": bool(row.versions.get(AIR_GAPPED)),
        "note": bundle_form.clean(row.note),
        "evidence": row.evidence,
    }


def _votes(session: Session, pairings: Sequence[str]) -> dict[str, dict[str, int]]:
    asked = (
        select(Vote.pairing_id, Vote.kind, func.count().label("number"))
        .where(Vote.pairing_id.in_(pairings))
        .group_by(Vote.pairing_id, Vote.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(asked):
        found.setdefault(row.pairing_id, {})[row.kind] = row.number
    return found
