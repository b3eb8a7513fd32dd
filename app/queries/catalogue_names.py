"""Models that no list of GitLab's has, by the names under which they may be served."""

from dataclasses import dataclass

from sqlalchemy import select

from app.models.catalogue import SEED, CatalogueModel, Pairing
from app.models.store import Store

# More are no list to choose from; a model beyond it is still suggested, and stays where it is chosen.
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class AddedModel:
    """A model that people added, or another installation; `served` are its own name and identifiers it goes by."""

    name: str
    family: str
    served: tuple[str, ...]


def added(store: Store) -> tuple[AddedModel, ...]:
    """All of them by name, in one statement; a quantised variant is another entry, whose names are not theirs."""
    wanted = (
        select(CatalogueModel.name, CatalogueModel.family, Pairing.details)
        .join(Pairing, Pairing.model_slug == CatalogueModel.slug)
        .where(CatalogueModel.origin != SEED, Pairing.variant == "")
        .order_by(CatalogueModel.name_key, Pairing.host)
    )
    families: dict[str, str] = {}
    served: dict[str, list[str]] = {}
    with store.read() as session:
        for name, family, details in session.execute(wanted):
            families[name] = family
            identifier = str(details.get("identifier") or "")
            served.setdefault(name, [name]).extend([identifier] if identifier else [])
    return tuple(AddedModel(name, families[name], tuple(names)) for name, names in served.items())


def listed(store: Store) -> tuple[str, ...]:
    """The names of those models, to choose from; in one statement."""
    wanted = select(CatalogueModel.name).where(CatalogueModel.origin != SEED)
    with store.read() as session:
        return tuple(session.scalars(wanted.order_by(CatalogueModel.name_key).limit(MOST_LISTED)))
