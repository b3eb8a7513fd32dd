"""Every stored secret is sealed with the first key, while others edit, and however often it is begun again."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import select

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.lib.sealed import Sealer
from app.models.endpoint import Endpoint
from app.models.tables import metadata
from app.queries import endpoints as query
from app.services import (
    audit_verify,
    checkup,
    endpoints,
    follows,
    header_values,
    installations,
    rotation,
    sealed_columns,
    sessions,
)
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.services.targets import stored_key
from tests.fixtures.stock import add_endpoint, audit_rows

OLD = "a key of the tests that is long enough"
NEW = "the newest of the keys, 4711, also long"
SEALED = re.compile(r"v1:[0-9a-f]{8}:")


def everywhere(ports: Ports) -> set[str]:
    """The columns of the database in which something sealed stands."""
    found = set()
    with ports.store.read() as session:
        for table in metadata.tables.values():
            for row in session.execute(select(table)).mappings():
                found |= {f"{table.name}.{name}" for name, value in row.items() if SEALED.match(str(value))}
    return found


@pytest.fixture
def filled(ports: Ports, ada: Actor) -> Ports:
    """One text at least in every column that holds something sealed."""
    for number in range(5):
        add_endpoint(ports, ada, f"endpoint {number}", api_key=f"sk-of-the-tests-{number}")
    with ports.store.write() as session:
        row = session.scalars(select(Endpoint).where(Endpoint.name == "endpoint 0")).one()
        for name in endpoints.OTHERS:
            endpoints._apply_secret(ports, row, name, f"the {name} of the tests")
        header_values.put(ports, row, {"X-Key": "a gateway's"}, "")
        installations.own(ports, session)
    follows.follow(ports, ada, "https://models.example.com", "mp_a_token_of_the_tests")
    who = SignedIn(ada.issuer, ada.subject, ada.name, ada.role, id_token="an ID token")
    sessions.begin(ports, who, Visitor())
    return ports


def rings(ports: Ports) -> tuple[Ports, Ports]:
    """The same installation with the new key before the old one, and with the new key alone."""
    return replace(ports, sealer=Sealer([NEW, OLD])), replace(ports, sealer=Sealer([NEW]))


def test_the_list_has_every_column_that_holds_something_sealed(filled: Ports) -> None:
    listed = {f"{each.column.class_.__tablename__}.{each.column.key}" for each in sealed_columns.COLUMNS}
    assert everywhere(filled) == listed


def test_afterwards_the_first_key_alone_opens_everything(filled: Ports, ada: Actor) -> None:
    both, alone = rings(filled)
    assert len(list(sealed_columns.unreadable(alone))) == 12
    told: list[str] = []
    made = rotation.rotate(both, ada, told.append)
    assert (made.resealed, made.failed, made.remaining, made.complete) == (12, (), {}, True)
    assert "The key of endpoint …: 5 sealed anew." in told
    assert list(sealed_columns.unreadable(alone)) == []
    assert audit_verify.verify(alone).holds
    (row,) = audit_rows(filled.store, "secrets:rotate")
    assert row.changes["The key of endpoint"] == [None, 5]
    again = rotation.rotate(both, ada)
    assert (again.resealed, len(audit_rows(filled.store, "secrets:rotate"))) == (0, 1)


def test_a_run_that_was_ended_is_begun_again(filled: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    both, alone = rings(filled)
    monkeypatch.setattr(sealed_columns, "BATCH", 2)

    def end(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(both, ada, end)
    counts = sealed_columns.by_key(both)
    assert (counts[both.sealer.key_id], counts[filled.sealer.key_id]) == (2, 10)
    assert rotation.rotate(both, ada).resealed == 10
    assert list(sealed_columns.unreadable(alone)) == []


def test_what_no_key_opens_is_named_and_left_as_it_is(filled: Ports, ada: Actor) -> None:
    stranger = replace(filled, sealer=Sealer([NEW]))
    made = rotation.rotate(stranger, ada)
    assert (made.resealed, made.remaining) == (0, {filled.sealer.key_id: 12})
    assert {"The key of endpoint endpoint 3", "The ID token in a session of Ada Admin"} <= set(made.failed)
    sentences = [each.sentence for each in checkup.keys(stranger)]
    assert len(sentences) == 12
    assert any(each.startswith("The client key of endpoint endpoint 0 cannot be opened.") for each in sentences)
    assert list(checkup.keys(filled)) == []


def test_edits_while_it_runs_are_not_lost(filled: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    both, alone = rings(filled)
    monkeypatch.setattr(sealed_columns, "BATCH", 1)
    with filled.store.read() as session:
        ids = {row.name: row.id for row in session.scalars(select(Endpoint))}
    over = Event()

    def edit(name: str) -> str:
        """Type one key after the other until the run is over; the last one counts."""
        number, key = 0, ""
        while not over.is_set() or number < 2:
            seen = query.endpoint(filled.store, ids[name])
            assert seen is not None
            number, key = number + 1, f"sk-typed-anew-{name[-1]}-{number}"
            draft = EndpointDraft(name, server="vllm", base_url=seen.base_url, identifier="served", api_key=key,
                                  model=seen.model or "", family=seen.family, owner=str(number))  # fmt: skip
            endpoints.update(both, ada, ids[name], seen.version, draft)
        return key

    with ThreadPoolExecutor(3) as pool:
        edits = {name: pool.submit(edit, name) for name in ("endpoint 1", "endpoint 3")}
        rotation.rotate(both, ada)
        over.set()
    rotation.rotate(both, ada)
    with alone.store.read() as session:
        rows = {row.name: row for row in session.scalars(select(Endpoint))}
        for name, typed in edits.items():
            assert (stored_key(alone, rows[name]), rows[name].owner != "") == (typed.result(), True)
        assert stored_key(alone, rows["endpoint 2"]) == "sk-of-the-tests-2"
    assert audit_verify.verify(alone).holds


def marks(ports: Ports) -> list[tuple[object, ...]]:
    with ports.store.read() as session:
        columns = (Endpoint.id, Endpoint.version, Endpoint.updated_at)
        return [tuple(row) for row in session.execute(select(*columns).order_by(Endpoint.id))]


def test_a_text_that_changed_since_it_was_read_stays(filled: Ports) -> None:
    both, _ = rings(filled)
    keys = sealed_columns.COLUMNS[0]
    read = sealed_columns.texts(both, keys)
    with filled.store.write() as session:
        row = session.get_one(Endpoint, read[0].id)
        endpoints.seal_key(both, row, "sk-typed-in-between")
    before = marks(filled)
    assert rotation._reseal(both, keys, read, []) == 4
    assert marks(filled) == before, "nobody edited them, so nobody's edit meets another version"
    with filled.store.read() as session:
        assert stored_key(both, session.get_one(Endpoint, read[0].id)) == "sk-typed-in-between"
