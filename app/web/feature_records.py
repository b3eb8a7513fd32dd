"""The responsibility record that is asked for in the same form as an acknowledgement."""

from contextlib import suppress

from flask import request

from app.domain import responsibilities as rules
from app.domain.errors import Conflict, Invalid, NotFound
from app.queries.responsibilities import responsibility
from app.services import responsibilities as service
from app.web.access import current_actor
from app.web.context import ports
from app.web.forms.responsibilities import ResponsibilityForm


def checked() -> ResponsibilityForm:
    """The posted fields, which may all be left empty; faults stand at them."""
    form = ResponsibilityForm()
    if request.form.get("attested_id") and not form.draft().is_empty:
        try:
            rules.check(form.draft(), ports().clock().date())
        except Invalid as error:
            form.take(error.fields)
    return form


def attest(form: ResponsibilityForm) -> None:
    """Store what was typed, if anything was; what somebody else recorded meanwhile stays."""
    endpoint_id = request.form.get("attested_id", "")[:64]
    if not endpoint_id or form.draft().is_empty:
        return
    stored = responsibility(ports().store, endpoint_id)
    if stored and rules.is_valid(stored.valid_until, ports().clock().date()):
        return
    with suppress(Conflict, NotFound):
        service.attest(ports(), current_actor(), endpoint_id, stored.version if stored else 0, form.draft())
