"""A dry run of the rules for outbound calls: would this address be called, by which rule, what would admit it."""

from flask import Blueprint, Response, request

from app.domain.roles import Role
from app.services import egress_trials as service
from app.services.egress_trials import AddressTrial
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.forms.egress import AddressForm
from app.web.headers import unframed
from app.web.htmx import page_or_fragment

egress = Blueprint("egress", __name__, url_prefix="/settings/egress")


@egress.get("")
@needs(Role.EDITOR)
@unframed
def show() -> Response:
    """The empty form."""
    return _page(AddressForm(), None)


@egress.post("")
@needs(Role.EDITOR)
@unframed
def dry_run() -> Response:
    """What the rules say of the address; nothing is called."""
    form = AddressForm(request.form)
    trial = service.try_for(ports(), current_actor(), form.text)
    if not trial.written:
        form.address.errors = [trial.sentence]
        return _page(form, trial, 422)
    return _page(form, trial)


def _page(form: AddressForm, trial: AddressTrial | None, status: int = 200) -> Response:
    return page_or_fragment("settings/egress.html", "settings/_egress.html", status, form=form, trial=trial)
