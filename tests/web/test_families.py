"""The pages of prompt families."""

import re

import pytest

from app.data.loader import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import UNLISTED, add_endpoint, assign


def test_the_family_that_is_tied_to_no_model_stands_first(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    page = window_of(vi).get("/families").text
    slugs = re.findall(r'<tr id="(\w+)">', page)
    assert slugs[0] == "other"
    assert sorted(slugs) == sorted(facts.families)
    assert "works with any model" in page


def test_every_family_has_its_page(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    window = window_of(vi)
    for family in facts.families.values():
        page = window.get(f"/families/{family.slug}")
        assert page.status_code == 200
        assert f"<h1>{family.label}</h1>" in page.text
        assert f"<code>{family.gitlab_name}</code>" in page.text


def test_a_page_says_what_the_family_does_to_a_request(window_of: OpenWindow, vi: Actor) -> None:
    page = window_of(vi).get("/families/codestral").text
    for words in (
        "codestral, then mistral, then base",
        "128,000",
        "&lt;s&gt;[SUFFIX]{suffix}[PREFIX]{prefix}",
        "[MIDDLE]",
    ):
        assert words in page
    assert "Left in the answer" in page
    assert "Taken out of the answer" in window_of(vi).get("/families/qwen").text


def test_a_page_says_where_gitlab_takes_the_family_and_what_suggests_it(window_of: OpenWindow, vi: Actor) -> None:
    mistral, other = (window_of(vi).get(f"/families/{slug}").text for slug in ("mistral", "other"))
    assert (mistral.count("Takes it"), mistral.count("May refuse it")) == (16, 2)
    assert (other.count("Takes it"), other.count("May refuse it")) == (18, 0)
    assert "<code>ministral</code>" in mistral
    assert "When no rule of another family knows the served name." in other


def test_endpoints_and_features_of_a_family_are_counted_and_listed(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    chosen = add_endpoint(ports, ada, "<b>Bold</b>", **UNLISTED)
    assign(ports, ada, "duo_chat", chosen)
    window = window_of(vi)
    assert "1 endpoint, 1 feature" in window.get("/families").text
    page = window.get("/families/other").text
    assert f'href="/endpoints/{chosen}">&lt;b&gt;Bold&lt;/b&gt;</a>' in page


@pytest.mark.parametrize("slug", ["general", "Mistral", "%3Cscript%3E"])
def test_an_unknown_family_is_not_found(window_of: OpenWindow, vi: Actor, slug: str) -> None:
    assert window_of(vi).get(f"/families/{slug}").status_code == 404
