"""The page that puts a new key in place of one that several endpoints share."""

from collections.abc import Sequence

from flask import Blueprint, Response, url_for

from app.domain.credentials import Auth
from app.domain.errors import Conflict, Invalid
from app.domain.roles import Role
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import keys as service
from app.services import probes
from app.services.keys import Tried
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.auth.stepping_up import recently_proven
from app.web.context import context, ports
from app.web.endpoint_pages import load
from app.web.forms.endpoint_access import KEY_WORDS
from app.web.forms.keys import KeyForm

keys = Blueprint("keys", __name__, url_prefix="/endpoints")
CHANGED = "Somebody changed one of these endpoints meanwhile. Nothing was stored; look again and repeat."


@keys.get("/<endpoint_id>/key")
@needs(Role.EDITOR)
def edit(endpoint_id: str) -> Response:
    """Ask for the new key, with the endpoints that hold the present one."""
    record = load(endpoint_id)
    return _page(record, _form(record))


@keys.post("/<endpoint_id>/key")
@needs(Role.EDITOR)
@recently_proven
def replace(endpoint_id: str) -> Response:
    """Try the new key, and store it everywhere or nowhere; what took it is tested anew."""
    record = load(endpoint_id)
    form = _form(record)
    try:
        tried = service.replace_key(ports(), current_actor(), form.seen, form.api_key.data or "")
    except Invalid as error:
        form.take(error.fields)
        return _page(record, form, status=422)
    except Conflict:
        form.take({"endpoints": (CHANGED,)})
        return _page(load(endpoint_id), form, status=409)
    if any(each.refused for each in tried):
        return _page(record, form, tried, 422)
    context().runner.start(probes.start_saved(ports(), current_actor(), [each.endpoint_id for each in tried]))
    return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id))


def _form(record: EndpointRecord) -> KeyForm:
    label = KEY_WORDS[Auth(record.auth)] or "key"
    return KeyForm(label, query.sharing_key(ports().store, record.id))


def _page(record: EndpointRecord, form: KeyForm, tried: Sequence[Tried] = (), status: int = 200) -> Response:
    sharing = query.sharing_key(ports().store, record.id)
    values = {"endpoint": record, "form": form, "sharing": sharing, "tried": tried}
    return htmx.page_or_fragment("endpoints/key.html", "endpoints/_key.html", status, **values)
