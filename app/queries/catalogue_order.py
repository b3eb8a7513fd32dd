"""In which order entries are found: the best first, and what that is where somebody looks for a feature or has GPUs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, not_, select, true, union_all

from app.domain.features import Column
from app.domain.hardware import Gpus
from app.models.catalogue import CatalogueHardware, Pairing

LEVELS = {"full": ("full",), "partial": ("full", "partial"), "limited": ("full", "partial", "limited")}
_BEST = (Pairing.tier_rank, Pairing.confidence, Pairing.votes, Pairing.name_key, Pairing.id)


def _best(columns: Sequence[Any]) -> tuple[Any, ...]:
    """The order of the columns of _BEST, whichever statement they come from."""
    tier_rank, confidence, votes, name_key, pairing_id = columns
    return tier_rank.desc(), confidence.desc(), votes.desc(), name_key, pairing_id


SORTS: Mapping[str, tuple[Any, ...]] = {
    "": _best(_BEST),
    "name": (Pairing.name_key, Pairing.id),
    "rating": (Pairing.stars_rank.desc(), Pairing.name_key, Pairing.id),
    "votes": (Pairing.votes.desc(), Pairing.name_key, Pairing.id),
    "size": (Pairing.size_rank, Pairing.name_key, Pairing.id),
    "context": (Pairing.context_rank.desc(), Pairing.name_key, Pairing.id),
}


def stated_for(gpus: Gpus) -> ColumnElement[bool]:
    """Whether GPUs that are stated to be enough for a model are among these."""
    same = select(CatalogueHardware.model_slug).where(
        CatalogueHardware.card_key == gpus.card.lower(),
        CatalogueHardware.memory <= gpus.memory,
        CatalogueHardware.count <= gpus.count,
    )
    return Pairing.model_slug.in_(same)


def groups(column: str, level: str, gpus: Gpus | None) -> list[ColumnElement[bool]]:
    """Conditions of which every entry that is found meets one, those of better entries first.

    By the level in the wanted column, unless it is none of them; of the same level those first whose
    hardware is stated and not estimated. Where any level will do, "" is asked for as well: what is listed without one.
    """
    levels = (*LEVELS.get(level, LEVELS["limited"]), *(() if level else ("",)))
    by_level = [getattr(Pairing, column) == each for each in levels] if column in set(Column) else [true()]
    if gpus is None:
        return by_level
    stated = stated_for(gpus)
    return [and_(each, known) for each in by_level for known in (stated, not_(stated))]


def in_groups(found: Select[str, int], parts: Sequence[ColumnElement[bool]], rows: int) -> Select[str, int]:
    """The ids of `found` with the `rank` of their group, in its order and the best first in each group.

    Of each group there are no more than `rows`: it is read from the index in its order and no further, however many
    entries there are.
    """
    best = found.order_by(None).order_by(*_best(_BEST)).limit(rows)
    each = [best.with_only_columns(*_BEST, literal(rank).label("rank")).where(part) for rank, part in enumerate(parts)]
    united = union_all(*(select(part.subquery()) for part in each)).subquery()
    order = _best([united.c[column.name] for column in _BEST])
    return select(united.c.id, united.c.rank).order_by(united.c.rank, *order)
