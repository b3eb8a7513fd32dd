"""An endpoint's key: sealed, kept with its host, and in no audit."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid
from app.domain.roles import Actor
from app.lib.sealed import Sealer
from app.models.audit import AuditRow
from app.models.endpoint import Endpoint
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import endpoints
from app.services.ports import Ports
from app.services.targets import key_purpose
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.pages import row_counts

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
