"""Every page is walked: its forms carry their token, its links lead somewhere, its labels belong to something."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.services import api_tokens, assignments, catalogue_seed, endpoints, probes
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, attest, judge

MOST_PAGES = 150
# The JSON API's names for an endpoint's fields, which the form's controls carry.
API_NAMES = {"name", "platform", "server", "base_url", "identifier", "family", "model", "owner", "api_key"}
CONTROLS = ("input", "select", "textarea")
# There is a page for each family and feature, and for each entry of the catalogue; a few of them stand for all.
OF_PROMPTS = re.compile(r"/families/\w+/(?:prompts|changes)")
OF_CATALOGUE = re.compile(r"/catalogue[/?]|/endpoints/new\?platform")
MOST_OF_PROMPTS = 12
MOST_OF_CATALOGUE = 20
CODE = ("pre", "textarea", "code")
VERBS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def furnished(ports: Ports, ada: Actor) -> None:
    """Something of everything, so that every page has something to show."""
    used, off = (
        add_endpoint(ports, ada, "used", api_key="sk-x", owner="Team"),
        add_endpoint(ports, ada, "off", **UNLISTED),
    )
    assign(ports, ada, "duo_chat", used)
    attest(ports, ada, used, "EU", days=9)
    behind = (Link(off),)
    assignments.change(ports, ada, Change("code_completions", 0, State.ENDPOINT, used, True, "other", behind))
    assignments.change(ports, ada, Change("code_generations", 0, State.MANAGED))
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    probes.start_saved(ports, ada, [used])
    judge(ports, off, "failed")
    api_tokens.create(ports, ada, TokenDraft("of the tests", "viewer"))
    catalogue_seed.seed(ports)


def reach(window: Window) -> Iterator[tuple[str, Page]]:
    """Every page that links lead to from the overview, but the samples of components, which lead nowhere."""
    waiting, seen, of_prompts, of_catalogue = ["/"], {"/", "/help/components"}, 0, 0
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        answer = window.get(address)
        assert answer.status_code in (200, 204, 302, 303), f"{address} answers {answer.status_code}"
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        page = Page(answer)
        yield address, page
        for each in page.tree.iter("a"):
            link = _inside(each.get("href", ""), address)
            if link and link not in seen:
                of_prompts += bool(OF_PROMPTS.match(link))
                if OF_PROMPTS.match(link) and of_prompts > MOST_OF_PROMPTS:
                    continue
                of_catalogue += bool(OF_CATALOGUE.match(link))
                if OF_CATALOGUE.match(link) and of_catalogue > MOST_OF_CATALOGUE:
                    continue
                seen.add(link)
                waiting.append(link)


def _inside(href: str, here: str) -> str:
    parts = urlsplit(href)
    if parts.scheme or parts.netloc or parts.path.startswith("/auth/"):
        return ""
    path = parts.path or urlsplit(here).path
    return path + (f"?{parts.query}" if parts.query else "")


def forms_of(page: Page) -> Iterator[Element]:
    yield from (each for each in page.tree.iter("form") if each.get("method", "get").lower() == "post")


def tokens(page: Page) -> Iterator[str]:
    """A form that changes something carries its token."""
    for form in forms_of(page):
        if "csrf_token" not in {each.get("name") for each in form.iter()}:
            yield f"a form to {form.get('action')} has no token"


def ids(page: Page) -> Iterator[str]:
    """No two elements share an id."""
    count = Counter(each.get("id") for each in page.tree.iter() if each.get("id"))
    yield from (f"{number} elements are called {name}" for name, number in count.items() if number > 1)


def references(page: Page) -> Iterator[str]:
    """What names another element names one that is there."""
    known = {each.get("id") for each in page.tree.iter()}
    for each in page.tree.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "popovertarget", "commandfor", "form"):
            for name in (each.get(attribute) or "").split():
                if name not in known:
                    yield f"{attribute} names {name}"


def requests(page: Page) -> Iterator[str]:
    """What htmx sends has its nonce and a target that is there."""
    known = {each.get("id") for each in page.tree.iter()}
    for each in page.tree.iter():
        if any(each.get(f"hx-{verb}") for verb in VERBS):
            target = each.get("hx-target", "this")
            if not each.get("hx-nonce"):
                yield f"{each.tag} {each.attrib} has no nonce"
            if target.startswith("#") and target[1:] not in known:
                yield f"nothing is called {target}"


def labels(page: Page) -> Iterator[str]:
    """A control has a name for who cannot see."""
    labelled = {each.get("for") for each in page.tree.iter("label")}
    inside = {control for label in page.tree.iter("label") for control in label.iter()}
    shown = (each for each in page.tree.iter() if each.tag in CONTROLS and each.get("type") != "hidden")
    for each in shown:
        if not (each.get("id") in labelled or each in inside or each.get("aria-label")):
            yield f"{each.get('name')} has no label"


def words(page: Page) -> Iterator[str]:
    """No text that only a program would say, but in code: prompts and their samples hold it."""
    code = {text for tag in CODE for each in page.by_id("main").iter(tag) for text in each.itertext()}
    text = " ".join(" ".join(each for each in page.by_id("main").itertext() if each not in code).split())
    for found in re.finditer(r"\b(?:None,|True|False|Undefined|TODO|datetime|object at 0x)\b|\{\{|\{%|\[\]|\(\)", text):
        yield text[max(0, found.start() - 40) : found.end() + 20]


CHECKS = (tokens, ids, references, requests, labels, words)


@pytest.mark.parametrize(("login", "pages"), [("vi", 20), ("ed", 25), ("ada", 30)])
@pytest.mark.usefixtures("furnished")
def test_every_page_that_a_person_can_reach_is_whole(
    window_of: OpenWindow, request: pytest.FixtureRequest, login: str, pages: int
) -> None:
    reached = dict(reach(window_of(request.getfixturevalue(login))))
    assert {"/", "/endpoints", "/features", "/families", "/help"} <= set(reached)
    assert len(reached) >= pages
    faults = [f"{address}: {each}" for address, page in reached.items() for check in CHECKS for each in check(page)]
    assert faults == []


@pytest.mark.usefixtures("furnished")
def test_a_viewer_is_shown_no_form_that_changes_what_is_not_theirs(window_of: OpenWindow, vi: Actor) -> None:
    actions = {form.get("action", "") for _, page in reach(window_of(vi)) for form in forms_of(page)}
    # What is typed to see a prompt with it is not stored, and votes and comments are theirs.
    own = {each for each in actions if OF_PROMPTS.match(each) or "/votes/" in each or each.endswith("/comments")}
    assert own
    assert actions - own <= {"/theme", "/auth/logout", "/settings/identity"}


def test_the_endpoints_form_speaks_the_names_of_the_api(window_of: OpenWindow, ed: Actor) -> None:
    page = Page(window_of(ed).get("/endpoints/new"))
    assert {name for name in API_NAMES if page.controls(name)} == API_NAMES


def test_the_checks_see_what_they_look_for() -> None:
    broken = Page(
        '<main id="main"><form method="post" action="/x"><input name="a"></form><p id="main">{{ x }}</p>'
        '<button hx-get="/y" hx-target="#gone" aria-describedby="nothing">x</button></main>'
    )
    assert [len(list(check(broken))) for check in (tokens, references, requests, labels)] == [1, 1, 2, 1]
    assert list(ids(broken)) == ["2 elements are called main"]
