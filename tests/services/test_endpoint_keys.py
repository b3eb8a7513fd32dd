"""An endpoint's key: sealed, kept with its host, and in no audit."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid
from app.domain.roles import Actor
from app.lib.sealed import Sealer
from app.models.audit import AuditRow
from app.models.endpoint import Endpoint
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import drafts, endpoints, header_values
from app.services.ports import Ports
from app.services.targets import key_purpose
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.pages import row_counts
from tests.fixtures.stock import sent_headers

DRAFT = EndpointDraft(**GOOD)
KEPT = replace(DRAFT, api_key=None)


def record(ports: Ports, endpoint_id: str) -> EndpointRecord:
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    return found


def stored_key(ports: Ports, endpoint_id: str) -> str | None:
    with ports.store.read() as session:
        row = session.get_one(Endpoint, endpoint_id)
        return ports.sealer.open(row.api_key, key_purpose(row.id)) if row.api_key else None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(None, GOOD["api_key"]), ("sk-another", "sk-another"), ("", None)],
    ids=["kept", "new", "removed"],
)
def test_a_key_is_kept_replaced_or_removed(ports: Ports, ed: Actor, typed: str | None, kept: str | None) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.update(ports, ed, endpoint_id, 1, replace(DRAFT, api_key=typed))
    assert stored_key(ports, endpoint_id) == kept
    changed = record(ports, endpoint_id)
    assert changed.has_key == (kept is not None)
    assert changed.key_fingerprint == (ports.sealer.fingerprint(kept) if kept else "")


@pytest.mark.parametrize(
    "address",
    [
        "https://gpu-1.models.example:8000/v1",
        "http://gpu-2.models.example:8000/v1",
        "http://gpu-1.models.example:8001/v1",
    ],
    ids=["scheme", "host", "port"],
)
def test_a_key_stays_with_its_scheme_host_and_port(ports: Ports, ed: Actor, address: str) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    before = row_counts(ports)
    with pytest.raises(Invalid) as caught:
        endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, base_url=address))
    assert set(caught.value.fields) == {"api_key"}
    assert (row_counts(ports), record(ports, endpoint_id).base_url) == (before, GOOD["base_url"])
    endpoints.update(ports, ed, endpoint_id, 1, replace(DRAFT, base_url=address))
    assert record(ports, endpoint_id).base_url == address


def test_another_path_of_the_same_host_keeps_the_key(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, base_url="http://gpu-1.models.example:8000/other/v1"))
    assert stored_key(ports, endpoint_id) == GOOD["api_key"]


def test_a_key_that_no_longer_opens_hinders_no_other_change(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    elsewhere = replace(ports, sealer=Sealer(["another key of the tests, long enough"]))
    assert endpoints.key_is_readable(ports, endpoint_id)
    assert not endpoints.key_is_readable(elsewhere, endpoint_id)
    endpoints.update(elsewhere, ed, endpoint_id, 1, replace(KEPT, owner="Others"))
    endpoints.update(elsewhere, ed, endpoint_id, 2, replace(KEPT, api_key="sk-typed-again"))
    assert endpoints.key_is_readable(elsewhere, endpoint_id)


def test_no_secret_is_in_the_audit(ports: Ports, ada: Actor) -> None:
    draft = replace(DRAFT, headers={"X-Tenant-Token": "tenant-secret"})
    endpoint_id = endpoints.create(ports, ada, draft)
    endpoints.update(
        ports, ada, endpoint_id, 1, replace(draft, api_key="sk-another", headers={"X-Other": "other-secret"})
    )
    endpoints.delete(ports, ada, endpoint_id, 2)
    with ports.store.read() as session:
        written = str(session.scalars(select(AuditRow.changes)).all())
    assert "X-Tenant-Token" in written
    assert not any(secret in written for secret in (GOOD["api_key"], "sk-another", "tenant-secret", "other-secret"))


GATEWAY = {"X-Gateway-Key": "gw-secret-of-the-tests", "X-Tenant": "platform-team"}


def stored_headers(ports: Ports, endpoint_id: str) -> tuple[dict[str, str], str | None]:
    with ports.store.read() as session:
        row = session.get_one(Endpoint, endpoint_id)
        return row.headers, row.header_values


@pytest.mark.every_database
def test_values_of_extra_headers_are_sealed_and_kept_by_name(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, replace(DRAFT, headers=GATEWAY))
    marks, sealed = stored_headers(ports, endpoint_id)
    assert marks == {name: ports.sealer.fingerprint(value) for name, value in GATEWAY.items()}
    assert not any(value in f"{marks} {sealed}" for value in GATEWAY.values())
    assert sent_headers(ports, endpoint_id) == GATEWAY
    kept = replace(KEPT, headers=dict.fromkeys(GATEWAY), owner="Others")
    endpoints.update(ports, ed, endpoint_id, 1, kept)
    assert stored_headers(ports, endpoint_id) == (marks, sealed)
    changed = replace(KEPT, headers={"X-Gateway-Key": None, "X-Other": "new"}, owner="Others")
    endpoints.update(ports, ed, endpoint_id, 2, changed)
    assert sent_headers(ports, endpoint_id) == {"X-Gateway-Key": GATEWAY["X-Gateway-Key"], "X-Other": "new"}
    for given in ({"X-Never": None}, {"X-Tenant": None}):
        with pytest.raises(Invalid) as caught:
            endpoints.update(ports, ed, endpoint_id, 3, replace(KEPT, headers=given))
        assert "has no value" in caught.value.fields["headers"][0]
    endpoints.update(ports, ed, endpoint_id, 3, KEPT)
    assert stored_headers(ports, endpoint_id) == ({}, None)


def test_values_of_extra_headers_stay_with_their_host_whether_saved_or_tested(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, replace(DRAFT, headers=GATEWAY))
    moved = replace(DRAFT, headers=dict.fromkeys(GATEWAY), base_url="http://gpu-2.models.example:8000/v1")
    for act in (
        lambda: endpoints.update(ports, ed, endpoint_id, 1, moved),
        lambda: drafts.target_of(ports, ed, moved, endpoint_id),
    ):
        with pytest.raises(Invalid) as caught:
            act()
        assert dict(caught.value.fields) == {"headers": (header_values.MOVED,)}
    here = replace(moved, base_url=DRAFT.base_url)
    assert drafts.target_of(ports, ed, here, endpoint_id).headers == GATEWAY
    endpoints.update(ports, ed, endpoint_id, 1, replace(moved, headers=GATEWAY))
    assert sent_headers(ports, endpoint_id) == GATEWAY


def test_values_that_no_longer_open_are_typed_again_and_hinder_no_other_change(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, replace(DRAFT, headers=GATEWAY))
    elsewhere = replace(ports, sealer=Sealer(["another key of the tests, long enough"]))
    kept = replace(KEPT, headers=dict.fromkeys(GATEWAY), owner="Others", api_key="sk-typed-again")
    endpoints.update(elsewhere, ed, endpoint_id, 1, kept)
    assert not endpoints.key_is_readable(elsewhere, endpoint_id)
    with pytest.raises(Invalid) as caught:
        endpoints.update(elsewhere, ed, endpoint_id, 2, replace(kept, headers={"X-Tenant": None}))
    assert dict(caught.value.fields) == {"headers": (header_values.UNREADABLE,)}
    endpoints.update(elsewhere, ed, endpoint_id, 2, replace(kept, headers=GATEWAY))
    assert endpoints.key_is_readable(elsewhere, endpoint_id)


@pytest.mark.every_database
def test_values_that_an_earlier_version_kept_in_clear_are_sealed(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, replace(DRAFT, headers=GATEWAY))
    marks, _ = stored_headers(ports, endpoint_id)
    with ports.store.write() as session:
        session.execute(update(Endpoint).values(headers=GATEWAY, header_values=None))
    before = record(ports, endpoint_id)
    assert (before.headers, sent_headers(ports, endpoint_id)) == (tuple(GATEWAY), GATEWAY)
    assert (header_values.seal_plain(ports), header_values.seal_plain(ports)) == (1, 0)
    assert stored_headers(ports, endpoint_id)[0] == marks
    assert (sent_headers(ports, endpoint_id), record(ports, endpoint_id)) == (GATEWAY, before)
