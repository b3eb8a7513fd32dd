"""A new key in place of a shared one: tried everywhere first, stored everywhere or nowhere."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.queries import endpoints as query
from app.services import endpoints, keys
from app.services.breakers import Board
from app.services.ports import Ports
from app.services.targets import stored_key
from tests.fakes.fault_server import FaultServer
from tests.fixtures.stock import audit_rows

OLD, NEW = "sk-the-old-key-of-the-tests", "sk-the-new-key-of-the-tests"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that takes the new key alone."""
    with FaultServer(api_key=NEW) as server:
        yield server


def add(ports: Ports, actor: Actor, server: FaultServer, name: str, key: str = OLD, model: str = "alpha") -> str:
    draft = EndpointDraft(name=name, server="vllm", base_url=server.url, identifier=model, api_key=key)
    return endpoints.create(ports, actor, draft)


def seen(ports: Ports, *ids: str) -> dict[str, int]:
    found = (query.endpoint(ports.store, each) for each in ids)
    return {each.id: each.version for each in found if each}


def key_of(ports: Ports, endpoint_id: str) -> str | None:
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        assert row
        return stored_key(ports, row)


def test_a_key_that_is_taken_replaces_the_old_one_everywhere(ports: Ports, ed: Actor, server: FaultServer) -> None:
    ids = [add(ports, ed, server, name) for name in ("one", "two")]
    tried = keys.replace_key(ports, ed, seen(ports, *ids), NEW)
    assert [each.refused for each in tried] == [False, False]
    assert [key_of(ports, each) for each in ids] == [NEW, NEW]
    assert len(audit_rows(ports.store, "endpoint:key")) == 2


def test_a_key_that_one_endpoint_refuses_is_stored_nowhere(ports: Ports, ed: Actor, server: FaultServer) -> None:
    with FaultServer(api_key="sk-of-somebody-else-entirely") as other:
        ids = [add(ports, ed, server, "one"), add(ports, ed, other, "two")]
        tried = {each.name: each for each in keys.replace_key(ports, ed, seen(ports, *ids), NEW)}
    assert (tried["one"].refused, tried["two"].refused, tried["two"].step.code) == (False, True, "key_wrong")
    assert [key_of(ports, each) for each in ids] == [OLD, OLD]
    assert audit_rows(ports.store, "endpoint:key") == []


def test_a_server_that_is_gone_keeps_its_key(ports: Ports, ed: Actor, server: FaultServer) -> None:
    endpoint_id = add(ports, ed, server, "one")
    server.stop()
    (tried,) = keys.replace_key(ports, ed, seen(ports, endpoint_id), NEW)
    assert (tried.refused, tried.step.code, key_of(ports, endpoint_id)) == (True, "connect_refused", OLD)


def test_whoever_holds_the_same_key_for_the_same_host_shares_it(ports: Ports, ed: Actor, server: FaultServer) -> None:
    one, two = (add(ports, ed, server, name) for name in ("one", "two"))
    add(ports, ed, server, "another key", "sk-another-key-of-the-tests")
    with FaultServer() as elsewhere:
        add(ports, ed, elsewhere, "another host")
    assert [row.id for row in query.sharing_key(ports.store, two)] == [two, one]


def test_an_endpoint_without_a_key_shares_with_nobody(ports: Ports, ed: Actor, server: FaultServer) -> None:
    one, _ = (add(ports, ed, server, name, key="") for name in ("one", "two"))
    assert [row.id for row in query.sharing_key(ports.store, one)] == [one]


def test_what_was_changed_meanwhile_is_left_alone(ports: Ports, ed: Actor, server: FaultServer) -> None:
    endpoint_id = add(ports, ed, server, "one")
    before = seen(ports, endpoint_id)
    endpoints.set_enabled(ports, ed, endpoint_id, before[endpoint_id], enabled=False)
    with pytest.raises(Conflict):
        keys.replace_key(ports, ed, before, NEW)
    assert (key_of(ports, endpoint_id), server.requests) == (OLD, [])


@pytest.mark.parametrize(
    ("key", "field"), [("", "api_key"), ("two words", "api_key"), ("x" * 4001, "api_key"), (NEW, "endpoints")]
)
def test_a_wrong_value_is_told_at_its_field(ports: Ports, ed: Actor, server: FaultServer, key: str, field: str) -> None:
    ids = seen(ports, add(ports, ed, server, "one")) if field == "api_key" else {}
    with pytest.raises(Invalid) as caught:
        keys.replace_key(ports, ed, ids, key)
    assert (list(caught.value.fields), server.requests) == ([field], [])


def test_an_endpoint_that_is_gone_is_said_to_be(ports: Ports, ed: Actor) -> None:
    with pytest.raises(NotFound):
        keys.replace_key(ports, ed, {"gone": 1}, NEW)


def test_a_key_that_no_longer_opens_can_be_replaced(ports: Ports, ed: Actor, server: FaultServer) -> None:
    from app.lib.sealed import Sealer

    elsewhere = replace(ports, sealer=Sealer(["another key of the tests, long enough"]))
    endpoint_id = add(elsewhere, ed, server, "one")
    keys.replace_key(ports, ed, seen(ports, endpoint_id), NEW)
    assert key_of(ports, endpoint_id) == NEW


def test_an_endpoint_that_rests_is_called_again_with_its_new_key(ports: Ports, ed: Actor, server: FaultServer) -> None:
    endpoint, board = add(ports, ed, server, "one"), Board(ports)
    for _ in range(5):
        board.note(endpoint, ok=False, reason="status_503")
    board.sync()
    keys.replace_key(ports, ed, seen(ports, endpoint), NEW)
    assert not board.may_call(endpoint)
    board.sync()
    assert board.may_call(endpoint)
