"""The page on which an admin records who answers for an endpoint."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.errors import Conflict, Invalid
from app.domain.roles import Role
from app.queries import responsibilities as query
from app.queries.endpoints import EndpointRecord
from app.queries.responsibilities import ResponsibilityRecord
from app.services import responsibilities as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.endpoint_pages import load
from app.web.forms.responsibilities import ResponsibilityForm, filled_from
from app.web.numbers import whole_number

responsibilities = Blueprint("responsibilities", __name__, url_prefix="/endpoints/<endpoint_id>/responsibility")


@responsibilities.get("")
@needs(Role.ADMIN)
def edit(endpoint_id: str) -> Response:
    """The record as it is stored, to be changed or attested again."""
    record = load(endpoint_id)
    stored = query.responsibility(ports().store, endpoint_id)
    return _page(record, filled_from(stored), stored.version if stored else 0)


@responsibilities.post("")
@needs(Role.ADMIN)
def attest(endpoint_id: str) -> Response:
    """Store what was typed; a stale version shows what somebody else stored."""
    record, form = load(endpoint_id), ResponsibilityForm()
    seen = whole_number(request.form.get("version"), default=-1)
    try:
        service.attest(ports(), current_actor(), endpoint_id, seen, form.draft())
    except Invalid as error:
        form.take(error.fields)
        return _page(record, form, seen, status=422)
    except Conflict as error:
        return _page(record, form, error.theirs.version if error.theirs else 0, status=409, theirs=error.theirs)
    return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id, _anchor="responsibility"))


def _page(
    record: EndpointRecord,
    form: ResponsibilityForm,
    version: int,
    *,
    status: int = 200,
    theirs: ResponsibilityRecord | None = None,
) -> Response:
    form.require()
    values = {"endpoint": record, "form": form, "version": version, "theirs": theirs}
    return make_response(render_template("responsibilities/edit.html", **values), status)
