"""The page of the GitLab instance where none is connected: it says exactly what to do."""

import pytest

from app.domain.roles import Actor
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow

SAID = ("MODELPORT_GITLAB_URL", "MODELPORT_GITLAB_TOKEN", "MODELPORT_GITLAB_TOKEN_FILE", "administrator", "scope api")


def test_it_says_which_token_and_which_settings(window_of: OpenWindow, vi: Actor) -> None:
    said = Page(window_of(vi).get("/instance")).words("main")
    assert [
        each
        for each in (*SAID, "Everything else works without", "expires", "Start Modelport again")
        if each not in said
    ] == []


@pytest.mark.parametrize("path", ["/instance/read", "/instance/health", "/instance/scope", "/instance/apply"])
def test_nothing_can_be_begun(window_of: OpenWindow, ada: Actor, path: str) -> None:
    answer = window_of(ada).post(path, data={"scope": "all"})
    assert (answer.status_code, "No GitLab instance is connected" in answer.text) == (409, True)


def test_there_is_no_plan(window_of: OpenWindow, vi: Actor) -> None:
    answer = window_of(vi).get("/instance/plan")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/instance")
