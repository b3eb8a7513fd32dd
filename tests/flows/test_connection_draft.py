"""Testing what is typed into the form: nothing of it is kept, and a cure is one click away."""

import time
from typing import Any

import pytest

from app.domain.roles import Actor
from app.queries import counts
from app.services import probes
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import MARKUP, Fault, Place
from tests.fakes.probe import KEY, target_at
from tests.fixtures.pages import Page, everything_stored
from tests.fixtures.portal import OpenWindow, Window

DRAFT = "/endpoints/draft"
Form = dict[str, Any]


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def typed(server: FaultServer, **more: Any) -> Form:
    form = {"platform": "openai_compatible", "server": "vllm", "family": "other", "name": "New"}
    return {**form, "base_url": server.url, "identifier": "alpha", "api_key": KEY, **more}


def panel_of(answer: Any) -> tuple[str, Page]:
    """Where the panel asks again, "" once it is done, and the panel."""
    page = Page(answer)
    return page.by_id("test").get("hx-get", ""), page


def until_done(window: Window, answer: Any) -> Page:
    """Ask again as the panel does, until it no longer does."""
    address, page = panel_of(answer)
    for _ in range(200):
        if not address:
            return page
        time.sleep(0.05)
        address, page = panel_of(window.get(address, fragment=True))
    raise AssertionError("the panel never came to its end")


def test_a_good_form_is_tested_and_nothing_of_it_stored(window: Window, ports: Ports) -> None:
    with FaultServer(api_key=KEY) as server:
        answer = window.post(f"{DRAFT}/test", data=typed(server), fragment=True)
        page = until_done(window, answer)
    assert "The answer came in 5 pieces" in page.words("test")
    assert counts.endpoints(ports.store) == 0
    assert KEY not in everything_stored(ports)


def test_a_cure_is_put_into_the_form_which_then_tests_itself(window: Window) -> None:
    with FaultServer() as server:
        form = typed(server, base_url=server.origin)
        page = until_done(window, window.post(f"{DRAFT}/test", data=form, fragment=True))
        assert f"Use {server.url}" in page.words("test")
        cure = {"fix_field": "base_url", "fix_value": server.url}
        cured = window.post(f"{DRAFT}/form", data={**form, **cure}, fragment=True)
        assert Page(cured).value("base_url") == server.url
        assert "app:test" in cured.headers["HX-Trigger"]
        form["base_url"] = Page(cured).value("base_url")
        page = until_done(window, window.post(f"{DRAFT}/test", data=form, fragment=True))
    assert "5 pieces" in page.words("test")


def test_stop_ends_it_and_the_server_sees_it(window: Window) -> None:
    with FaultServer(Fault.HANG) as server:
        address, _ = panel_of(window.post(f"{DRAFT}/test", data=typed(server), fragment=True))
        server.wait_for(1)
        answer = window.post(f"{address}/stop", fragment=True)
        assert server.connections[-1].wait_until_closed(2)
        assert "The test was stopped" in until_done(window, answer).words("test")


def test_without_a_script_the_test_has_a_page_of_its_own(window: Window) -> None:
    with FaultServer() as server:
        answer = window.post(f"{DRAFT}/test", data=typed(server))
        assert answer.status_code == 303
        page = window.get(answer.headers["Location"])
        until = time.monotonic() + 20
        while "http-equiv" in page.text and time.monotonic() < until:
            time.sleep(0.05)
            page = window.get(answer.headers["Location"])
    assert "The answer came in 5 pieces" in page.text


def test_nobody_else_sees_or_stops_an_unsaved_test(window: Window, window_of: OpenWindow, ada: Actor) -> None:
    with FaultServer(Fault.HANG) as server:
        address, _ = panel_of(window.post(f"{DRAFT}/test", data=typed(server), fragment=True))
        other = window_of(ada)
        assert other.get(address).status_code == 404
        assert other.post(f"{address}/stop").status_code == 404
        window.post(f"{address}/stop")


def test_a_viewer_tests_nothing(window_of: OpenWindow, vi: Actor) -> None:
    with FaultServer() as server:
        for act in ("test", "models"):
            assert window_of(vi).post(f"{DRAFT}/{act}", data=typed(server)).status_code == 403
        assert server.requests == []


def test_the_sixty_first_test_of_a_minute_is_told_when_to_come_back(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer() as server:
        for _ in range(59):
            probes.start_draft(ports, ed, target_at(server.url))
        assert window.post(f"{DRAFT}/test", data=typed(server), fragment=True).status_code == 200
        refused = window.post(f"{DRAFT}/test", data=typed(server), fragment=True)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("act", ["test", "models"])
def test_names_full_of_markup_are_text_on_the_page(window: Window, act: str) -> None:
    with FaultServer(Fault.MARKUP_NAMES, models=("beta",)) as server:
        server.also(Fault.NO_MODEL, at=Place.CHAT)
        answer = window.post(f"{DRAFT}/{act}", data=typed(server, identifier="gamma"), fragment=True)
        page = until_done(window, answer) if act == "test" else Page(answer)
    assert not [each for each in page.tree.iter() if each.tag in ("script", "img", "svg")]
    assert not [each for each in page.tree.iter() if each.get("hx-get") == "/auth/logout"]
    if act == "models":
        assert MARKUP[0] in page.words("models")


FAULTS = (
    Fault.HTML,
    Fault.MARKUP_REPLY,
    Fault.HALF_STREAM,
    Fault.HUGE_BODY,
    Fault.ERROR_IN_200,
    Fault.REDIRECT,
    Fault.CHUNK_GARBAGE,
)


def test_whatever_a_server_does_the_panel_comes_to_its_end(window: Window) -> None:
    with FaultServer(redirect_to="https://elsewhere.example/<script>") as server:
        for fault in FAULTS:
            server.behave(fault)
            page = until_done(window, window.post(f"{DRAFT}/test", data=typed(server), fragment=True))
            assert not [each for each in page.tree.iter() if each.tag in ("script", "img", "svg")], fault
            found = window.post(f"{DRAFT}/models", data=typed(server), fragment=True)
            assert found.status_code == 200, fault
