"""Testing what is stored: the result is kept, watched from anywhere, and everything can be tested at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.cli.model_server import ModelServer
from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.queries import probes as probe_query
from app.queries.endpoints import Filter, page_of
from app.services import endpoints, probes
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import wait_for
from tests.fakes.probe import KEY, draft_at
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def save(ports: Ports, actor: Actor, url: str, name: str = "Endpoint alpha") -> str:
    return endpoints.create(ports, actor, replace(draft_at(url), name=name, api_key=KEY))


def verdicts(ports: Ports) -> dict[str, str]:
    return {row.name: row.verdict for row in page_of(ports.store, Filter()).rows if not row.running}


def test_the_result_is_kept_with_its_history(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(api_key=KEY) as server:
        endpoint_id = save(ports, ed, server.url)
        window.post(f"/endpoints/{endpoint_id}/test", fragment=True)
        wait_for(lambda: verdicts(ports) == {"Endpoint alpha": "passed"})
        server.behave(Fault.SERVER_ERROR)
        window.post(f"/endpoints/{endpoint_id}/test", fragment=True)
        wait_for(lambda: verdicts(ports) == {"Endpoint alpha": "failed"})
    assert [each.verdict for each in probe_query.history(ports.store, endpoint_id)] == ["failed", "passed"]
    assert "The server failed while it worked on the request" in window.get(f"/endpoints/{endpoint_id}").text


def test_everything_is_tested_at_once_and_a_dead_one_delays_nothing(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(Fault.HANG) as dead, FaultServer() as alive:
        for number in range(6):
            save(ports, ed, dead.url, f"Dead {number}")
            save(ports, ed, alive.url.replace("127.0.0.1", "localhost"), f"Alive {number}")
        assert window.post("/endpoints/test-all", fragment=True).status_code == 200
        wait_for(lambda: list(verdicts(ports).values()) == ["passed"] * 6)
        rows = page_of(ports.store, Filter()).rows
        for row in rows:
            if row.running:
                window.post(f"/probes/{row.running}/stop", data={"row": "y"}, fragment=True)
        wait_for(lambda: len(verdicts(ports)) == 12, 3)
    assert sorted(verdicts(ports).values()) == ["passed"] * 6 + ["unknown"] * 6


def test_a_viewer_watches_and_neither_starts_nor_stops(
    window_of: OpenWindow, ports: Ports, ed: Actor, vi: Actor
) -> None:
    with FaultServer(Fault.HANG) as server:
        endpoint_id = save(ports, ed, server.url)
        window_of(ed).post(f"/endpoints/{endpoint_id}/test")
        running = probe_query.latest(ports.store, endpoint_id)
        assert running
        viewer = window_of(vi)
        page = viewer.get(f"/probes/{running.id}")
        assert page.status_code == 200
        assert "Try the key" in page.text
        assert viewer.post(f"/probes/{running.id}/stop").status_code == 403
        assert viewer.post(f"/endpoints/{endpoint_id}/test").status_code == 403
        assert viewer.post("/endpoints/test-all").status_code == 403


def test_pressing_twice_tests_once(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(Fault.HANG) as server:
        endpoint_id = save(ports, ed, server.url)
        for _ in range(2):
            assert 'id="test"' in window.post(f"/endpoints/{endpoint_id}/test", fragment=True).text
        assert len(probe_query.history(ports.store, endpoint_id)) == 1


def test_a_row_that_a_dead_process_left_running_comes_to_its_end(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = save(ports, ed, "http://127.0.0.1:9/v1")
    long_ago = replace(ports, clock=lambda: ports.clock() - timedelta(minutes=1))
    probes.start_saved(long_ago, ed, [endpoint_id])
    assert "hx-get" in window.get(f"/endpoints/{endpoint_id}/row", fragment=True).text
    wait_for(lambda: verdicts(ports) == {"Endpoint alpha": "unknown"}, 2)
    assert "hx-get" not in window.get(f"/endpoints/{endpoint_id}/row", fragment=True).text


def test_the_good_copy_passes_and_three_wrong_ones_say_what_is_wrong(
    window: Window, ports: Ports, ed: Actor, model_server_with_key: ModelServer
) -> None:
    server = model_server_with_key
    good = EndpointDraft(
        "Good", server="llama_cpp", base_url=server.url, identifier=server.served_name, api_key=server.api_key
    )
    wrong_key = replace(good, name="Wrong key", api_key="sk-of-somebody-else")
    no_v1 = replace(good, name="No /v1", base_url=server.url.removesuffix("/v1"))
    other_name = replace(good, name="Other name", identifier="tiny")
    ids = [endpoints.create(ports, ed, each) for each in (good, wrong_key, no_v1, other_name)]
    window.post("/endpoints/test-all")
    wait_for(lambda: len(verdicts(ports)) == 4, 30)
    said = [found.summary for each in ids if (found := probe_query.latest(ports.store, each))]
    assert list(verdicts(ports).values()) == ["passed", "failed", "warned", "failed"]
    assert said[0] == "7 steps passed."
    assert said[1].startswith("The server does not accept the key")
    assert said[2].startswith("Nothing answers at this path, but the model server does at the same address with /v1")
    assert said[3].startswith("The server was asked for tiny and answers as tiny-random")


def test_the_cure_of_a_stored_endpoint_opens_its_form_filled_in(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(api_key=KEY) as server:
        endpoint_id = save(ports, ed, server.origin)
        window.post(f"/endpoints/{endpoint_id}/test")
        wait_for(lambda: verdicts(ports) == {"Endpoint alpha": "failed"})
        links = Page(window.get(f"/endpoints/{endpoint_id}")).links()
        [cure] = [each for each in links if "fix=" in each]
        assert Page(window.get(cure)).value("base_url") == server.url
