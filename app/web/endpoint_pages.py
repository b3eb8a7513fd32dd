"""What the endpoint's pages share: the form with its suggestions, facts as lines, values for GitLab."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from app.data.facts import Facts
from app.domain.credentials import Auth
from app.domain.endpoints import NAME_MAX
from app.domain.errors import NotFound
from app.domain.gitlab import Deployment, ToCopy, model_to_create
from app.domain.identifiers import Identifier
from app.domain.platforms import OPENAI_COMPATIBLE, KeyUse, host_of
from app.queries import endpoints as query
from app.queries.catalogue import has_model
from app.queries.endpoints import EndpointRecord
from app.services import discovery, drafts, endpoints
from app.services.discovery import Discovery
from app.services.endpoints import SECRETS
from app.web import htmx
from app.web.catalogue_links import catalogue_addresses
from app.web.context import ports
from app.web.forms.endpoint_access import access_facts
from app.web.forms.endpoints import QUIRK_WORDS, Cure, EndpointForm
from app.web.mark_words import beside_suggestion

COPY = " (copy)"
NEED_KEY = frozenset({Auth.ACCESS_KEY, Auth.SERVICE_ACCOUNT})
# What the two versions of a conflict are compared by, in the form's order.
_COMPARED = (
    "platform", "server", "name", "base_url", "api_version", "identifier", "family", "model", "owner", "key_header",
    "headers", "quirks", "auth", "region", "project", "access_key_id", "role_arn", "external_id", "ca_pem",
    "client_certificate", "tls_server_name",
)  # fmt: skip


def values_in(given: Mapping[str, str]) -> dict[str, str]:
    """What an address may fill into the form of a new endpoint: values that can be chosen there, and a model's name."""
    facts = ports().facts
    known = {"platform": facts.platforms, "server": facts.servers, "family": facts.families}
    values = {name: given[name] for name, choices in known.items() if given.get(name) in choices}
    if identifier := given.get("identifier", "")[:255]:
        values["identifier"] = identifier
    model = given.get("model", "")[:120]
    return values | ({"model": model} if model in facts.models or has_model(ports().store, model) else {})


def load(endpoint_id: str) -> EndpointRecord:
    """The endpoint, or NotFound."""
    record = query.endpoint(ports().store, endpoint_id)
    if record is None:
        raise NotFound("There is no such endpoint; it may have been deleted.")
    return record


def form_page(
    form: EndpointForm,
    record: EndpointRecord | None = None,
    *,
    status: int = 200,
    theirs: EndpointRecord | None = None,
    found: Discovery | None = None,
    copied: EndpointRecord | None = None,
    cure: Cure | None = None,
) -> Response:
    """The form as a page or, for htmx, as itself.

    `theirs` is what somebody else saved meanwhile, `copied` the endpoint whose values these are, `cure` the field
    that a remedy concerns.
    """
    platform = ports().facts.platforms.get(form.platform.data or "")
    server = ports().facts.servers.get(form.server.data or "")
    needs_key = platform and (platform.key is KeyUse.REQUIRED or form.auth_shown in NEED_KEY)
    form.api_key.flags.required = bool(needs_key and not (record and record.has_key))
    response = htmx.page_or_fragment(
        "endpoints/form.html",
        "endpoints/_form.html",
        status,
        form=form,
        endpoint=record,
        facts=ports().facts,
        found=found,
        # The list in the browser is still right when only something else was wrong.
        keep_models=status in (409, 422) and not form.models.errors,
        conflict=_conflict(form, theirs) if theirs else (),
        theirs=theirs,
        copied=copied,
        cure=cure,
        key_readable=record is None or endpoints.key_is_readable(ports(), record.id),
        oob=False,
        chosen=platform,
        remarks=server.remarks if server and platform and platform.slug == OPENAI_COMPATIBLE else (),
        **suggestion_of(form, record.id if record else ""),
    )
    # By name: the form that was sent may have been renewed meanwhile, or another button may have sent it.
    return htmx.retarget(response, "#endpoint", "outerHTML") if status >= 400 and htmx.wants_fragment() else response


def suggestion_of(form: EndpointForm, endpoint_id: str = "") -> dict[str, Any]:
    """What the served name points to: `suggested_family`, `suggested_model`, `gitlab_identifier`, each or None; and
    `marked`, what blind marks say of that family (web.mark_words.Told or None), `entry_address` of the chosen model.
    """
    draft = form.draft(keep_key=True)
    served = drafts.served_name_of(ports(), draft)
    pair = (draft.model, host_of(draft.platform, draft.server))
    entry = {"entry_address": catalogue_addresses([pair]).get(pair, "")}
    if not served:
        return {"suggested_family": None, "suggested_model": None, "gitlab_identifier": None, "marked": None} | entry
    family, model = discovery.suggest(ports(), draft.platform, draft.server, served)
    return {
        "suggested_family": family,
        "suggested_model": model,
        "gitlab_identifier": drafts.identifier_of(ports(), draft),
        "marked": beside_suggestion(family.value, endpoint_id, draft.model or (model.value if model else "")),
        **entry,
    }


def _conflict(form: EndpointForm, theirs: EndpointRecord) -> tuple[tuple[str, str, str], ...]:
    """Field, theirs and mine, where they differ once both are in their stored form."""
    mine = endpoints.check(ports(), form.draft(keep_key=True))
    own = {**{name: getattr(mine.draft, name) for name in _COMPARED}, "name": mine.draft.name.strip()}
    own |= {"base_url": mine.base_url, "identifier": mine.identifier.text, "owner": mine.draft.owner.strip()}
    own["quirks"] = sorted(own["quirks"])
    pairs = ((form[name].label.text, _told(name, getattr(theirs, name)), _told(name, own[name])) for name in _COMPARED)
    return tuple((label, other, mine) for label, other, mine in pairs if other != mine)


def _told(name: str, value: Any) -> str:
    """A value of the form in words."""
    facts = ports().facts
    if name == "headers":
        # Of theirs only the names are known, of mine what was typed.
        typed = value if isinstance(value, Mapping) else {}
        return ", ".join(f"{each} (a new value)" if typed.get(each) else each for each in sorted(value))
    if name == "quirks":
        return ", ".join(QUIRK_WORDS.get(each, each) for each in sorted(value))
    tables: dict[str, Mapping[str, Any]] = {
        "platform": facts.platforms,
        "server": facts.servers,
        "family": facts.families,
    }
    known = tables.get(name, {}).get(value)
    return str(known.label if known else value)


def copy_values(form: EndpointForm) -> dict[str, Any]:
    """A form's values for a copy: another name, no key, no version."""
    values: dict[str, Any] = {field.name: field.data for field in form if field.name not in ("version", "csrf_token")}
    return {**values, "name": f"{values['name'][: NAME_MAX - len(COPY)]}{COPY}", **dict.fromkeys(SECRETS)}


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
        *access_facts(record),
        ("Extra headers", ", ".join(record.headers)),
        ("For this server", ". ".join(QUIRK_WORDS.get(each, each) for each in record.quirks)),
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
