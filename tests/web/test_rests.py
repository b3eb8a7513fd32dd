"""What pages say of endpoints that rest."""

import re
from dataclasses import replace
from datetime import timedelta

from app.domain.breaker import TESTED
from app.domain.roles import Actor
from app.lib import clock
from app.models.endpoint import Endpoint
from app.services import breakers
from app.services.ports import Ports
from app.web.filters import day
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint, assign, fall_back, note_change, rest


def test_an_endpoint_that_rests_needs_attention(window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor) -> None:
    chosen, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    assign(ports, ada, "duo_chat", chosen)
    fall_back(ports, "duo_chat", second)
    assert "rests" not in Page(window_of(vi).get("/")).words("attention")
    rest(ports, chosen)
    rest(ports, second, "connect_refused")
    page = Page(window_of(vi).get("/"))
    told = page.words("attention")
    assert re.search(
        r"second rests after failed calls Calls have left it alone since [\d:]{8} UTC\. The machine at this address "
        r"refuses the connection\. It is tried again at \d\d:\d\d:\d\d UTC\. Serves General Chat\..*"
        r"first rests after failed calls .* Its server answered with status 503\. .* Serves General Chat\.",
        told,
    ), told
    assert f"/endpoints/{chosen}" in page.links()


def test_a_rest_that_began_and_one_that_ended_are_changes(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, mended = add_endpoint(ports, ada, "rests"), add_endpoint(ports, ada, "mended")
    assign(ports, ada, "duo_chat", chosen)
    for _ in range(2):
        rest(ports, mended)
        with ports.store.write() as session:
            breakers.close(ports, session, session.get_one(Endpoint, mended), TESTED)
    note_change(ports, mended, "failed", "passed", days=1, summary="7 steps passed.")
    rest(ports, chosen)
    told = Page(window_of(ada).get("/")).words("changes")
    assert re.search(
        r"rests Called → became Resting just now Its server answered with status 503\. Serves General Chat\. "
        r"mended Resting → became Called just now It passed a test\. Rested 2 times\. mended Failed → became Passed",
        told,
    ), told


def test_an_endpoint_that_rests_says_until_when_and_why(
    window_of: OpenWindow, ports: Ports, vi: Actor, ada: Actor
) -> None:
    chosen, window = add_endpoint(ports, ada), window_of(vi)
    assert Page(window.get(f"/endpoints/{chosen}")).words("rest") == ""
    rest(ports, chosen)
    told = Page(window.get(f"/endpoints/{chosen}")).words("rest")
    assert re.search(
        r"Resting until [\d:]{8} UTC Its server answered with status 503\. Calls have left it alone "
        r"since [\d:]{8} UTC\.",
        told,
    ), told
    assert "Resting" in Page(window.get("/endpoints")).words(f"row-{chosen}")


def test_a_rest_that_is_over_waits_for_the_next_call(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    rest(replace(ports, clock=lambda: clock.now() - timedelta(days=1)), chosen)
    yesterday = day(clock.now() - timedelta(days=1))
    window = window_of(ada)
    told = Page(window.get(f"/endpoints/{chosen}")).words("rest")
    assert "Resting until the next call" in told
    assert f"since {yesterday}, " in told
    assert "The next call tries it again." in Page(window.get("/")).words("attention")
