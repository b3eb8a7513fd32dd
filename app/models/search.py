"""The index that the catalogue is searched by: FTS5 on SQLite, tsvector on PostgreSQL, with the same words in both.

A document is plain words of small letters and digits, so that neither engine's own idea of a word makes a difference.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    TextClause,
    TextualSelect,
    and_,
    bindparam,
    column,
    exists,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.models.catalogue import Pairing

WORDS_MAX = 8
# A statement holds so many values at most.
PARAMETERS = 10_000
_WORD = re.compile(r"[a-z]+|[0-9]+")


def words(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of some texts: letters apart from digits, and each run of both as a whole too."""
    return tuple(dict.fromkeys(word for each in texts for word in _words(each)))


@lru_cache(maxsize=2048)
def _words(of: str) -> tuple[str, ...]:
    """The words of one text; most texts are those of many entries."""
    plain = unicodedata.normalize("NFKD", of).encode("ascii", "ignore").decode().lower()
    return tuple(word for run in re.findall(r"[a-z0-9]+", plain) for word in (run, *_WORD.findall(run)))


def asked(typed: str) -> tuple[str, ...]:
    """What somebody typed as words that each have to begin one of a document's."""
    plain = unicodedata.normalize("NFKD", typed).encode("ascii", "ignore").decode().lower()
    return tuple(dict.fromkeys(re.findall(r"[a-z0-9]+", plain)))[:WORDS_MAX]


def put(session: Session, documents: Mapping[str, Iterable[str]]) -> None:
    """Index these stored pairings anew, each by its id with the texts that it is found by."""
    if not documents:
        return
    remove(session, documents)
    add(session, documents)


def add(session: Session, documents: Mapping[str, Iterable[str]]) -> None:
    """Index stored pairings that are not in the index yet: on SQLite, taking out what is not there reads all of it."""
    plain = {pairing_id: " ".join(words(texts)) for pairing_id, texts in documents.items()}
    if not plain:
        return
    if not _is_sqlite(session):
        session.execute(_POSTGRESQL.put, [{"id": each, "document": document} for each, document in plain.items()])
        return
    # In the order of their numbers: at each step back, FTS5 writes down all that it has gathered.
    numbers = sorted((number, each) for each, number in _numbers(session, list(plain)).items())
    session.execute(_SQLITE.put, [{"number": number, "document": plain[each]} for number, each in numbers])


def _numbers(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """The numbers by which SQLite's index knows these pairings."""
    found: dict[str, int] = {}
    for start in range(0, len(ids), PARAMETERS):
        chosen = Pairing.id.in_(ids[start : start + PARAMETERS])
        found |= {row.id: row.number for row in session.execute(select(Pairing.id, Pairing.number).where(chosen))}
    return found


def remove(session: Session, ids: Collection[str]) -> None:
    """Let these pairings be found no longer; to be called while they are still stored."""
    if ids:
        session.execute(_SQLITE.remove if _is_sqlite(session) else _POSTGRESQL.remove, {"ids": list(ids)})


def matching(session: Session, typed: str) -> ColumnElement[bool] | None:
    """Whether a pairing has all words, each as the beginning of one of its own; None where none was typed."""
    found = rows(session, typed)
    if found is None:
        return None
    known_by = Pairing.number if _is_sqlite(session) else Pairing.id
    # Asked once before all else, so that no pairing is looked at for words that none has.
    return and_(exists(select(*found.subquery().c)), known_by.in_(select(*found.subquery().c)))


def rows(session: Session, typed: str) -> TextualSelect | None:
    """What the index has of these words, each row once: numbers on SQLite, ids on PostgreSQL."""
    found = asked(typed)
    if not found:
        return None
    if _is_sqlite(session):
        query = text("SELECT rowid FROM pairing_search WHERE pairing_search MATCH :words")
        return query.bindparams(words=" ".join(f'"{word}"*' for word in found)).columns(column("rowid"))
    query = text("SELECT pairing_id FROM pairing_search WHERE document @@ to_tsquery('simple', :words)")
    return query.bindparams(words=" & ".join(f"{word}:*" for word in found)).columns(column("pairing_id"))


class _Statements(NamedTuple):
    put: TextClause
    remove: TextClause


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# SQLite finds a row of its index by nothing but a number; PostgreSQL forgets by itself a pairing that is deleted.
_SQLITE = _Statements(
    text("INSERT INTO pairing_search (rowid, document) VALUES (:number, :document)"),
    text("DELETE FROM pairing_search WHERE rowid IN (SELECT number FROM pairing WHERE id IN :ids)").bindparams(_IDS),
)
_POSTGRESQL = _Statements(
    text("INSERT INTO pairing_search (pairing_id, document) VALUES (:id, to_tsvector('simple', :document))"),
    text("DELETE FROM pairing_search WHERE pairing_id IN :ids").bindparams(_IDS),
)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
