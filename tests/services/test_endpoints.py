"""Adding, changing, switching off and deleting endpoints."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Conflict, InUse, Invalid, NotFound, RoleMissing
from app.domain.roles import Actor
from app.models.audit import AuditRow
from app.models.endpoint import Endpoint, Standing
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.stock import add_endpoint, assign, audit_rows, judge
from tests.fixtures.together import together

DRAFT = EndpointDraft(**GOOD)
KEPT = replace(DRAFT, api_key=None)


def record(ports: Ports, endpoint_id: str) -> EndpointRecord:
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    return found


def rows_of(ports: Ports) -> dict[str, int]:
    with ports.store.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Endpoint, Standing, AuditRow)
        }


def test_a_new_endpoint_is_stored_with_its_key_sealed_and_one_audit_row(ports: Ports, ed: Actor) -> None:
    new = record(ports, endpoints.create(ports, ed, DRAFT))
    assert (new.name, new.slug, new.version, new.enabled) == ("Mistral Small", "mistral-small", 1, True)
    assert (new.identifier, new.served_name) == ("custom_openai/mistral-small-24b", "mistral-small-24b")
    assert (new.created_by, new.has_key, new.verdict) == (ed.key, True, "")
    assert new.key_fingerprint == ports.sealer.fingerprint(GOOD["api_key"])
    assert new.key_set_at
    (row,) = audit_rows(ports.store, "endpoint:create")
    assert (row.object_id, row.object_name, row.person, row.role) == (new.id, new.name, ed.key, "editor")


def test_a_refused_draft_writes_nothing(ports: Ports, ed: Actor) -> None:
    before = rows_of(ports)
    for wrong in (replace(DRAFT, name=""), replace(DRAFT, base_url="http://169.254.169.254/v1")):
        with pytest.raises(Invalid):
            endpoints.create(ports, ed, wrong)
    assert rows_of(ports) == before


@pytest.mark.parametrize("name", ["Mistral Small", "MISTRAL SMALL ", "\uff2distral Small"])
def test_a_name_is_taken_whatever_its_case_or_spelling(ports: Ports, ed: Actor, name: str) -> None:
    endpoints.create(ports, ed, DRAFT)
    before = rows_of(ports)
    with pytest.raises(Invalid) as caught:
        endpoints.create(ports, ed, replace(DRAFT, name=name))
    (message,) = caught.value.fields["name"]
    assert f"“{name.strip()}”" in message
    assert rows_of(ports) == before


def test_slugs_differ_where_names_reduce_to_the_same(ports: Ports, ed: Actor) -> None:
    ids = [endpoints.create(ports, ed, replace(DRAFT, name=name)) for name in ("a b", "a-b", "A_B")]
    assert [record(ports, each).slug for each in ids] == ["a-b", "a-b-2", "a-b-3"]


def test_several_are_stored_all_or_none(ports: Ports, ed: Actor) -> None:
    three = [replace(DRAFT, name=f"m{number}", identifier=f"m{number}") for number in range(3)]
    assert len(endpoints.create_several(ports, ed, three)) == 3
    before = rows_of(ports)
    with pytest.raises(Invalid):
        endpoints.create_several(ports, ed, [replace(DRAFT, name="new"), replace(DRAFT, name="M1")])
    assert rows_of(ports) == before


def test_of_several_the_wrong_one_is_named(ports: Ports, ed: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        endpoints.create_several(ports, ed, [DRAFT, replace(DRAFT, name="other", identifier="two words")])
    (message,) = caught.value.fields["identifier"]
    assert message.startswith("two words: ")


@together(
    ("address", "says"),
    [
        ("http://169.254.169.254/v1", "metadata service, which hands out credentials. It is never called."),
        ("http://[::ffff:169.254.169.254]/v1", "metadata service"),
        ("http://0.0.0.0:8000/v1", "The address stands for no machine. No setting admits it."),
        ("http://8.8.8.8/v1", "A key would go over http:// to a public address"),
        ("http://198.18.0.9:8000/v1", "MODELPORT_EGRESS_ALLOW=198.18.0.9:8000 would admit it."),
    ],
)
def test_a_forbidden_address_is_told_with_the_rule_and_the_setting(
    ports: Ports, ed: Actor, address: str, says: str
) -> None:
    with pytest.raises(Invalid) as caught:
        endpoints.create(ports, ed, replace(DRAFT, base_url=address))
    assert says in caught.value.fields["base_url"][0]


def test_a_change_raises_the_version_and_is_written_down_field_by_field(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, name="Renamed", owner=""))
    changed = record(ports, endpoint_id)
    assert (changed.version, changed.name, changed.slug, changed.owner) == (2, "Renamed", "mistral-small", "")
    (row,) = audit_rows(ports.store, "endpoint:update")
    assert row.changes == {"name": ["Mistral Small", "Renamed"], "owner": ["Platform team", ""]}


def test_saving_what_is_there_already_changes_nothing(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.update(ports, ed, endpoint_id, 1, KEPT)
    assert record(ports, endpoint_id).version == 1
    assert audit_rows(ports.store, "endpoint:update") == []


def test_its_own_name_is_free_for_an_endpoint_and_anothers_is_not(ports: Ports, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.create(ports, ed, replace(DRAFT, name="Other"))
    endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, name="mistral small"))
    with pytest.raises(Invalid):
        endpoints.update(ports, ed, endpoint_id, 2, replace(KEPT, name="OTHER"))


def test_a_stale_version_is_refused_with_what_is_there_now(ports: Ports, ada: Actor, ed: Actor) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    endpoints.update(ports, ada, endpoint_id, 1, replace(KEPT, owner="Adas"))
    before = rows_of(ports)
    for act in (
        lambda: endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, owner="Eds")),
        lambda: endpoints.set_enabled(ports, ada, endpoint_id, 1, enabled=False),
        lambda: endpoints.delete(ports, ada, endpoint_id, 1),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.theirs == record(ports, endpoint_id)
    assert (rows_of(ports), record(ports, endpoint_id).owner) == (before, "Adas")


def test_what_does_not_exist_cannot_be_changed(ports: Ports, ada: Actor) -> None:
    for act in (
        lambda: endpoints.update(ports, ada, "nothing", 1, KEPT),
        lambda: endpoints.set_enabled(ports, ada, "nothing", 1, enabled=False),
        lambda: endpoints.delete(ports, ada, "nothing", 1),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("changed", "kept"),
    [({"owner": "x"}, True), ({"name": "x"}, True), ({"family": "other"}, True), ({"identifier": "x"}, False),
     ({"base_url": "http://gpu-1.models.example:8000/v2"}, False), ({"api_key": "sk-x"}, False),
     ({"headers": {"X-A": "b"}}, False), ({"quirks": ("no_system",)}, False)],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_verdict_holds_until_something_that_was_tested_changes(
    ports: Ports, ed: Actor, changed: dict[str, Any], kept: bool
) -> None:
    endpoint_id = endpoints.create(ports, ed, DRAFT)
    judge(ports, endpoint_id, "passed")
    endpoints.update(ports, ed, endpoint_id, 1, replace(KEPT, **changed))
    assert (record(ports, endpoint_id).verdict == "passed") is kept


def test_an_editor_switches_off_what_they_added_and_nothing_else(ports: Ports, ada: Actor, ed: Actor) -> None:
    own, adas = add_endpoint(ports, ed, "own"), add_endpoint(ports, ada, "adas")
    endpoints.set_enabled(ports, ed, own, 1, enabled=False)
    assert not record(ports, own).enabled
    with pytest.raises(RoleMissing):
        endpoints.set_enabled(ports, ed, adas, 1, enabled=False)
    endpoints.set_enabled(ports, ada, own, 2, enabled=True)
    assert record(ports, own).enabled
    assert [row.changes for row in audit_rows(ports.store, "endpoint:disable")] == [{"enabled": [True, False]}]


def test_switching_to_what_it_is_already_writes_nothing(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    before = rows_of(ports)
    endpoints.set_enabled(ports, ada, endpoint_id, 1, enabled=True)
    assert rows_of(ports) == before


def test_a_used_endpoint_is_neither_switched_off_nor_deleted(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    for feature in ("duo_chat", "code_completions"):
        assign(ports, ada, feature, endpoint_id)
    for act in (
        lambda: endpoints.set_enabled(ports, ada, endpoint_id, 1, enabled=False),
        lambda: endpoints.delete(ports, ada, endpoint_id, 1),
    ):
        with pytest.raises(InUse) as caught:
            act()
        assert caught.value.uses == ("Code Completion", "General Chat")
    assert record(ports, endpoint_id).enabled


def test_a_deleted_endpoint_leaves_its_audit_alone(ports: Ports, ada: Actor) -> None:
    endpoint_id = endpoints.create(ports, ada, DRAFT)
    endpoints.delete(ports, ada, endpoint_id, 1)
    assert query.endpoint(ports.store, endpoint_id) is None
    assert rows_of(ports) == {"endpoint": 0, "standing": 0, "audit_row": 2}
    (row,) = audit_rows(ports.store, "endpoint:delete")
    assert row.changes["name"] == ["Mistral Small", None]
