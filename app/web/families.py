"""Pages of prompt families: what each does to a request, and who uses it."""

from flask import Blueprint, render_template

from app.domain.families import GENERAL, Family, SystemRole
from app.domain.roles import Role
from app.queries import families as query
from app.queries.families import Use
from app.queries.prompt_files import Origin, alike, matrix
from app.web.access import needs
from app.web.context import ports
from app.web.family_prompts import load, try_address

families = Blueprint("families", __name__, url_prefix="/families")
MOST_LISTED = 25
MOST_NAMED = 3

# The word and the drawing for where prompts come from.
ORIGINS = {
    Origin.OWN: ("Own", "doc-code"),
    Origin.INHERITED: ("From %s", "doc-symlink"),
    Origin.BASE: ("Base", "dash"),
    Origin.MISSING: ("Missing", "status_failed"),
}

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
        sections=facts.by_section(),
        matrix=matrix(facts),
        origins=ORIGINS,
        by_slug=facts.families,
    )


@families.get("/<slug>")
@needs(Role.VIEWER)
def show(slug: str) -> str:
    """One family."""
    facts, store, family = ports().facts, ports().store, load(slug)
    of_all = matrix(facts)
    return render_template(
        "families/show.html",
        family=family,
        is_general=slug == GENERAL,
        use=query.uses(store).get(slug, Use()),
        members=query.members(store, slug, MOST_LISTED),
        most=MOST_LISTED,
        sections=facts.by_section(),
        files={name: row[slug] for name, row in of_all.items()},
        alike={name: _told(alike(row[slug], row)) for name, row in of_all.items()},
        taken={name for name in facts.features if _takes(family, name)},
        origins=ORIGINS,
        families=facts.families,
        platforms=[facts.platforms[name].label for name in family.served.platforms],
        system_words=SYSTEM_WORDS,
        try_link=try_address(family=slug),
    )


def _told(slugs: tuple[str, ...]) -> str:
    """Which other families the same files answer for, in a few words."""
    labels = [ports().facts.families[slug].label for slug in slugs]
    if len(labels) == len(ports().facts.families) - 1:
        return "All families"
    if len(labels) > MOST_NAMED:
        return f"{', '.join(labels[: MOST_NAMED - 1])} and {len(labels) - MOST_NAMED + 1} others"
    return ", ".join(labels)


def _takes(family: Family, feature: str) -> bool:
    """Whether GitLab's own form takes the family for a feature."""
    return family.slug in ports().facts.features[feature].families
