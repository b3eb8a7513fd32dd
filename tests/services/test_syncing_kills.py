"""An application that is killed at any point and begun again ends like one that nobody disturbed."""

import copy
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import create_engine

from app.cli.child import Child, spawn
from app.data.facts import Facts
from app.domain.roles import Actor
from app.lib.egress import Policy
from app.lib.http import Answer, Call, Door, Limits
from app.models.store import Store, prepare_engine
from app.services import api_tokens, instance_choices
from app.services.assignments import State
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.lab import Clock
from tests.fakes.probe import ports_on
from tests.fixtures.instance import Sync, change_endpoint, connected, give, in_step, links_of, live_tokens, only_19
from tests.fixtures.stock import add_endpoint

pytestmark = only_19
# What is sent when nobody disturbs; each has a look before it, save for the models that are made.
MUTATIONS = [
    *["aiSelfHostedModelUpdate"] * 2, *["aiSelfHostedModelCreate"] * 2, *["aiFeatureSettingUpdate"] * 3,
]  # fmt: skip
RELAYS = ("duo_chat", "review_merge_request")


def furnish(sync: Sync) -> None:
    """Something of each kind to be done: two models and a relay to make, one of each to change, features to give."""
    first = in_step(sync)
    give(sync, "review_merge_request", State.ENDPOINT, first)
    instance_choices.set_way(sync.ports, sync.actor, "review_merge_request", "through")
    assert sync.apply().state == "done"
    api_tokens.revoke(sync.ports, sync.actor, live_tokens(sync.ports.store)[0].id)
    change_endpoint(sync, first, name="Renamed", api_key="sk-another-0123456789")
    second = add_endpoint(sync.ports, sync.actor, "Second", api_key="sk-second-0123456789")
    give(sync, "code_generations", State.ENDPOINT, first)
    give(sync, "code_completions", State.ENDPOINT, second)
    give(sync, "duo_chat", State.ENDPOINT, first)
    instance_choices.set_way(sync.ports, sync.actor, "duo_chat", "through")


def end_state(sync: Sync, gitlab: GitLabServer) -> dict[str, Any]:
    """Everything that has to be equal whatever happened, by names; texts of tokens only where they are the endpoints'.

    Each relay's token has to be good for its feature alone, and no other one may be left.
    """
    models = gitlab.state.models
    named = {each.gid: each.name for each in models.values()}
    assert len(set(named.values())) == len(models), "no model twice"
    tokens = {each.identifier.removeprefix("custom_openai/"): each.token for each in models.values()}
    held = {feature: api_tokens.authenticate(sync.ports, tokens[f"{feature}:raw"]) for feature in RELAYS}
    assert {feature: bearer.features for feature, bearer in held.items()} == {each: (each,) for each in RELAYS}
    assert {each.id for each in live_tokens(sync.ports.store)} == {each.token_id for each in held.values()}
    links = links_of(sync.ports.store)
    for feature in RELAYS:
        link = links[f"through:{feature}"]
        assert link.key == link.token_id == held[feature].token_id
    return {
        "models": {
            each.name: (each.family, each.endpoint, each.identifier, each.identifier.endswith(":raw") or each.token)
            for each in models.values()
        },
        "settings": {
            each.feature: (each.provider, models[each.model].name if each.model else "")
            for each in gitlab.state.settings.values()
        },
        "links": {
            subject: (named[link.model_id], link.agreed, link.endpoint_id and link.key)
            for subject, link in links.items()
        },
    }


