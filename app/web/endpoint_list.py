"""The list of endpoints: its state in the address, the page, and the parts that htmx swaps."""

from dataclasses import replace
from typing import Any, cast

from flask import Response, make_response, render_template, request, url_for

from app.queries import endpoints as query
from app.queries.endpoints import Filter
from app.web import htmx, navigation
from app.web.context import ports
from app.web.numbers import whole_number

_TEXTS = ("q", "platform", "tier", "verdict", "owner", "sort")


def wanted_filter() -> Filter:
    """What the address asks for; values that make no sense count as not given."""
    given = {name: request.args.get(name, "")[:255] for name in _TEXTS}
    if given["sort"].removeprefix("-") not in query.SORTS:
        given["sort"] = Filter().sort
    return Filter(**given, page=max(1, whole_number(request.args.get("page"), 1, digits=6)))


def list_address(wanted: Filter, **changes: Any) -> str:
    """The address of the list with some of its state changed; what is at its default is left out."""
    return url_for("endpoints.index", **_state(replace(wanted, **changes)))


def _test_address(wanted: Filter) -> str:
    return url_for("probes.test_all", **_state(replace(wanted, page=1)))


def _state(wanted: Filter) -> dict[str, Any]:
    default = Filter()
    state = {name: getattr(wanted, name) for name in Filter.__dataclass_fields__}
    return {name: each for name, each in state.items() if each != getattr(default, name)}


def list_page(wanted: Filter) -> Response:
    """The list as a page, as the fragment with its filter bar, or as the rows alone for who changed the filter."""
    page = query.page_of(ports().store, wanted)
    navigation.counted(page.stored)
    values: dict[str, Any] = {
        "page": page,
        "wanted": wanted,
        "facts": ports().facts,
        "address": list_address,
        "test_address": _test_address,
        "narrowed": wanted != Filter(sort=wanted.sort, page=wanted.page),
    }
    if cast(htmx.PartRequest, request).htmx.target == "rows":
        # The button above the rows has to say what it will test now.
        parts = ("endpoints/_rows.html", "endpoints/_test_all.html")
        response = make_response("".join(render_template(part, **values, oob=True) for part in parts))
        return htmx.replace_url(response, list_address(wanted))
    return htmx.page_or_fragment(
        "endpoints/index.html",
        "endpoints/_list.html",
        **values,
        platforms=_platforms(),
        owners=_owners(wanted),
        oob=False,
    )


def _platforms() -> list[tuple[str, str]]:
    chosen = ports().facts.platforms.values()
    return [("", "Any"), *((each.slug, each.label) for each in chosen)]


def _owners(wanted: Filter) -> list[tuple[str, str]]:
    found = query.owners(ports().store, wanted.owner)
    return [("", "Any"), *((name, name) for name in found)] if found else []
