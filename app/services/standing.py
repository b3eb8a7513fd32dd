"""Keeps stored tiers and readiness equal to what the rules give: one service, called whenever an input changes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from app.domain import readiness, tiers
from app.domain.capabilities import Measured
from app.domain.features import Ability, Feature
from app.domain.platforms import host_of
from app.domain.tiers import TierVerdict
from app.models.endpoint import Endpoint, Standing
from app.queries.confirmations import confirmations_in
from app.services import capabilities
from app.services.ports import Ports


def refresh(ports: Ports, session: Session, row: Endpoint) -> None:
    """Compute and store tier and readiness of one endpoint for every feature, and its own best tier."""
    facts = ports.facts
    listing = facts.models.get(row.model)
    host = host_of(row.platform, row.server)
    session.flush()
    confirmed = confirmations_in(session, row.model, host)
    verdicts = {
        name: tiers.tier(listing, host, each, confirmed.get(name), known=bool(row.model))
        for name, each in facts.features.items()
    }
    measured = capabilities.of(session, row.id)
    session.execute(delete(Standing).where(Standing.endpoint_id == row.id))
    session.add_all(
        Standing(
            endpoint_id=row.id,
            feature=name,
            rules_version=facts.revision,
            **_tier_columns(verdict),
            **_readiness_columns(facts.features[name], measured, row.stated_context),
        )
        for name, verdict in verdicts.items()
    )
    best = tiers.best(verdicts.values())
    # Not through the mapped row: a recomputed tier is nobody's edit and must not make an open form stale.
    session.execute(
        update(Endpoint)
        .where(Endpoint.id == row.id)
        .values(tier=best.tier.value, tier_reasons=list(best.reasons), updated_at=Endpoint.updated_at)
        .execution_options(synchronize_session=False)
    )


def _tier_columns(verdict: TierVerdict) -> dict[str, Any]:
    return {
        "tier": verdict.tier.value,
        "level": verdict.level.value if verdict.level else "",
        "reasons": list(verdict.reasons),
    }


def _readiness_columns(feature: Feature, measured: Mapping[Ability, Measured], stated: int | None) -> dict[str, Any]:
    verdict = readiness.readiness(feature.needs, measured, stated)
    return {
        "readiness": verdict.readiness.value,
        "readiness_reasons": list(verdict.reasons),
        "measured_at": verdict.measured_at,
        "aged": verdict.aged.value if verdict.aged else "",
    }


def refresh_outdated(ports: Ports, batch: int = 100) -> int:
    """Recompute every endpoint whose stored standing came from other facts or rules; the number of them."""
    own = Standing.endpoint_id == Endpoint.id
    outdated = or_(~exists().where(own), exists().where(own, Standing.rules_version != ports.facts.revision))
    done = 0
    while True:
        with ports.store.write() as session:
            rows = session.scalars(select(Endpoint).where(outdated).limit(batch).with_for_update()).all()
            for row in rows:
                refresh(ports, session, row)
        done += len(rows)
        if len(rows) < batch:
            return done
