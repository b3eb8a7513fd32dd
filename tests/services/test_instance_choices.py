"""What an admin decides about the instance, and what the next plan makes of it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.domain.errors import Invalid, NotFound
from app.domain.instance import Way
from app.queries.instance import ways
from app.services import endpoints, instance_choices
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, in_step, only_19
from tests.fixtures.stock import add_endpoint, audit_rows

pytestmark = only_19


def titles(sync: Sync) -> set[str]:
    return {each.title for each in sync.plan().actions}


def test_a_way_is_kept_and_audited_once(sync: Sync) -> None:
    for way in ("through", "through", "direct"):
        instance_choices.set_way(sync.ports, sync.actor, "duo_chat", way)
    assert ways(sync.ports.store) == {"duo_chat": Way.DIRECT}
    changes = [row.changes for row in audit_rows(sync.ports.store, "feature:way")]
    assert changes == [{"way": ["direct", "through"]}, {"way": ["through", "direct"]}]


def test_a_feature_or_a_way_that_does_not_exist_is_refused(sync: Sync) -> None:
    with pytest.raises(NotFound):
        instance_choices.set_way(sync.ports, sync.actor, "no_such_feature", "direct")
    with pytest.raises(Invalid):
        instance_choices.set_way(sync.ports, sync.actor, "duo_chat", "round about")
    with pytest.raises(Invalid):
        instance_choices.set_scope(sync.ports, sync.actor, "some")
    assert ways(sync.ports.store) == {}


def test_several_people_may_choose_at_the_same_moment(sync: Sync) -> None:
    barrier = Barrier(4)

    def choose(_number: int) -> None:
        barrier.wait()
        instance_choices.set_way(sync.ports, sync.actor, "duo_chat", "through")
        instance_choices.set_scope(sync.ports, sync.actor, "serving")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(choose, range(4)))
    assert ways(sync.ports.store) == {"duo_chat": Way.THROUGH}
    assert len(audit_rows(sync.ports.store, "feature:way")) == 1
    assert len(audit_rows(sync.ports.store, "instance:scope")) == 1


def test_serving_leaves_out_what_serves_nothing_and_is_not_there_yet(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    add_endpoint(sync.ports, sync.actor, "There")
    sync.apply()
    add_endpoint(sync.ports, sync.actor, "Idle")
    assert titles(sync) == {"Idle"}
    instance_choices.set_scope(sync.ports, sync.actor, "serving")
    assert sync.plan().is_empty
    assert sync.plan().foreign == (), "what GitLab has of ours already is no stray"
    instance_choices.set_scope(sync.ports, sync.actor, "all")
    assert titles(sync) == {"Idle"}
    assert len(gitlab.state.models) == 2


def test_the_first_choice_may_come_before_the_first_reading(sync: Sync) -> None:
    instance_choices.set_scope(sync.ports, sync.actor, "serving")
    endpoint_id = add_endpoint(sync.ports, sync.actor, "Idle")
    sync.read()
    assert sync.plan().is_empty
    endpoints.delete(sync.ports, sync.actor, endpoint_id, None)
