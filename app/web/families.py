"""Pages of prompt families: what each does to a request, and who uses it."""

from flask import Blueprint, render_template

from app.domain.errors import NotFound
from app.domain.families import GENERAL, Family, SystemRole
from app.domain.roles import Role
from app.queries import families as query
from app.queries.families import Use
from app.web.access import needs
from app.web.context import ports

families = Blueprint("families", __name__, url_prefix="/families")
MOST_LISTED = 25

SYSTEM_WORDS = {
    SystemRole.SEPARATE: ("Its own turn", "System text is sent as a message of the role system."),
    SystemRole.SINGLE: ("One turn, first", "System texts are joined into one message of the role system at the start."),
    SystemRole.MERGED: (
        "Before the first question",
        "The model knows no role system, so the text goes before the first turn of the user.",
    ),
}


@families.get("")
@needs(Role.VIEWER)
def index() -> str:
    """All families, the one that is tied to no model first."""
    facts = ports().facts
    general = facts.families[GENERAL]
    rest = [family for family in facts.families.values() if family is not general]
    return render_template(
        "families/index.html",
        general=general,
        families=[general, *rest],
        uses=query.uses(ports().store),
        unused=Use(),
        accepted={
            family.slug: sum(_takes(family, name) for name in facts.features) for family in facts.families.values()
        },
        features=len(facts.features),
        system_words=SYSTEM_WORDS,
    )


@families.get("/<slug>")
@needs(Role.VIEWER)
def show(slug: str) -> str:
    """One family."""
    facts, store = ports().facts, ports().store
    family = facts.families.get(slug)
    if family is None:
        raise NotFound("There is no such prompt family.")
    return render_template(
        "families/show.html",
        family=family,
        is_general=slug == GENERAL,
        use=query.uses(store).get(slug, Use()),
        members=query.members(store, slug, MOST_LISTED),
        most=MOST_LISTED,
        sections=[
            (section, [(each, _takes(family, each.name)) for each in found]) for section, found in facts.by_section()
        ],
        platforms=[facts.platforms[name].label for name in family.served.platforms],
        system_words=SYSTEM_WORDS,
    )


def _takes(family: Family, feature: str) -> bool:
    """Whether GitLab's own form takes the family for a feature."""
    return family.slug in ports().facts.features[feature].families
