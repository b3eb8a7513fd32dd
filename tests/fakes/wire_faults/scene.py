"""What a case of the table is made of: something that is wrong on the wire, and what its remedy changes."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from app.clients.granting import DIRECT, Outlet
from app.clients.target import Target
from app.domain.steps import Depth, Fix, StepResult
from app.lib import urls
from app.lib.egress import Policy
from app.services.probe_run import Pace
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import IMPATIENT, target_at
from tests.fakes.refusals import Refusal
from tests.lib.names import Names

OPEN = Policy(loopback_open=True)


@dataclass(frozen=True)
class Scene:
    """A test as Modelport would run it: what is tested, under which rules and in which surroundings."""

    target: Target
    policy: Policy = OPEN
    ca_file: str | None = None
    proxy: str | None = None
    outlet: Outlet = DIRECT
    pace: Pace | None = None
    depth: Depth = Depth.QUICK
    family: str = ""

    def at(self, **change: Any) -> "Scene":
        """The same with another target."""
        return replace(self, target=replace(self.target, **change))


Cure = Callable[[StepResult], Scene]


@dataclass(frozen=True)
class Broken:
    """A scene in which something is wrong, and what its remedy does.

    `fix` is the field that one click changes, "" for a remedy outside Modelport or one that somebody has to type.
    `whole`: once cured, nothing else is wrong either.
    """

    scene: Scene
    cure: Cure
    fix: str = ""
    whole: bool = True


class Bench:
    """What a case may set up; all of it ends with the test."""

    def __init__(self, folder: Path, stack: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.stack, self.patch = folder, stack, patch

    def server(self, fault: Fault | Refusal = Fault.NONE, at: Place = Place.ANYWHERE, **more: Any) -> FaultServer:
        """A model server that misbehaves so."""
        server = self.stack.enter_context(FaultServer(**more))
        server.behave(fault, at)
        return server

    @cached_property
    def names(self) -> Names:
        """A name server of our own, which knows nothing until it is told."""
        return Names(self.patch)


@dataclass(frozen=True)
class Case:
    """`code` is what the step says."""

    code: str
    step: str
    build: Callable[[Bench], Broken]


def fixed(target: Target, fix: Fix | None) -> Target:
    """The target after one click on the form."""
    assert fix
    match fix.field:
        case "base_url":
            return replace(target, address=urls.parse(fix.value))
        case "identifier":
            return replace(target, served_name=fix.value)
        case "quirks":
            return replace(target, quirks=frozenset(fix.value.split(",")))
        case "region":
            return replace(target, cloud=replace(target.cloud, region=fix.value))
        case "ca_pem":
            return replace(target, tls=replace(target.tls, ca_pem=fix.value))
        case "tls_server_name":
            return replace(target, tls=replace(target.tls, server_name=fix.value))
    change: dict[str, Any] = {fix.field: fix.value}
    return replace(target, **change)


def by_click(scene: Scene, field: str, *, whole: bool = True) -> Broken:
    """Cured by the button at the step."""
    return Broken(scene, lambda wrong: replace(scene, target=fixed(scene.target, wrong.fix)), field, whole)


def by_hand(scene: Scene, **change: Any) -> Broken:
    """Cured by typing something else into the form."""
    return Broken(scene, lambda _: scene.at(**change))


def outside(scene: Scene, mend: Callable[[], object]) -> Broken:
    """Cured where the server is."""

    def cured(_: StepResult) -> Scene:
        mend()
        return scene

    return Broken(scene, cured)


def served(code: str, step: str, fault: Fault | Refusal, at: Place = Place.ANYWHERE, *, slow: bool = False) -> Case:
    """A model server that misbehaves until somebody mends it."""

    def build(bench: Bench) -> Broken:
        server = bench.server(fault, at)
        scene = Scene(target_at(server.url), pace=IMPATIENT if slow else None)
        return outside(scene, lambda: server.behave(Fault.NONE))

    return Case(code, step, build)


def clicked(code: str, step: str, fault: Fault, field: str) -> Case:
    """A model server that refuses something, which one click keeps from it."""
    return Case(code, step, lambda bench: by_click(Scene(target_at(bench.server(fault).url)), field))
