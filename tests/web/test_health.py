"""Liveness and readiness, for load balancers."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text

from app.lib.sealed import Sealer
from app.models import faults
from app.models.schema import REVISION
from app.models.store import Store
from app.services import readiness_check
from app.services.ports import Ports
from app.web.context import KEY
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements


def test_a_live_process_says_so_and_asks_no_database(window_of: OpenWindow, ports: Ports) -> None:
    with statements(ports.store) as sent:
        answer = window_of(None).get("/livez")
    assert (answer.status_code, answer.json, sent) == (200, {"status": "ok"}, [])
    assert "Set-Cookie" not in answer.headers


@pytest.mark.every_database
def test_a_migrated_database_is_ready(window_of: OpenWindow) -> None:
    answer = window_of(None).get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "problems": []})


@pytest.mark.every_database
def test_a_database_of_another_version_is_not(window_of: OpenWindow, ports: Ports) -> None:
    with ports.store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = window_of(None).get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["problems"] == ["migrations"]
    # Which version runs is the operator's to know.
    assert REVISION not in answer.text
    [told] = readiness_check.problems(ports)
    assert "revision 9999" in told


def test_a_database_that_was_never_migrated_is_not(app: Flask, ports: Ports, window_of: OpenWindow) -> None:
    app.extensions[KEY] = replace(app.extensions[KEY], ports=replace(ports, store=Store(create_engine("sqlite://"))))
    answer = window_of(None).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unready", "problems": ["database"]}


@pytest.mark.every_database
def test_a_database_that_only_reads_is_not(ports: Ports, window_of: OpenWindow) -> None:
    only_reads(ports.store.engine)
    assert window_of(None).get("/readyz").json == {"status": "unready", "problems": ["database"]}


def only_reads(engine: Engine) -> None:
    """From the next connection on, as after a fail-over to a copy."""
    statement = "PRAGMA query_only=ON" if engine.dialect.name == "sqlite" else "SET default_transaction_read_only = on"

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if engine.dialect.name != "sqlite":
            connection.commit()

    engine.dispose()


def test_keys_that_do_not_open_what_they_seal_are_not(app: Flask, ports: Ports, window_of: OpenWindow) -> None:
    class Forgetful(Sealer):
        def seal(self, text: str, purpose: str) -> str:
            return super().seal(text, f"{purpose} of somebody else")

    broken = replace(ports, sealer=Forgetful(["a key of the tests that is long enough"]))
    app.extensions[KEY] = replace(app.extensions[KEY], ports=broken)
    assert window_of(None).get("/readyz").json == {"status": "unready", "problems": ["keys"]}


def test_a_database_that_does_not_answer_is_not(ports: Ports) -> None:
    broken = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/nothing", connect_args={"connect_timeout": 1})
    problems = readiness_check.problems(replace(ports, store=Store(broken)))
    assert problems == [faults.AWAY.sentence]
