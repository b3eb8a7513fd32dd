"""The page for a new key."""

import pytest

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.queries import probes as probe_query
from app.services import endpoints
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

OLD, NEW = "sk-the-old-key-of-the-tests", "sk-the-new-key-of-the-tests"


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def add(ports: Ports, actor: Actor, server: FaultServer, name: str) -> str:
    return endpoints.create(
        ports, actor, EndpointDraft(name=name, server="vllm", base_url=server.url, identifier="alpha", api_key=OLD)
    )


def test_those_that_share_the_key_are_listed_and_ticked(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer() as server:
        one, two = (add(ports, ed, server, name) for name in ("First", "Second"))
    page = Page(window.get(f"/endpoints/{one}/key"))
    ticked = [each.get("value") for each in page.controls("endpoints") if each.get("checked") is not None]
    assert ticked == [one, two]
    assert OLD not in page.text


def test_a_key_that_is_taken_is_stored_and_tested(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(api_key=NEW) as server:
        endpoint_id = add(ports, ed, server, "First")
        sent = {"api_key": NEW, "endpoints": [endpoint_id], f"version-{endpoint_id}": "1"}
        answer = window.post(f"/endpoints/{endpoint_id}/key", data=sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/endpoints/{endpoint_id}")
        assert probe_query.latest(ports.store, endpoint_id) is not None


def test_a_refused_key_is_explained_and_not_echoed(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(api_key="sk-quite-another-key-of-the-tests") as server:
        endpoint_id = add(ports, ed, server, "First")
        sent = {"api_key": NEW, "endpoints": [endpoint_id], f"version-{endpoint_id}": "1"}
        answer = window.post(f"/endpoints/{endpoint_id}/key", data=sent, fragment=True)
    page = Page(answer)
    assert answer.status_code == 422
    assert "nothing was stored" in page.words("key")
    assert NEW not in page.text


@pytest.mark.parametrize(("sent", "status"), [({"api_key": "", "version": "1"}, 422), ({"api_key": NEW}, 422)])
def test_what_is_missing_is_told_at_its_field(
    window: Window, ports: Ports, ed: Actor, sent: dict[str, str], status: int
) -> None:
    with FaultServer() as server:
        endpoint_id = add(ports, ed, server, "First")
    ticked = {"endpoints": [endpoint_id], f"version-{endpoint_id}": sent["version"]} if "version" in sent else {}
    answer = window.post(f"/endpoints/{endpoint_id}/key", data={**ticked, "api_key": sent["api_key"]})
    assert answer.status_code == status
    assert "invalid-feedback" in answer.text


def test_a_stale_page_is_told_so(window: Window, ports: Ports, ed: Actor) -> None:
    with FaultServer(api_key=NEW) as server:
        endpoint_id = add(ports, ed, server, "First")
        sent = {"api_key": NEW, "endpoints": [endpoint_id], f"version-{endpoint_id}": "7"}
        assert window.post(f"/endpoints/{endpoint_id}/key", data=sent).status_code == 409
