"""`probe`: steps as they end, a table at the end, results kept, and names that nearly fit."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from app.cli.installation import installation, operator
from app.domain.endpoints import EndpointDraft
from app.factory import ports_of
from app.queries.endpoints import Filter, page_of
from app.services import endpoints, probe_records, probes
from app.services.probe_records import STOPPED, Batch, Finished
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fixtures.commands import Portal


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def stocked(portal: Portal, server: FaultServer) -> Portal:
    """Two endpoints on one server: a good one, and one that is switched off."""
    with installation() as app:
        ports = ports_of(app)
        for name in ("Alpha one", "Beta"):
            draft = EndpointDraft(name, server="vllm", base_url=server.url, identifier="alpha")
            endpoint_id = endpoints.create(ports, operator(), draft)
        endpoints.set_enabled(ports, operator(), endpoint_id, None, enabled=False)
    return portal


def verdicts() -> dict[str, str]:
    with installation() as app:
        return {row.name: row.verdict for row in page_of(ports_of(app).store, Filter()).rows}


@pytest.mark.parametrize("name", ["Alpha one", "alpha ONE", "alpha-one"])
def test_an_endpoint_is_tested_by_its_name_or_slug_and_the_result_kept(stocked: Portal, name: str):
    said = stocked("probe", name)
    assert said.code == 0
    heads, row = said.out.splitlines()
    assert heads.split() == ["ENDPOINT", "VERDICT", "SECONDS", "RESULT"]
    assert row.startswith("Alpha one  passed")
    assert [line.split()[2] for line in said.err.splitlines()][-2:] == ["chat", "stream"]
    assert verdicts() == {"Alpha one": "passed", "Beta": ""}


def test_all_are_those_that_are_switched_on(stocked: Portal):
    told = json.loads(stocked("probe", "--all", "--json").out)["probes"]
    assert [(each["name"], each["slug"], each["verdict"]) for each in told] == [("Alpha one", "alpha-one", "passed")]
    assert told[0]["steps"][-1]["name"] == "stream"


def test_a_failure_is_told_with_its_remedy_and_ends_with_one(stocked: Portal, server: FaultServer):
    server.behave(Fault.SERVER_ERROR, Place.CHAT)
    said = stocked("probe", "Alpha one", "Beta")
    assert said.code == 1
    assert "Alpha one  failed" in said.out
    assert "chat        failed" in said.err
    assert said.err.count("stream") == 2


def test_a_name_that_nobody_has_is_misuse_with_those_near_to_it(stocked: Portal):
    said = stocked("probe", "alfa-one", "Beta", "zzz")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "There is no endpoint alfa-one. Near to it: Alpha one.",
        "There is no endpoint zzz.",
    ]
    assert verdicts() == {"Alpha one": "", "Beta": ""}


@pytest.mark.parametrize("arguments", [[], ["Beta", "--all"]])
def test_names_or_all_and_not_both(portal: Portal, arguments: list[str]):
    said = portal("probe", *arguments)
    assert (said.code, said.err) == (2, "Name the endpoints to test, or use --all.\n")


def test_without_endpoints_all_is_nothing(portal: Portal):
    said = portal("probe", "--all")
    assert (said.code, said.err) == (0, "There is no endpoint to test.\n")


def test_what_another_process_tests_is_watched_and_not_tested_twice(
    stocked: Portal, server: FaultServer, monkeypatch: pytest.MonkeyPatch
):
    with installation() as app:
        ports = ports_of(app)
        (started,) = probes.start_saved(ports, operator(), [page_of(ports.store, Filter()).rows[0].id])
        end = Batch.of([Finished(started.probe_id, (), STOPPED)])
        # It ends elsewhere while the command waits for its next look.
        monkeypatch.setattr("app.cli.probe.time", SimpleNamespace(sleep=lambda _: probe_records.record(ports, end)))
        said = stocked("probe", "Alpha one", "--json")
    assert [each["id"] for each in json.loads(said.out)["probes"]] == [started.probe_id]
    assert (said.code, server.requests) == (1, [])
