"""Light, dark, or as the system has it."""

import pytest

from app.domain.roles import Actor
from tests.fixtures.portal import OpenWindow


@pytest.mark.parametrize(
    ("theme", "root"), [("light", ""), ("dark", "gl-dark"), ("auto", "gl-dark-scope"), ("pink", "gl-dark-scope")]
)
def test_the_choice_is_remembered_and_the_page_comes_back(
    window_of: OpenWindow, vi: Actor, theme: str, root: str
) -> None:
    window = window_of(vi)
    response = window.post("/theme", data={"theme": theme}, headers={"Referer": f"{window.origin}/help"})
    assert (response.status_code, response.headers["Location"]) == (303, f"{window.origin}/help")
    assert f'<html lang="en" class="{root}">' in window.get("/help").text


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(window_of: OpenWindow, vi: Actor) -> None:
    cookie = window_of(vi).post("/theme", data={"theme": "dark"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("referrer", ["https://evil.example/help", "", "//evil.example"])
def test_the_way_back_never_leads_to_another_site(window_of: OpenWindow, vi: Actor, referrer: str) -> None:
    response = window_of(vi).post("/theme", data={"theme": "dark"}, headers={"Referer": referrer})
    assert response.headers["Location"] == "/"


def test_htmx_is_told_the_new_classes_and_stays_where_it_is(window_of: OpenWindow, vi: Actor) -> None:
    response = window_of(vi).post("/theme", data={"theme": "dark"}, fragment=True)
    assert response.status_code == 204
    assert response.headers["HX-Trigger"] == '{"app:theme": {"theme": "dark", "names": "gl-dark"}}'


def test_a_made_up_cookie_is_the_same_as_none(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    window.set_cookie("mp_theme", '"><script>', domain="127.0.0.1")
    assert '<html lang="en" class="gl-dark-scope">' in window.get("/help").text
