"""Editing what a feature is given: the chain is composed, then its difference is looked at, then it is applied."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, url_for

from app.domain.differences import Difference
from app.domain.errors import AcknowledgementRequired, Conflict, Invalid
from app.domain.features import Feature
from app.domain.roles import Role
from app.queries import assignments as query
from app.services import assignments as service
from app.web import feature_records, htmx
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.feature_choices import groups, unrecorded
from app.web.feature_pages import changed_row, known, remark_on
from app.web.feature_ways import store_way, way_choice
from app.web.feature_words import said, ticked
from app.web.forms.chains import ChainDraft, posted_chain, stored_chain
from app.web.forms.responsibilities import ResponsibilityForm

feature_edit = Blueprint("feature_edit", __name__, url_prefix="/features/<name>/edit")
Errors = Mapping[str, tuple[str, ...]]


@feature_edit.get("")
@needs(Role.ADMIN)
def edit(name: str) -> Response:
    """The chain as it is stored, to be changed."""
    return _form(known(name), stored_chain(query.serving_of(ports().store, name)))


@feature_edit.post("/add")
@needs(Role.ADMIN)
def add(name: str) -> Response:
    """One more place for a fallback."""
    return _form(known(name), posted_chain().added())


@feature_edit.post("/find")
@needs(Role.ADMIN)
def find(name: str) -> Response:
    """Other endpoints to choose from, where there are too many to list."""
    return _form(known(name), posted_chain())


@feature_edit.post("/<any(up, down, drop):move>/<int:position>")
@needs(Role.ADMIN)
def order(name: str, move: str, position: int) -> Response:
    """A fallback elsewhere in the order, or out of it."""
    return _form(known(name), posted_chain().moved(move, position))


@feature_edit.post("/review")
@needs(Role.ADMIN)
def review(name: str) -> Response:
    """What the change would make of the feature, before anything is written."""
    feature, draft = known(name), posted_chain()
    try:
        difference = service.check(ports(), draft.change(name))
    except Invalid as error:
        return _form(feature, draft, error.fields, 422)
    return _answer("review", 200, _reviewed(feature, draft, difference, ResponsibilityForm()))


@feature_edit.post("")
@needs(Role.ADMIN)
def apply(name: str) -> Response:
    """Store the chain that was looked at."""
    feature, draft, record = known(name), posted_chain(), feature_records.checked()
    wanted = draft.change(name, acknowledged=ticked("acknowledged"))
    try:
        if record.first_wrong():
            return _again(feature, draft, record, 422)
        service.change(ports(), current_actor(), wanted)
    except AcknowledgementRequired:
        return _again(feature, draft, record, 422, missed=True)
    except Conflict as error:
        return _again(feature, replace(draft, version=error.theirs.version), record, 409, theirs=error.theirs)
    except Invalid as error:
        return _form(feature, draft, error.fields, 422)
    feature_records.attest(record)
    store_way(name)
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("features.index", _anchor=name))
    return htmx.toast(htmx.close_dialog(changed_row(feature)), said(feature, query.serving_of(ports().store, name)))


def _form(feature: Feature, draft: ChainDraft, errors: Errors | None = None, status: int = 200) -> Response:
    options, searching = groups(feature, draft.q, draft.ids)
    values = {"feature": feature, "draft": draft, "errors": errors or {}, "groups": options, "searching": searching}
    return _answer("edit", status, values | {"families": ports().facts.families, "way": way_choice(feature.name)})


def _again(feature: Feature, draft: ChainDraft, record: ResponsibilityForm, status: int, **more: object) -> Response:
    """The review once more, with what is stored by now."""
    try:
        difference = service.check(ports(), draft.change(feature.name))
    except Invalid as error:
        return _form(feature, draft, error.fields, status)
    return _answer("review", status, _reviewed(feature, draft, difference, record) | more)


def _reviewed(
    feature: Feature, draft: ChainDraft, difference: Difference, record: ResponsibilityForm
) -> dict[str, object]:
    remarks = [remark_on(feature, link.family) for link in difference.after.links]
    return {
        "feature": feature,
        "draft": draft,
        "difference": difference,
        "remarks": [each for each in dict.fromkeys(remarks) if each],
        "asked": unrecorded([difference]),
        "form": record,
        "missed": False,
        "theirs": None,
        "families": ports().facts.families,
        "way": way_choice(feature.name),
    }


def _answer(name: str, status: int, values: dict[str, object]) -> Response:
    """A page, or for htmx what the dialog shows next."""
    if not htmx.wants_fragment():
        return make_response(render_template(f"features/{name}.html", **values, inside=False), status)
    response = htmx.fragment(f"features/_{name}.html", status, **values, inside=True)
    return htmx.retarget(response, "#dlg-body") if status >= 400 else response
