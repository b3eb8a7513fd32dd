"""What the forms of features offer: endpoints by the tier they would have, and records to ask for along with a note."""

from collections.abc import Collection

from app.domain.differences import Difference, Linked
from app.domain.features import Feature
from app.domain.responsibilities import is_valid
from app.domain.tiers import Tier
from app.queries.candidates import assignable, candidates
from app.queries.links import linked
from app.queries.responsibilities import responsibility
from app.web.context import ports
from app.web.feature_pages import MOST_LISTED, Group

MOST_FOUND = 25


def groups(feature: Feature, q: str, needed: Collection[str]) -> tuple[tuple[Group, ...], bool]:
    """Endpoints to choose from, grouped by tier, and whether a search narrows them because there are too many.

    `needed` are ids that have to be among them, whatever was searched for.
    """
    store = ports().store
    listed = assignable(store, MOST_LISTED)
    if listed is None:
        found = [(each.id, each.name, each.tier) for each in candidates(store, feature.name, q, MOST_FOUND)]
    else:
        found = [(each.id, each.name, each.tiers.get(feature.name, Tier.OTHER)) for each in listed]
    missing = set(needed) - {each for each, *_ in found}
    for link in linked(store, missing, [feature.name]).values() if missing else ():
        found.append((link.endpoint_id, link.name if link.enabled else f"{link.name} (switched off)", link.tier))
    by_tier = ((tier.label, tuple((each, name) for each, name, its in found if its == tier)) for tier in Tier)
    return tuple((label, options) for label, options in by_tier if options), listed is None


def unrecorded(differences: Collection[Difference]) -> Linked | None:
    """The first endpoint to be acknowledged for which no record holds that says who answers for it."""
    seen: set[str] = set()
    for link in (link for each in differences for link in each.due):
        if link.endpoint_id not in seen:
            record = responsibility(ports().store, link.endpoint_id)
            if record is None or not is_valid(record.valid_until, ports().clock().date()):
                return link
        seen.add(link.endpoint_id)
    return None
