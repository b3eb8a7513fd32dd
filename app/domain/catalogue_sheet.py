"""The catalogue as lines for a spreadsheet, one for each entry."""

from collections.abc import Iterable, Iterator

from app.domain.catalogue_whole import WholeModel
from app.domain.features import Column
from app.lib.sheets import line

HEADS = (
    "model", "host", "variant", "family", "maker", "size", "context", "licence", "open_weights", "tier",
    *(column.value for column in Column), "rating", "confidence", "reports", "installations", "votes",
    "deprecated_since", "replacement", "source",
)  # fmt: skip


def lines(models: Iterable[WholeModel]) -> Iterator[str]:
    """The heads and then every entry; cells that a spreadsheet would take for a formula are defused."""
    yield line(HEADS)
    for model in models:
        for entry in model.entries:
            cells = (
                model.name, entry.host, entry.variant, model.family, model.maker, model.size, model.context,
                model.licence, "yes" if model.open_weights else "no", entry.tier,
                *(entry.levels.get(column.value, "") for column in Column), entry.stars, entry.confidence,
                entry.reports, entry.installations, entry.votes, model.deprecated_since, model.replacement,
                model.source.get("page") or model.source.get("title"),
            )  # fmt: skip
            yield line("" if cell is None else str(cell) for cell in cells)