@dataclass
class World:
    """A GitLab and a database as `furnish` leaves them, as often as they are wanted; SQLite, since it is a file."""

    gitlab: GitLabServer
    sync: Sync
    folder: Path
    mother: Child
    _kept: tuple[Any, Any] = field(init=False)

    def __post_init__(self) -> None:
        furnish(self.sync)
        self.sync.ports.store.engine.dispose()
        self._kept = copy.deepcopy((self.gitlab.state.models, self.gitlab.state.settings))

    @contextmanager
    def again(self, name: str) -> Iterator[Sync]:
        """Both anew."""
        self.gitlab.state.models, self.gitlab.state.settings = copy.deepcopy(self._kept)
        self.gitlab.before = self.gitlab.after = None
        path = self.folder / f"{name}.db"
        shutil.copy(self.folder / "modelport.db", path)
        engine = create_engine(f"sqlite:///{path}")
        prepare_engine(engine)
        yield replace(self.sync, ports=replace(self.sync.ports, store=Store(engine)))
        engine.dispose()

    def apply(self, sync: Sync, minutes: int = 0, kill: tuple[str, int] | None = None) -> int:
        """Apply in a process of its own, killed before or after its request of that number; how it ended."""
        order = {"database": str(sync.ports.store.engine.url), "gitlab": self.gitlab.url, "token": self.gitlab.token}
        self.mother.say(json.dumps(order | {"minutes": minutes}))
        pid, first = int(self.mother.ready_line(30)), len(self.gitlab.state.requests)

        def hook(_operation: str, number: int) -> None:
            if kill and number - first == kill[1]:
                os.kill(pid, signal.SIGKILL)
                if kill[0] == "before":
                    raise ConnectionAbortedError

        self.gitlab.before = hook if kill and kill[0] == "before" else None
        self.gitlab.after = hook if kill and kill[0] == "after" else None
        self.mother.say("go")
        ended = int(self.mother.ready_line(60))
        self.gitlab.before = self.gitlab.after = None
        return ended


@pytest.fixture
def world(
    gitlab: GitLabServer, ada: Actor, facts: Facts, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[World]:
    shutil.copy(request.getfixturevalue("_sqlite_template"), tmp_path / "modelport.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'modelport.db'}")
    prepare_engine(engine)
    door = Door(Policy(loopback_open=True))
    mother = spawn("tests.fakes.instance_process", [], tmp_path / "applying.log")
    yield World(gitlab, Sync(connected(ports_on(Store(engine), door, facts), gitlab), ada), tmp_path, mother)
    mother.stop()
    door.close()
    engine.dispose()


@pytest.mark.one_database
def test_killed_at_any_request_and_begun_again_it_ends_the_same(world: World) -> None:
    with world.again("undisturbed") as sync:
        before = len(world.gitlab.state.requests)
        assert world.apply(sync) == 0
        total = len(world.gitlab.state.requests) - before
        wanted = end_state(sync, world.gitlab)
        steps = len(MUTATIONS) * 2 - 2
        assert [name for name, _ in world.gitlab.state.mutations[-len(MUTATIONS) :]] == MUTATIONS
    points = [(when, number) for number in range(total - steps + 1, total + 1) for when in ("before", "after")]
    assert len(points) >= 20
    for when, number in points:
        with world.again(f"{when}-{number}") as sync:
            assert world.apply(sync, kill=(when, number)) == signal.SIGKILL, (when, number)
            assert world.apply(sync, minutes=3) == 0
            assert end_state(sync, world.gitlab) == wanted, (when, number)
            assert sync.plan().is_empty


class Died(BaseException):
    """What ends a process in a test that has only one."""


@dataclass
class DyingDoor:
    """Lets so many calls through, then dies with the next: before it is sent, or when its answer has come."""

    door: Door
    left: int
    when: str

    def send(self, call: Call, limits: Limits) -> Answer:
        """As a door."""
        self.left -= 1
        if self.left < 0 and self.when == "before":
            raise Died
        answer = self.door.send(call, limits)
        if self.left < 0:
            raise Died
        return answer


@pytest.mark.parametrize("when", ["before", "after"])
def test_dying_again_and_again_it_gets_there_one_request_further_each_time(
    sync: Sync, gitlab: GitLabServer, when: str
) -> None:
    clock = Clock()
    sync = replace(sync, ports=replace(sync.ports, clock=clock))
    furnish(sync)
    deaths = 0
    while True:
        clock.shows(minutes=3 * (deaths + 1))
        door = cast(Door, DyingDoor(sync.ports.door, deaths, when))
        try:
            run = replace(sync, ports=replace(sync.ports, door=door)).apply()
        except Died:
            deaths += 1
            continue
        break
    assert deaths >= 12, "in all of the reading, and in several steps"
    assert run.state == "done"
    assert sync.plan().is_empty
    found = end_state(sync, gitlab)
    assert set(found["models"]) == {"Renamed", "Second", "Modelport: General Chat", "Modelport: Code Review"}
    assert found["settings"]["duo_chat"] == ("self_hosted", "Modelport: General Chat")
