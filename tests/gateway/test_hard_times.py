"""`serve` in four workers under load: no edit is lost between clients, and none that was acknowledged to a kill -9."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from app.config import Settings
from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.models.dumps import sqlite
from app.queries import endpoints as query
from app.queries.endpoint_names import endpoint_names
from app.services import api_tokens, catalogue_seed
from app.services.ports import Ports
from tests.fakes.lab import wait_for
from tests.fixtures.bare import ports
from tests.fixtures.stock import add_endpoint
from tests.gateway.processes import Served, served

__all__ = ["ports"]
CLIENTS = 8
WORKERS = 4


@pytest.fixture
def token(ports: Ports, ada: Actor) -> str:
    # Four workers that each find the catalogue empty would begin with filling it.
    catalogue_seed.seed(ports)
    return api_tokens.create(ports, ada, TokenDraft("of many clients", "admin")).text


@contextmanager
def program(portal: Served) -> Iterator[httpx.Client]:
    """A client of the administration's API."""
    with portal.client() as client:
        client.base_url = httpx.URL(f"{portal.url}/api/v1")
        yield client


def test_eight_clients_lose_no_edit_between_them(
    settings: Settings, ports: Ports, ada: Actor, token: str, soak: Callable[[int], int]
) -> None:
    shared = [add_endpoint(ports, ada, f"shared {number}", owner="0") for number in range(CLIENTS // 2)]
    edits = soak(1000)
    codes: list[int] = []

    def count_up(place: int) -> int:
        """Read a number, write the next one over what was read, and again until nobody was faster."""
        done, path = 0, f"/endpoints/{shared[place % len(shared)]}"
        with program(portal) as client:
            while done < edits:
                seen = client.get(path)
                body = {"owner": str(int(seen.json()["owner"]) + 1)}
                answer = client.patch(path, json=body, headers={"If-Match": seen.headers["ETag"]})
                codes.extend((seen.status_code, answer.status_code))
                done += answer.status_code == 200
        return done

    with served(settings, token, workers=WORKERS) as portal, ThreadPoolExecutor(CLIENTS) as pool:
        acknowledged = sum(pool.map(count_up, range(CLIENTS)))
    assert [code for code in codes if code not in (200, 412)] == []
    stored = [int(found.owner) for each in shared if (found := query.endpoint(ports.store, each))]
    assert sum(stored) == acknowledged == CLIENTS * edits


def test_what_was_acknowledged_survives_kill_9(
    settings: Settings, ports: Ports, token: str, soak: Callable[[int], int]
) -> None:
    """Ten times with --long, each time a little later; once without."""
    told: list[str] = []
    for round_number in range(soak(10)):
        with served(settings, token, workers=WORKERS) as portal, ThreadPoolExecutor(CLIENTS) as pool:
            goal = len(told) + 2 * CLIENTS + round_number
            writing = [pool.submit(write, portal, f"{round_number}-{place}", told) for place in range(CLIENTS)]
            try:
                wait_for(lambda goal=goal: len(told) >= goal, 60)
            finally:
                # In the middle of their next writes.
                portal.kill()
            codes = {code for each in writing for code in each.result()}
        assert codes == {201}
    assert sqlite.faults(settings.data_dir / "modelport.db") == []
    names = {each.name for each in endpoint_names(ports.store)}
    assert set(told) - names == set()


def write(portal: Served, prefix: str, told: list[str]) -> set[int]:
    """Add endpoints until nobody answers, and note the names of those that were acknowledged; returns the statuses."""
    codes, number = set(), 0
    with program(portal) as client:
        try:
            while True:
                number += 1
                name = f"kill {prefix}-{number}"
                body = {"name": name, "server": "vllm", "base_url": "http://10.0.0.1/v1", "identifier": "m"}
                codes.add(client.post("/endpoints", json=body).status_code)
                told.append(name)
        except httpx.TransportError:
            return codes
