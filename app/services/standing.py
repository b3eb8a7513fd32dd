"""Keeps the stored tiers equal to what the rules give: one service, called whenever an input of theirs changes."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain import tiers
from app.domain.platforms import host_of
from app.models.endpoint import Endpoint, Standing
from app.services.ports import Ports


def refresh(ports: Ports, session: Session, row: Endpoint) -> None:
    """Compute and store the tier of one endpoint for every feature, and its own best one."""
    facts = ports.facts
    listing = facts.models.get(row.model)
    host = host_of(row.platform, row.server)
    verdicts = {name: tiers.tier(listing, host, feature) for name, feature in facts.features.items()}
    best = tiers.best(verdicts.values())
    row.tier = best.tier.value
    row.tier_reasons = list(best.reasons)
    session.flush()
    session.execute(delete(Standing).where(Standing.endpoint_id == row.id))
    session.add_all(
        Standing(
            endpoint_id=row.id,
            feature=name,
            tier=verdict.tier.value,
            level=verdict.level.value if verdict.level else "",
            reasons=list(verdict.reasons),
            rules_version=facts.revision,
        )
        for name, verdict in verdicts.items()
    )


def refresh_outdated(ports: Ports, batch: int = 100) -> int:
    """Recompute every endpoint whose stored tiers came from other facts or rules; the number of them."""
    done = 0
    while True:
        with ports.store.write() as session:
            current = select(Standing.endpoint_id).where(Standing.rules_version == ports.facts.revision)
            rows = session.scalars(select(Endpoint).where(Endpoint.id.not_in(current)).limit(batch)).all()
            for row in rows:
                refresh(ports, session, row)
        done += len(rows)
        if len(rows) < batch:
            return done
