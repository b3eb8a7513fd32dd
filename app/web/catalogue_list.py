"""The catalogue's list: the finder as a page, and to who types in it the answer alone."""

from typing import Any, cast

from flask import Response, make_response, render_template, request

from app.queries.catalogue_hosts import surroundings
from app.queries.catalogue_pages import listed
from app.web import htmx
from app.web.access import current_actor
from app.web.catalogue_find import (
    CONTEXTS,
    GPU_EXAMPLES,
    LEVELS,
    MOST_COMPARED,
    SORTS,
    TIERS,
    address,
    family_choices,
    finder,
    gpus_of,
    host_groups,
    parts,
    sentence,
    to_query,
    want_groups,
)
from app.web.catalogue_pages import entry_address, shown
from app.web.context import ports
from app.web.filters import figure
from app.web.navigation import counted


def list_page() -> Response:
    """What the address asks for; GPUs that cannot be read do not narrow, and their field says why."""
    facts, store = ports().facts, ports().store
    around = surroundings(store, facts)
    counted(around.endpoints)
    wanted = finder(around.hosts)
    gpus, wrong = gpus_of(wanted)
    page = listed(store, to_query(facts, wanted, gpus), current_actor().key)
    found, conditions = page.found, parts(facts, around.hosts, wanted, gpus)
    values: dict[str, Any] = {
        "wanted": wanted,
        "wrong": wrong,
        "found": found,
        "rows": shown(found.entries, page.stated, page.votes, gpus),
        "sentence": sentence(found.total, around.entries, conditions, more=found.more),
        "in_all": around.entries,
        "conditions": conditions,
        "address": address,
        "entry_address": entry_address,
        "facts": facts,
        "hosts": around.hosts,
        "most": MOST_COMPARED,
    }
    asked = cast(htmx.PartRequest, request).htmx
    if htmx.wants_fragment() and asked.target == "found":
        # Of an answer while somebody types the status is no failure: the field's message is a part of it.
        parts_of = ("catalogue/_found.html", "catalogue/_wrong.html")
        response = make_response("".join(render_template(part, **values, oob=True) for part in parts_of))
        show_address = htmx.replace_url if asked.source == "finder" else htmx.push_url
        return show_address(response, address(wanted))
    return htmx.page_or_fragment(
        "catalogue/index.html",
        "catalogue/_list.html",
        422 if wrong else 200,
        **values,
        oob=False,
        host_groups=host_groups(around.hosts, around.with_entries),
        want_groups=want_groups(facts),
        families=family_choices(facts, around.families),
        levels=LEVELS,
        tiers=TIERS,
        sorts=SORTS,
        contexts=[("0", "Any"), *((str(each), f"{figure(each)} tokens") for each in CONTEXTS)],
        gpu_examples=GPU_EXAMPLES,
    )
