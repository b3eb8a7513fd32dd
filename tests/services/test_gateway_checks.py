"""GitLab's own connection check of an endpoint: what it is sent, and what is kept of its answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import Busy, NotFound
from app.lib.sealed import Sealer
from app.queries import instance_runs as query
from app.queries.instance_runs import Check
from app.services import endpoints, gateway_checks
from app.services.instance_reads import NotConnected
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import failed
from tests.fakes.lab import Clock
from tests.fixtures.instance import KEY, Sync, only_19
from tests.fixtures.stock import add_endpoint, audit_rows

OPERATION = "aiSelfHostedModelConnectionCheck"


def checked(sync: Sync, endpoint_id: str, version: int = 1) -> Check:
    gateway_checks.begin(sync.ports, sync.actor, endpoint_id)
    gateway_checks.run(sync.ports, endpoint_id)
    return seen(sync, endpoint_id, version)


def seen(sync: Sync, endpoint_id: str, version: int = 1) -> Check:
    found = query.check(sync.ports.store, endpoint_id, version, sync.ports.clock())
    assert found is not None
    return found


def test_gitlab_is_sent_the_model_with_its_key_and_stores_nothing(sync: Sync, gitlab: GitLabServer) -> None:
    asked: list[Mapping[str, Any]] = []

    def answer(given: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"name": "probe", "success": True, "message": "Connected", "details": {}, "errors": []}

    gitlab.state.check_answer = answer
    found = checked(sync, add_endpoint(sync.ports, sync.actor, api_key=KEY))
    assert (found.success, found.running, found.words, found.code) == (True, False, "Connected", "")
    assert (asked[0]["name"], asked[0]["model"], asked[0]["apiToken"]) == ("Mistral", "MISTRAL", KEY)
    assert gitlab.state.models == {}
    assert len(audit_rows(sync.ports.store, "endpoint:gateway-check")) == 1


@only_19
def test_what_gitlab_says_against_it_is_kept_once(sync: Sync, gitlab: GitLabServer) -> None:
    gitlab.state.check_answer = failed("The gateway could not reach the model.")
    found = checked(sync, add_endpoint(sync.ports, sync.actor))
    assert (found.success, found.words) == (False, "The gateway could not reach the model.")


@only_19
@pytest.mark.parametrize(
    ("kind", "code"),
    [(Kind.UNAVAILABLE, "unavailable"), (Kind.SIGN_IN_PAGE, "sign_in_page"), (Kind.ANSWER_LOST, "unreachable")],
)
def test_a_gitlab_that_cannot_be_asked_says_nothing_of_the_model(
    sync: Sync, gitlab: GitLabServer, kind: Kind, code: str
) -> None:
    gitlab.faults.add(kind, OPERATION, 1, None)
    found = checked(sync, add_endpoint(sync.ports, sync.actor))
    assert (found.success, found.code, found.running) == (None, code, False)
    assert found.words


@only_19
def test_a_key_that_cannot_be_read_is_told_and_nothing_is_sent(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = add_endpoint(sync.ports, sync.actor, api_key=KEY)
    other = replace(sync, ports=replace(sync.ports, sealer=Sealer(["another key of the tests, long enough too"])))
    found = checked(other, endpoint_id)
    assert (found.success, found.code) == (None, "key_unreadable")
    assert gitlab.state.asked(OPERATION) == []


@only_19
def test_one_at_a_time_until_its_lease_is_over(sync: Sync) -> None:
    clock = Clock()
    sync = replace(sync, ports=replace(sync.ports, clock=clock))
    endpoint_id = add_endpoint(sync.ports, sync.actor)
    gateway_checks.begin(sync.ports, sync.actor, endpoint_id)
    assert seen(sync, endpoint_id).running
    with pytest.raises(Busy):
        gateway_checks.begin(sync.ports, sync.actor, endpoint_id)
    gateway_checks.begin(sync.ports, sync.actor, add_endpoint(sync.ports, sync.actor, "Other"))
    clock.shows(seconds=(gateway_checks.LEASE + timedelta(seconds=1)).total_seconds())
    assert not seen(sync, endpoint_id).running
    assert checked(sync, endpoint_id).success


@only_19
def test_an_endpoint_that_changed_since_makes_it_an_old_one(sync: Sync) -> None:
    endpoint_id = add_endpoint(sync.ports, sync.actor)
    assert not checked(sync, endpoint_id).is_old
    assert seen(sync, endpoint_id, version=2).is_old


@only_19
def test_an_endpoint_that_goes_meanwhile_takes_its_check_along(sync: Sync) -> None:
    endpoint_id = add_endpoint(sync.ports, sync.actor)
    gateway_checks.begin(sync.ports, sync.actor, endpoint_id)
    endpoints.delete(sync.ports, sync.actor, endpoint_id, None)
    gateway_checks.run(sync.ports, endpoint_id)
    assert query.check(sync.ports.store, endpoint_id, 1, sync.ports.clock()) is None
    with pytest.raises(NotFound):
        gateway_checks.begin(sync.ports, sync.actor, endpoint_id)


@only_19
def test_without_an_instance_none_begins(sync: Sync) -> None:
    endpoint_id = add_endpoint(sync.ports, sync.actor)
    alone = replace(sync, ports=replace(sync.ports, instance=None))
    with pytest.raises(NotConnected):
        gateway_checks.begin(alone.ports, alone.actor, endpoint_id)
    assert query.check(sync.ports.store, endpoint_id, 1, sync.ports.clock()) is None
