"""The catalogue's models by name, found as a single one is and added to, and its hosts: read once for work on many."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.data.facts import Facts
from app.domain.catalogue import spelling
from app.domain.endpoints import name_key, slug_of
from app.models.catalogue import CatalogueModel
from app.queries import catalogue_hosts


class Names:
    """The rules of catalogue_entries.obtain in memory: the same name, else the same but for its spelling.

    `hosts` maps those that are known here, by people's doing too, to their labels.
    """

    def __init__(self, session: Session, facts: Facts) -> None:
        self.hosts = catalogue_hosts.labels_in(session, facts)
        self.read(session)

    def read(self, session: Session) -> None:
        """Read the models, or read them anew: what was added and not stored is forgotten."""
        self._by_key: dict[str, str] = {}
        self._by_spelling: dict[str, str] = {}
        self._slugs: set[str] = set()
        self._numbers: dict[str, int] = {}
        for slug, name in session.execute(select(CatalogueModel.slug, CatalogueModel.name)):
            self._note(slug, name)

    def slug_of(self, name: str) -> str | None:
        """The slug of the model of this name, None where there is none."""
        return self._by_key.get(name_key(name)[:120]) or self._by_spelling.get(spelling(name))

    def add(self, name: str) -> str:
        """Give a new model a slug that no other has."""
        start = slug = slug_of(name)
        while slug in self._slugs:
            self._numbers[start] = self._numbers.get(start, 1) + 1
            slug = f"{start}-{self._numbers[start]}"
        self._note(slug, name)
        return slug

    def _note(self, slug: str, name: str) -> None:
        self._slugs.add(slug)
        self._by_key[name_key(name)[:120]] = slug
        self._by_spelling.setdefault(spelling(name), slug)
