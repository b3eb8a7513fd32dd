"""Reports that confirm a model on a host: they lift its tier where GitLab's lists do not."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import tiers
from app.domain.ratings import Answer, Grade
from app.domain.tiers import AcceptedReport, Confirmation
from app.models.catalogue import CatalogueModel, Installation, Pairing, Report

LIVE = "live"


def confirmations_in(session: Session, model: str, host: str) -> dict[str, Confirmation]:
    """The features that are confirmed for a catalogue model, by its name, in any quantisation."""
    if not model:
        return {}
    asked = (
        select(Report.installation, Report.answers, Report.grade, Report.at, Installation.trusted)
        .join(Pairing, Pairing.id == Report.pairing_id)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
        .outerjoin(Installation, Installation.id == Report.installation)
        .where(CatalogueModel.name == model, Pairing.host == host, Report.state == LIVE)
    )
    return confirmed(session.execute(asked))


def confirmed(rows: Iterable[Any]) -> dict[str, Confirmation]:
    """The features that live reports on one model and host confirm; rows with installation, trusted, answers, grade
    and at.
    """
    rows = list(rows)
    if not tiers.enough({row.installation for row in rows if row.trusted and row.grade >= Grade.TESTED}):
        return {}  # at once, for so it is with most of the thousands of entries of a bundle
    by_feature: dict[str, list[AcceptedReport]] = {}
    for row in rows:
        behind = (row.installation, bool(row.trusted), row.grade >= Grade.TESTED)
        works, fails = AcceptedReport(*behind, True, row.at), AcceptedReport(*behind, False, row.at)
        for feature, answer in row.answers.items():
            by_feature.setdefault(feature, []).append(fails if answer == Answer.FAILS else works)
    found = {feature: tiers.confirmation(reports) for feature, reports in by_feature.items()}
    return {feature: each for feature, each in found.items() if each}
