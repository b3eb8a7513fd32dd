"""What the endpoint's pages share: the form with its suggestions, facts as lines, values for GitLab."""

from typing import Any

from flask import Response

from app.data.facts import Facts
from app.domain.gitlab import Deployment, ToCopy, model_to_create
from app.domain.identifiers import Identifier
from app.queries.endpoints import EndpointRecord
from app.services import discovery, drafts
from app.services.discovery import Discovery
from app.web import htmx
from app.web.context import ports
from app.web.forms.endpoints import EndpointForm

# What the two versions of a conflict are compared by.
_COMPARED = ("name", "base_url", "identifier", "family", "model", "owner", "server", "api_version", "key_header")


def form_page(
    form: EndpointForm,
    record: EndpointRecord | None = None,
    *,
    status: int = 200,
    theirs: EndpointRecord | None = None,
    found: Discovery | None = None,
) -> Response:
    """The form as a page or, for htmx, as itself; `theirs` is what somebody else saved meanwhile."""
    return htmx.page_or_fragment(
        "endpoints/form.html",
        "endpoints/_form.html",
        status,
        form=form,
        endpoint=record,
        facts=ports().facts,
        found=found,
        conflict=_conflict(form, theirs) if theirs else (),
        theirs=theirs,
        **suggestion_of(form),
    )


def suggestion_of(form: EndpointForm) -> dict[str, Any]:
    """What the served name points to: `suggested_family`, `suggested_model`, `gitlab_identifier`, each or None."""
    draft = form.draft(keep_key=True)
    served = drafts.served_name_of(ports(), draft)
    if not served:
        return {"suggested_family": None, "suggested_model": None, "gitlab_identifier": None}
    family, model = discovery.suggest(ports(), draft.platform, draft.server, served)
    prefix = ports().facts.platforms[draft.platform].prefix
    return {"suggested_family": family, "suggested_model": model, "gitlab_identifier": prefix + served}


def _conflict(form: EndpointForm, theirs: EndpointRecord) -> tuple[tuple[str, str, str], ...]:
    """Field, theirs and mine, where they differ."""
    pairs = ((form[name].label.text, str(getattr(theirs, name)), str(form[name].data or "")) for name in _COMPARED)
    return tuple((label, other, mine) for label, other, mine in pairs if other != mine)


def copy_values(form: EndpointForm) -> dict[str, Any]:
    """A form's values for a copy: another name, no key, no version."""
    values: dict[str, Any] = {field.name: field.data for field in form if field.name not in ("version", "csrf_token")}
    return {**values, "name": f"{values['name']} (copy)"[:255], "api_key": None}


def facts_of(facts: Facts, record: EndpointRecord) -> list[tuple[str, str]]:
    """What an endpoint is, as names and values; empty values are left out."""
    platform = facts.platforms[record.platform]
    family = facts.families[record.family]
    where = facts.host_label(record.platform, record.server)
    lines = [
        ("Platform", platform.label if where == platform.label else f"{platform.label}, {where}"),
        ("Base URL", record.base_url),
        ("API version", record.api_version),
        ("Served name", record.served_name),
        ("Family", f"{family.label} {family.state.label}".strip()),
        ("Catalogue model", record.model or "None confirmed"),
        ("Owner", record.owner),
    ]
    return [(name, value) for name, value in lines if value]


def gitlab_values(facts: Facts, record: EndpointRecord) -> ToCopy:
    """What to enter in GitLab for this endpoint."""
    return model_to_create(
        Deployment(
            record.name,
            facts.platforms[record.platform],
            facts.families[record.family],
            Identifier(record.identifier, record.served_name),
            record.base_url,
            record.has_key,
        )
    )
