"""The help pages."""

import re

import pytest

from app.domain.roles import Actor
from tests.fixtures.portal import OpenWindow
from tests.fixtures.servers import ROOT


def test_help_says_what_the_words_mean_and_what_a_test_does(window_of: OpenWindow, vi: Actor) -> None:
    page = window_of(vi).get("/help")
    assert page.status_code == 200
    for words in ("Where to begin", "What a tier promises", "Look up the host name", "Who may do what"):
        assert words in page.text


@pytest.mark.parametrize(
    ("asked", "root"), [("light", ""), ("dark", "gl-dark"), ("auto", "gl-dark-scope"), ("x", "gl-dark-scope")]
)
def test_the_components_are_shown_in_the_theme_that_is_asked_for(
    window_of: OpenWindow, vi: Actor, asked: str, root: str
) -> None:
    assert f'<html lang="en" class="{root}">' in window_of(vi).get(f"/help/components?theme={asked}").text


def test_every_drawing_on_the_components_page_exists(window_of: OpenWindow, vi: Actor) -> None:
    page = window_of(vi).get("/help/components").text
    for sprite in ("vendor/icons.svg", "mark.svg"):
        used = set(re.findall(rf"{re.escape(sprite)}\?v=\w+#([\w-]+)", page))
        drawn = set(re.findall(r"\bid=\"([\w-]+)\"", (ROOT / "static" / sprite).read_text(encoding="utf-8")))
        assert used
        assert used <= drawn


def test_no_id_stands_twice_on_the_components_page(window_of: OpenWindow, vi: Actor) -> None:
    ids = re.findall(r"\sid=\"([^\"]+)\"", window_of(vi).get("/help/components").text)
    assert len(ids) > 60
    assert {name for name in ids if ids.count(name) > 1} <= {"dlg-title"}


def test_the_sample_form_is_refused_at_its_field_and_accepted_without_keeping_anything(
    window_of: OpenWindow, vi: Actor
) -> None:
    window = window_of(vi)
    refused = window.post("/help/components/dialog", data={"dialog-name": ""}, fragment=True)
    taken = window.post("/help/components/dialog", data={"dialog-name": "Mistral"}, fragment=True)
    assert (refused.status_code, "Give it a name." in refused.text) == (422, True)
    assert taken.status_code == 204
    assert "app:close-dialog" in taken.headers["HX-Trigger"]


def test_without_a_script_the_sample_form_is_the_components_page(window_of: OpenWindow, vi: Actor) -> None:
    response = window_of(vi).get("/help/components/dialog")
    assert (response.status_code, response.headers["Location"]) == (303, "/help/components#dialogs")
