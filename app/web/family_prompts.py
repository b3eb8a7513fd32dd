"""Prompts in the open: what a family sends for a feature, and what another family would change."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request

from app.domain.errors import Invalid, NotFound, Unavailable
from app.domain.families import GENERAL, Family
from app.domain.features import Feature
from app.domain.prompts import FeaturePrompt
from app.domain.roles import Role
from app.queries.endpoint_names import endpoint_names
from app.queries.prompt_files import prompt_files
from app.services.comparisons import compare
from app.services.previews import Preview, preview
from app.web import htmx
from app.web.access import needs
from app.web.blanks import MOST_MARKED
from app.web.context import ports
from app.web.feature_pages import known
from app.web.forms.prompt_inputs import InputsForm

family_prompts = Blueprint("family_prompts", __name__, url_prefix="/families/<slug>")

ANY_ENDPOINT = ("", "Any endpoint: nothing is reshaped")


@family_prompts.get("/prompts/<name>")
@needs(Role.VIEWER)
def show(slug: str, name: str) -> Response:
    """What is sent for a feature, with the sample."""
    family, feature, endpoint = load(slug), known(name), request.args.get("endpoint", "")[:64]
    try:
        prompt = ports().facts.prompts.of(name)
        shown = preview(ports(), name, family, endpoint=endpoint)
    except Unavailable as error:
        return _page(family, feature, problem=error.message)
    return _page(family, feature, prompt, InputsForm(prompt), shown, endpoint=endpoint)


@family_prompts.post("/prompts/<name>")
@needs(Role.VIEWER)
def render(slug: str, name: str) -> Response:
    """The same with what was typed; nothing of it is stored."""
    # No id holds a NUL, and PostgreSQL takes none even to compare with.
    family, feature, endpoint = load(slug), known(name), request.form.get("endpoint", "")[:64].replace("\0", "?")
    try:
        prompt = ports().facts.prompts.of(name)
        form = InputsForm(prompt)
        shown = preview(ports(), name, family, form.given, endpoint)
    except Unavailable as error:
        return _page(family, feature, problem=error.message)
    except Invalid as error:
        form.take(error.fields)
        response = _page(family, feature, prompt, form, endpoint=endpoint, status=422)
        return htmx.retarget(response, "#inputs", "outerHTML") if htmx.wants_fragment() else response
    return htmx.toast(_page(family, feature, prompt, form, shown, endpoint=endpoint), "Shown with your input.")


@family_prompts.get("/changes")
@needs(Role.VIEWER)
def changes(slug: str) -> Response:
    """For which features the family asks in another way than one that is chosen to compare with."""
    facts, family, before = ports().facts, load(slug), _before(slug)
    return htmx.page_or_fragment(
        "families/changes.html",
        "families/_changes.html",
        family=family,
        before=before,
        others=_others(family),
        sections=[
            (section, [(each, compare(ports(), each.name, before, family)) for each in found])
            for section, found in facts.by_section()
        ],
    )


@family_prompts.get("/changes/<name>")
@needs(Role.VIEWER)
def change(slug: str, name: str) -> Response:
    """What the family changes for one feature: text line by line, and parameters."""
    family, feature, before = load(slug), known(name), _before(slug)
    return htmx.page_or_fragment(
        "families/change.html",
        "families/_change.html",
        family=family,
        before=before,
        others=_others(family),
        feature=feature,
        comparison=compare(ports(), name, before, family),
    )


def load(slug: str) -> Family:
    """The family; raises NotFound."""
    family = ports().facts.families.get(slug)
    if family is None:
        raise NotFound("There is no such prompt family.")
    return family


def try_address(feature: str = "", family: str = "", endpoint: str = "") -> str:
    """Where a feature's prompt is tried live, with what is known filled in."""
    known_values = {"feature": feature, "family": family, "endpoint": endpoint}
    return "/tries/new?" + urlencode({name: value for name, value in known_values.items() if value})


def _before(slug: str) -> Family:
    """The family that is compared with; without a choice the general one, or the first where that is looked at."""
    asked = request.args.get("from", "")
    if asked:
        return load(asked)
    families = ports().facts.families
    return families[GENERAL] if slug != GENERAL else next(iter(families.values()))


def _others(family: Family) -> list[tuple[str, str]]:
    return [(each.slug, each.label) for each in ports().facts.families.values() if each is not family]


def _page(
    family: Family,
    feature: Feature,
    prompt: FeaturePrompt | None = None,
    form: InputsForm | None = None,
    shown: Preview | None = None,
    *,
    endpoint: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    """The page, or of it for htmx what changes; without a preview the fields that were refused alone."""
    part = "families/_prompt.html" if shown or problem else "families/_inputs.html"
    return htmx.page_or_fragment(
        "families/prompt.html",
        part,
        status,
        family=family,
        feature=feature,
        prompt=prompt,
        form=form,
        shown=shown,
        problem=problem,
        endpoint=endpoint,
        endpoints=[ANY_ENDPOINT, *((each.id, each.name) for each in endpoint_names(ports().store))],
        files=prompt_files(ports().facts, feature.name, family),
        own_input=request.method == "POST",
        most_marked=MOST_MARKED,
        try_link=try_address(feature.name, family.slug, endpoint),
    )
