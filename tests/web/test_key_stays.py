"""A stored key is never sent to a changed host, by whichever door somebody tries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from app.domain.roles import Actor, Role
from app.queries import endpoints as query
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.pages import as_form, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.served import SERVER_KEY, stored

SAID = "The address leads to another host now, so the stored key is not sent there. Type the key again."


@pytest.fixture
def home() -> Iterator[FaultServer]:
    """Where the key belongs."""
    with FaultServer(models=("alpha",), api_key=SERVER_KEY) as server:
        yield server


@pytest.fixture
def thief() -> Iterator[FaultServer]:
    """Where somebody wants it sent: the same machine, another port."""
    with FaultServer(models=("alpha",)) as server:
        yield server


@dataclass
class Doors:
    """An editor at the page and at the API, with an endpoint of theirs."""

    window: Window
    program: Program
    endpoint_id: str

    def form(self, url: str) -> dict[str, str]:
        values = {"name": "Mine", "platform": "openai_compatible", "server": "vllm", "base_url": url, "version": "1"}
        return as_form({**values, "identifier": "alpha", "family": "other", "endpoint_id": self.endpoint_id})


@pytest.fixture
def doors(ports: Ports, window_of: OpenWindow, program_of: ProgramOf, ed: Actor, home: FaultServer) -> Doors:
    (endpoint_id,) = stored(ports, ed, home, "Mine")
    return Doors(window_of(ed), program_of(Role.EDITOR), endpoint_id)


Attempt = Callable[[Doors, str], tuple[int, str]]


def page(path: str) -> Attempt:
    def attempt(doors: Doors, url: str) -> tuple[int, str]:
        answer = doors.window.post(path.replace("ID", doors.endpoint_id), data=doors.form(url))
        return answer.status_code, answer.text

    return attempt


def changed_by_program(doors: Doors, url: str) -> tuple[int, str]:
    answer = doors.program("PATCH", f"/endpoints/{doors.endpoint_id}", {"base_url": url}, match='"1"')
    return answer.status_code, answer.text


def probed_by_program(doors: Doors, url: str) -> tuple[int, str]:
    answer = doors.program.post("/probes", {"endpoint_id": doors.endpoint_id, "base_url": url})
    return answer.status_code, answer.text


ATTEMPTS: dict[str, Attempt] = {
    "saved on the page": page("/endpoints/ID/edit"),
    "tested on the page": page("/endpoints/draft/test"),
    "models looked for on the page": page("/endpoints/draft/models"),
    "changed by a program": changed_by_program,
    "tested by a program": probed_by_program,
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_key_does_not_follow_the_address(
    name: str, doors: Doors, ports: Ports, home: FaultServer, thief: FaultServer
) -> None:
    before = row_counts(ports), query.endpoint(ports.store, doors.endpoint_id)
    others = thief.url, thief.url.replace("http://", "https://"), thief.url.replace("127.0.0.1", "localhost")
    for url in (*others, home.url.replace("http://", "https://")):
        status, text = ATTEMPTS[name](doors, url)
        assert (status, SAID in text) == (422, True), url
    assert thief.requests == []
    assert (row_counts(ports), query.endpoint(ports.store, doors.endpoint_id)) == before


def test_a_copy_and_a_new_endpoint_at_the_address_take_no_key_along(doors: Doors, thief: FaultServer) -> None:
    copied = doors.window.get(f"/endpoints/new?copy={doors.endpoint_id}").text
    assert SERVER_KEY not in copied
    sent = {**doors.form(thief.url), "name": "Copy", "endpoint_id": ""}
    assert doors.window.post("/endpoints/draft/models", data=sent).status_code == 200
    assert thief.requests
    assert not any(SERVER_KEY in str(each.headers) for each in thief.requests)


def test_looking_for_models_counts_among_the_tests_of_a_minute(doors: Doors, ports: Ports, thief: FaultServer) -> None:
    sent = {**doors.form(thief.url), "endpoint_id": ""}
    for _ in range(ports.limits.per_minute):
        doors.window.post("/settings/egress", data={"address": thief.url})
    refused = doors.window.post("/endpoints/draft/models", data=sent)
    assert (refused.status_code, "Retry-After" in refused.headers, thief.requests) == (429, True, [])


def test_an_extra_header_goes_over_http_to_private_addresses_only(doors: Doors) -> None:
    sent = {**doors.form("http://8.8.8.8/v1"), "endpoint_id": "", "headers": "X-Gateway-Key: abc"}
    answer = doors.window.post("/endpoints", data=sent)
    assert answer.status_code == 422
    assert "Use https://." in answer.text
