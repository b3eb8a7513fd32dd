"""The matrix: every endpoint against every feature, by what was measured."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.capabilities import old_because
from app.domain.features import Feature, Section
from app.domain.roles import Role
from app.queries import readiness as query
from app.queries.readiness import MatrixCell, MatrixRow, Wanted
from app.web import htmx, navigation
from app.web.access import needs
from app.web.context import ports
from app.web.findings import summary
from app.web.numbers import whole_number

readiness = Blueprint("readiness", __name__, url_prefix="/features/readiness")


@dataclass(frozen=True, slots=True)
class Cell:
    """One endpoint at one feature; `reason` is empty where the sign says all, `old` where it is fresh."""

    feature: Feature
    cell: MatrixCell
    reason: str
    old: str


@dataclass(frozen=True, slots=True)
class Line:
    """One endpoint with its cells by section, in the order of the features, and their numbers in words."""

    row: MatrixRow
    sections: tuple[tuple[Cell, ...], ...]
    summary: str


@readiness.get("")
@needs(Role.VIEWER)
def index() -> Response:
    """The matrix; its whole state is in the address."""
    wanted, facts = _wanted(), ports().facts
    page = max(1, whole_number(request.args.get("page"), 1, digits=6))
    matrix = query.readiness_matrix(ports().store, wanted, page)
    navigation.counted(matrix.stored)
    return htmx.page_or_fragment(
        "readiness/index.html",
        "readiness/_list.html",
        matrix=matrix,
        lines=[_line(row) for row in matrix.rows],
        sections=facts.by_section(),
        wanted=wanted,
        features=[("", "Any"), *((each.name, each.title) for each in facts.features.values())],
        address=_address,
        short=short,
    )


def short(section: Section) -> str:
    """A section's title without what all have in common, for a narrow column."""
    words = section.title.removeprefix("Other ").removeprefix("GitLab Duo").strip().removeprefix("for ")
    return "Other" if words == "features" else words[:1].upper() + words[1:]


def _wanted() -> Wanted:
    """What the address asks for; a feature or tier that is none narrows to nothing, as a search does."""
    return Wanted(**{name: request.args.get(name, "")[:200] for name in ("q", "tier", "suits")})


def _address(wanted: Wanted, page: int) -> str:
    state: dict[str, Any] = {name: getattr(wanted, name) or None for name in ("q", "tier", "suits")}
    return url_for("readiness.index", **state, page=page if page > 1 else None)


def _line(row: MatrixRow) -> Line:
    sections = tuple(tuple(_cell(row, each) for each in members) for _, members in ports().facts.by_section())
    return Line(row, sections, summary(each.cell.readiness for cells in sections for each in cells))


def _cell(row: MatrixRow, feature: Feature) -> Cell:
    # An endpoint that is just being added by another process may lack its cells for a moment.
    cell = row.cells.get(feature.name) or MatrixCell("unknown", (), "other", None, "")
    reasons = () if cell.readiness == "works" else cell.reasons
    return Cell(feature, cell, reasons[0] if reasons else "", old_because(cell.measured_at, cell.aged, ports().clock()))
