"""`worker`: in a process of its own, against real model servers' wire format, on the database of a portal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest
from flask import Flask
from sqlalchemy import update

from app.cli import child, run, serve
from app.cli.child import Child
from app.cli.console import ROOT
from app.config import Settings
from app.domain.roles import Actor
from app.jobs.schedule import Schedule
from app.models.endpoint import Endpoint
from app.models.lease import Lease
from app.queries import probes as query
from app.services import schedules
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import wait_for
from tests.fakes.probe import KEY
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint, assign


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The portal's settings, as the worker reads them."""
    names = ("data_dir", "bind", "oidc_issuer", "oidc_client_id", "log_level")
    values = {name: str(getattr(settings, name)) for name in names}
    values |= {f"role_{role}": getattr(settings, f"role_{role}")[0] for role in ("admin", "editor", "viewer")}
    values |= {"public_url": settings.origin}
    values["oidc_client_secret"] = settings.oidc_client_secret.get_secret_value()
    values["secret_keys"] = settings.secret_keys[0].get_secret_value()
    return {f"MODELPORT_{name.upper()}": value for name, value in values.items()}


def once(environment: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "worker", "--once", "--json"]
    both = os.environ | environment | {f"MODELPORT_{name}": value for name, value in more.items()}
    return subprocess.run(command, cwd=ROOT, env=both, capture_output=True, text=True, check=False)


def opened(environment: dict[str, str], server: FaultServer) -> dict[str, str]:
    """With this model server admitted, which `run` alone does by itself."""
    return environment | {"MODELPORT_EGRESS_ALLOW": f"127.0.0.1:{server.port}"}


@contextmanager
def working(environment: dict[str, str], folder: Path, *arguments: str) -> Iterator[Child]:
    """A worker that goes on until it is told to end, or at the latest with the block."""
    command = [sys.executable, "-m", "app.cli", "worker", *arguments]
    started = child.run(command, folder / "worker.log", environment | {"PYTHONPATH": str(ROOT)})
    yield started
    started.process.kill()
    started.stop()


def long_ago(ports: Ports) -> None:
    """As if the last round and its tests were an hour past."""
    then = ports.clock() - timedelta(hours=1)
    with ports.store.write() as session:
        session.execute(update(Lease).values(due_at=then))
        session.execute(update(Endpoint).values(probed_at=then))


def test_what_began_to_fail_since_the_last_round_is_on_the_overview(
    environment: dict[str, str], window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    with FaultServer(api_key=KEY) as server:
        chosen = add_endpoint(ports, ada, base_url=server.url, identifier="alpha", api_key=KEY)
        assign(ports, ada, "duo_chat", chosen)
        first = once(opened(environment, server))
        assert (first.returncode, json.loads(first.stdout)) == (0, {"due": True, "tested": 1, "failed": 0})
        server.api_key = "another key"
        long_ago(ports)
        second = once(opened(environment, server))
    assert (second.returncode, json.loads(second.stdout)) == (1, {"due": True, "tested": 1, "failed": 1})
    page = Page(window_of(ada).get("/"))
    assert "Mistral began to fail just now" in page.words("attention")
    assert "Mistral Passed → became Failed just now" in page.words("changes")


def test_what_is_not_due_is_left_alone(environment: dict[str, str], ports: Ports, ada: Actor) -> None:
    with FaultServer(api_key=KEY) as server:
        assert once(environment).returncode == 0
        assign(ports, ada, "duo_chat", add_endpoint(ports, ada, base_url=server.url, identifier="alpha", api_key=KEY))
        second = once(opened(environment, server))
        assert (second.returncode, json.loads(second.stdout)) == (0, {"due": False, "tested": 0, "failed": 0})
        assert not server.requests


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sign", [SIGTERM, SIGINT])
def test_a_signal_ends_it_and_that_is_fine(environment: dict[str, str], tmp_path: Path, sign: Signals) -> None:
    with working(environment, tmp_path) as worker:
        wait_for(lambda: "Ctrl-C stops it" in worker.log.read_text(), 30)
        worker.process.send_signal(sign)
        assert worker.process.wait(20) == 0
    assert "Traceback" not in worker.log.read_text()


def test_a_round_that_is_cut_short_leaves_its_tests_interrupted_and_itself_to_the_next(
    environment: dict[str, str], ports: Ports, ada: Actor, tmp_path: Path
) -> None:
    with FaultServer(Fault.HANG) as dead:
        chosen = add_endpoint(ports, ada, base_url=dead.url, identifier="alpha", api_key=KEY)
        assign(ports, ada, "duo_chat", chosen)
        with working(opened(environment, dead), tmp_path, "--once") as worker:
            dead.wait_for(1, 30)
            worker.process.terminate()
            assert worker.process.wait(20) == 1
    found = query.latest(ports.store, chosen)
    assert found
    assert (found.verdict, found.steps[-1].code) == ("unknown", "interrupted")
    assert schedules.take(ports, "tests", "the next", timedelta(minutes=15))


def test_a_database_that_was_never_migrated_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    said = once(environment, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert said.returncode == 1
    assert "was never migrated" in said.stderr


def test_without_an_interval_there_is_nothing_to_do(environment: dict[str, str]) -> None:
    said = once(environment, TEST_EVERY_MINUTES="0")
    assert said.returncode == 2
    assert said.stderr.startswith("MODELPORT_TEST_EVERY_MINUTES: is 0")


@pytest.mark.parametrize("minutes", ["4", "1441", "-1", "often"])
def test_an_interval_that_cannot_work_is_named(environment: dict[str, str], minutes: str) -> None:
    said = once(environment, TEST_EVERY_MINUTES=minutes)
    assert said.returncode == 2
    assert said.stderr.startswith("MODELPORT_TEST_EVERY_MINUTES: ")


def test_run_tests_in_its_own_process_and_serve_where_it_is_told_to(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr("app.factory.create_app", lambda *_, **__: app)
    for name in ("own_settings", "production_settings"):
        monkeypatch.setattr(f"app.cli.settings.{name}", lambda: settings)
    for label, build in (
        ("run", lambda: run._build(evaluation=True)),
        ("serve", lambda: serve._build(with_worker=False)),
        ("serve --with-worker", lambda: serve._build(with_worker=True)),
    ):
        monkeypatch.setattr(Schedule, "start", lambda _, label=label: begun.append(label))
        build()
    assert begun == ["run", "serve --with-worker"]
