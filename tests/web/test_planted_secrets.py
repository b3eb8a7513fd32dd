"""No secret that the portal holds leaves it: not in pages, answers, exports, logs, nor in the database's file."""

import io
import logging
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.config import Settings
from app.domain.roles import Actor, Role
from app.lib import logs
from app.lib.redact import RedactingFilter
from app.lib.sealed import Sealer
from app.models.endpoint import Endpoint
from app.services.ports import Ports
from tests.fakes.upstream import Exchange, Upstream
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.planted import (
    OF_CALLERS,
    OF_ENDPOINTS,
    OF_SETTINGS,
    crawl,
    found_in,
    found_in_files,
    plant,
    settings_with,
)
from tests.fixtures.portal import Build, OpenWindow

EXPORTS = ("/audit/export.csv", "/audit/export.jsonl", "/usage.csv", "/catalogue/exchange/export")
API = ("/endpoints", "/audit", "/tokens", "/features", "/usage", "/instance", "/prompts", "/openapi.json")


def repeats(exchange: Exchange) -> None:
    """A server that says the key it was shown, as some do."""
    said = f"Incorrect API key provided: {OF_ENDPOINTS['the key that a server repeats']}."
    exchange.whole({"error": {"message": said}}, status=401)


@pytest.fixture
def app(settings: Settings, build: Build) -> Flask:
    """A portal whose every setting that takes a secret has one."""
    return build(settings_with(settings))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the portal logs at DEBUG, with the filter and the formatter that it logs with."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(logs.JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_none_of_the_planted_secrets_is_found(
    app: Flask,
    window_of: OpenWindow,
    program_of: ProgramOf,
    ports: Ports,
    ada: Actor,
    log: io.StringIO,
    tmp_path: Path,
) -> None:
    with Upstream(repeats) as upstream:
        planted = plant(ports, ada, upstream.url)
        window, admin = window_of(ada), program_of(Role.ADMIN)
        assert len(set(planted.values())) >= 25
        _use(app, admin, ports)
        pages = dict(crawl(window))
        assert len(pages) > 40
        leaks = [f"{what} at {path}" for path, answer in pages.items() for what in found_in(answer.data, planted)]
        for path in EXPORTS:
            answer = window.post(path) if "exchange" in path else window.get(path)
            assert answer.status_code == 200, path
            leaks += [f"{what} in {path}" for what in found_in(answer.data, planted)]
        for path in API:
            leaks += [f"{what} from {path}" for what in found_in(admin.get(path).data, planted)]
    for secret in planted.values():
        # As a library writes what it sends.
        logging.getLogger("library").debug("headers: %s", [(b"Authorization", f"Bearer {secret}".encode())])
    leaks += [f"{what} in the log" for what in found_in(log.getvalue(), planted)]
    ports.store.engine.dispose()
    leaks += found_in_files(tmp_path, planted)
    assert leaks == []
    assert "library" in log.getvalue()


def _use(app: Flask, admin: Program, ports: Ports) -> None:
    """Do what handles secrets: a test whose server repeats the key, and wrong tokens that are refused."""
    with ports.store.read() as session:
        echo = session.scalars(select(Endpoint.id).where(Endpoint.name == "planted echo")).one()
    probe = admin.post(f"/endpoints/{echo}/probes", {}).headers["Location"]
    until = time.monotonic() + 10
    while '"running"' in (said := admin.get(probe).text) and time.monotonic() < until:
        time.sleep(0.05)
    assert "key_wrong" in said
    bearer, basic, cookie = OF_CALLERS.values()
    basic = b64encode(f"somebody:{basic}".encode()).decode()
    for shown in (f"Bearer {bearer}", f"Basic {basic}"):
        headers = {"Authorization": shown, "Cookie": f"modelport={cookie}"}
        assert Program(app, "").get("/endpoints", headers=headers).status_code == 401


def test_what_is_planted_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "backup").write_bytes(b"\x00" + OF_SETTINGS["GitLab's token"].encode() + b"\x00")
    assert found_in_files(tmp_path, OF_SETTINGS) == ["GitLab's token in backup"]
    assert found_in(f"<td>{'planted-&#34;odd&#34;&amp;&lt;Zx09Qp&gt;-%20'}</td>", OF_ENDPOINTS)


def test_with_a_foreign_ring_of_keys_everything_else_works(
    window_of: OpenWindow, program_of: ProgramOf, ports: Ports, ada: Actor
) -> None:
    plant(replace(ports, sealer=Sealer(["a ring that was lost, 0815 4711 long"])), ada, "http://127.0.0.1:9/v1")
    window, admin = window_of(ada), program_of(Role.ADMIN)
    with ports.store.read() as session:
        vllm = session.scalars(select(Endpoint.id).where(Endpoint.name == "planted vLLM")).one()
    answers = dict(crawl(window))
    assert len(answers) > 40
    assert [path for path, answer in answers.items() if answer.status_code >= 500] == []
    place = f"/endpoints/{vllm}"
    for path in (place, f"{place}/edit"):
        assert "Type it again" in window.get(path).text
    assert window.post(f"{place}/test").status_code == 303
    assert window.post("/catalogue/exchange/export").status_code == 503
    for path in (*API, place, f"{place}/readiness"):
        assert admin.get(path).status_code < 500, path
    again = {"api_key": "sk-typed-again", "client_key": "", "session_token": "", "headers": {"X-Gateway": "again"}}
    changed = admin("PATCH", place, again, match="*")
    assert changed.status_code == 200, changed.text
    assert "The stored key cannot be read" not in window.get(place).text
    assert window.post("/auth/logout").status_code < 500
