"""The demo fills an empty database with something of everything, and a full one with nothing."""

from sqlalchemy import select

from app.cli import samples
from app.cli.model_server import ModelServer
from app.models.usage import UsageTotal
from app.queries import counts
from app.queries.endpoints import Filter, page_of
from app.services.ports import Ports


def fill(ports: Ports, server: ModelServer) -> int:
    return samples.fill(ports, server.url.removesuffix("/v1"), server.api_key or "")


def verdicts(ports: Ports) -> dict[str, str]:
    return {row.name: row.verdict for row in page_of(ports.store, Filter()).rows}


def test_the_good_copy_passes_and_the_wrong_ones_do_not(ports: Ports, model_server_with_key: ModelServer) -> None:
    assert fill(ports, model_server_with_key) == 8
    found = verdicts(ports)
    assert found["Tiny random model"] == "passed"
    assert found["Tiny random model, wrong key"] == "failed"
    assert found["Tiny random model, address without /v1"] == "failed"
    # llama.cpp answers to any name; the test says with which model.
    assert found["Tiny random model, misspelt"] == "warned"
    assert found["Somebody's workstation"] == ""


def test_a_second_start_adds_nothing(ports: Ports, model_server_with_key: ModelServer) -> None:
    fill(ports, model_server_with_key)
    assert fill(ports, model_server_with_key) == 0
    assert counts.endpoints(ports.store) == 8


def test_features_were_really_called(ports: Ports, model_server_with_key: ModelServer) -> None:
    fill(ports, model_server_with_key)
    with ports.store.read() as session:
        rows = session.scalars(select(UsageTotal)).all()
    assert {row.feature for row in rows} >= {"duo_chat"}
    assert any(not row.error and row.completion_tokens for row in rows)
