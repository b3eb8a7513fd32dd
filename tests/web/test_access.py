"""Who reaches what: every route says it, and nothing is open that did not say so."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.services.ports import Ports
from app.web import access
from app.web.access import SIGNED_IN, declared
from tests.fixtures.pages import row_counts
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint


def outcome(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Location", "").partition("?")[0]


@pytest.mark.parametrize(
    "path", ["/", "/endpoints", "/endpoints/new", "/no/such/page", "/endpoints/x/y/z", "/features"]
)
def test_a_stranger_is_led_to_sign_in_from_every_page_known_or_not(window_of: OpenWindow, path: str) -> None:
    answer = window_of(None).get(path)
    assert outcome(answer) == (302, "/auth/login")
    assert f"next={path}" in answer.headers["Location"].replace("%2F", "/")


def test_scripts_and_htmx_are_told_401_instead(window_of: OpenWindow) -> None:
    stranger = window_of(None)
    asked = stranger.get("/endpoints", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json) == (401, {"title": "Sign in to go on.", "status": 401})
    part = stranger.get("/endpoints", fragment=True)
    assert (part.status_code, part.headers["HX-Retarget"], part.headers["HX-Reswap"]) == (401, "#session", "innerHTML")
    assert "What you typed is still here" in part.text


def test_a_stranger_who_posts_is_told_to_sign_in_and_changes_nothing(
    window_of: OpenWindow, ports: Ports, ed: Actor
) -> None:
    endpoint_id = add_endpoint(ports, ed)
    before = row_counts(ports)
    stranger = window_of(None)
    for address in ("/endpoints", f"/endpoints/{endpoint_id}/edit", f"/endpoints/{endpoint_id}/delete", "/nowhere"):
        assert stranger.post(address, data={"name": "x"}).status_code == 401
        assert stranger.post(address, data={"name": "x"}, fragment=True).status_code == 401
    assert row_counts(ports) == before


def test_a_viewer_is_told_which_role_an_action_takes(window_of: OpenWindow, vi: Actor) -> None:
    answer = window_of(vi).get("/endpoints/new")
    assert answer.status_code == 403
    assert "This needs the role editor; you are signed in as viewer." in answer.text


def test_an_unknown_page_is_404_for_who_is_signed_in(window_of: OpenWindow, vi: Actor) -> None:
    assert window_of(vi).get("/no/such/page").status_code == 404


def test_a_view_that_declares_nothing_is_open_to_nobody(app: Flask, window_of: OpenWindow, ada: Actor) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert window_of(ada).get("/forgotten").status_code == 403
    assert outcome(window_of(None).get("/forgotten")) == (302, "/auth/login")


def test_the_marks_are_read_from_the_views(app: Flask) -> None:
    @access.signed_in
    def mine() -> str:
        return ""

    app.add_url_rule("/mine", "mine", mine)
    assert declared(app, "mine") == SIGNED_IN
    assert declared(app, "endpoints.delete") == "admin"
    assert declared(app, "health.livez") == declared(app, "static") == "public"
    assert declared(app, "no.such.view") is None


def test_an_address_with_a_nul_is_no_address_of_ours(window_of: OpenWindow, vi: Actor) -> None:
    for address in ("/endpoints/a%00b", "/endpoints?q=%00", "/auth/login?next=/%00"):
        assert window_of(vi).get(address).status_code == 400


@pytest.mark.parametrize("name", ["localhost", "evil.example", "127.0.0.1.evil.example"])
def test_another_name_of_the_portal_leads_to_its_own_and_takes_no_form(window_of: OpenWindow, name: str) -> None:
    stranger = window_of(None)
    port = stranger.origin.rpartition(":")[2]
    asked = stranger.get("/endpoints?q=a%20b", base_url=f"http://{name}:{port}")
    assert (asked.status_code, asked.headers["Location"]) == (302, f"{stranger.origin}/endpoints?q=a%20b")
    assert stranger.post("/endpoints", base_url=f"http://{name}:{port}").status_code == 421
    assert stranger.get("/livez", base_url=f"http://{name}:{port}").status_code == 200
