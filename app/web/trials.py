"""Pages of tries: choose a feature and who answers, watch the answers come, mark the better one."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request, url_for

from app.domain.errors import Invalid, NotFound
from app.domain.roles import Role
from app.domain.trials import hides_names
from app.queries import trials as query
from app.queries.endpoint_names import endpoint_names
from app.queries.trials import TrialRecord
from app.services import trials as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import context, ports
from app.web.forms.trials import PREFIX, TrialForm, rows_of, trial_form
from app.web.trial_pages import shown, words

trials = Blueprint("trials", __name__, url_prefix="/tries")
_CHOICES = ("feature", "endpoint", "family", "other_endpoint", "other_family")


@trials.app_template_global()
def try_address(**values: str) -> str:
    """The form's address with these choices; Flask keeps the name `endpoint` for views."""
    given = {name: value for name, value in values.items() if value}
    return url_for("trials.new") + (f"?{urlencode(given)}" if given else "")


@trials.get("/new")
@needs(Role.EDITOR)
def new() -> Response:
    """The form, filled with samples and what the address names; `again` is a try whose values are taken."""
    again = request.args.get("again", "")
    values: dict[str, Any] = _values_of(again) if again else {}
    values |= {name: request.args[name][:64] for name in _CHOICES if request.args.get(name)}
    return _form_page(_form(values))


@trials.post("/form")
@needs(Role.EDITOR)
def refresh() -> Response:
    """The form for another feature; nothing is sent to anybody and nothing stored."""
    return _form_page(_form({}))


@trials.post("")
@needs(Role.EDITOR)
def create() -> Response:
    """Begin a try."""
    form = _form({})
    try:
        started = service.start(ports(), current_actor(), form.draft())
    except Invalid as error:
        form.take(error.fields)
        return _form_page(form, 422)
    context().tries.start(started)
    return htmx.redirect(url_for("trials.show", trial_id=started.trial_id))


@trials.get("/<trial_id>")
@needs(Role.EDITOR)
def show(trial_id: str) -> Response:
    """How far the answers are; the page asks for this every half second until both have ended."""
    return _page(_mine(trial_id))


@trials.post("/<trial_id>/stop")
@needs(Role.EDITOR)
def stop(trial_id: str) -> Response:
    """Stop what still runs, in whichever process it does."""
    service.ask_stop(ports(), current_actor(), trial_id)
    context().tries.stop(trial_id)
    return _after(trial_id)


@trials.post("/<trial_id>/mark")
@needs(Role.EDITOR)
def mark(trial_id: str) -> Response:
    """Say which answer is better; then names are shown."""
    service.mark(ports(), current_actor(), trial_id, request.form.get("better", ""))
    return _after(trial_id)


def _mine(trial_id: str) -> TrialRecord:
    """A try of this person; another's is not there."""
    found = query.trial(ports().store, trial_id, current_actor().key, ports().clock())
    if found is None:
        raise NotFound(service.GONE)
    return found


def _after(trial_id: str) -> Response:
    if not htmx.wants_fragment():
        return make_response(redirect(url_for("trials.show", trial_id=trial_id), 303))
    return _page(_mine(trial_id), moved=True)


def _page(trial: TrialRecord, *, moved: bool = False) -> Response:
    found, facts = shown(trial), ports().facts
    labels = [facts.families[each.family].label if each.family else "" for each in found.panels]
    prompt = facts.prompts.of(trial.feature)
    return htmx.page_or_fragment(
        "trials/show.html",
        "trials/_try.html",
        found=found,
        feature=facts.features[trial.feature],
        words=words(found, labels),
        labels=labels,
        contract=prompt.contract,
        inputs=[(each.label, trial.inputs.get(each.name, "")) for each in prompt.inputs],
        moved=moved,
    )


def _values_of(trial_id: str) -> dict[str, Any]:
    """A form's values as in a try of this person; nothing of one whose names are hidden, or that went."""
    found = query.trial(ports().store, trial_id, current_actor().key, ports().clock())
    if found is None or hides_names(found.blind, found.mark, found.states):
        return {}
    values: dict[str, Any] = {PREFIX + name: text for name, text in found.inputs.items()} | {"feature": found.feature}
    for side, (endpoint, family) in zip(found.asked, service.FIELDS, strict=False):
        values |= {endpoint: side.endpoint_id, family: side.family}
    return values


def _form(values: dict[str, Any]) -> TrialForm:
    return trial_form(ports().facts, endpoint_names(ports().store), values)


def _form_page(form: TrialForm, status: int = 200) -> Response:
    response = htmx.page_or_fragment(
        "trials/new.html",
        "trials/_form.html",
        status,
        form=form,
        rows_of=rows_of,
    )
    return htmx.retarget(response, "#trial", "outerHTML") if status >= 400 and htmx.wants_fragment() else response
