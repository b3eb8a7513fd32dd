"""Networks that keep sending what is no token: told to wait at every door, at no cost to others or to the database."""

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from app.config import Settings
from app.domain.rates import Rate
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.portal import Build
from tests.fixtures.statements import statements

DOORS = ("/api/v1/endpoints", "/v1/models", "/metrics")
BAD = {"Authorization": "Bearer nonsense"}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.domain.rates.FAILED_TOKENS", Rate("tokens", 3, "More than {most}. Wait {wait} s."))
    monkeypatch.setattr("app.domain.limits.minute_of", lambda _: 7)


def ask(app: Flask, door: str, peer: str = "198.51.100.7", **more: str) -> TestResponse:
    return Client(app, use_cookies=False).get(door, headers=BAD | more, environ_base={"REMOTE_ADDR": peer})


def test_every_door_counts_and_then_tells_to_wait(app: Flask) -> None:
    assert [ask(app, door).status_code for door in DOORS] == [401] * 3
    for door in DOORS:
        refused = ask(app, door)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "More than 3. Wait " in refused.text


def test_a_good_token_from_there_and_other_networks_are_not_concerned(app: Flask, viewer: Program) -> None:
    for _ in range(4):
        last = ask(app, DOORS[0])
    assert last.status_code == 429
    good = {"Authorization": f"Bearer {viewer.token}"}
    assert ask(app, DOORS[0], **good).status_code == 200
    assert ask(app, DOORS[0], "198.51.100.8").status_code == 401


def test_whoever_is_told_to_wait_costs_the_database_nothing(app: Flask, ports: Ports) -> None:
    for _ in range(4):
        ask(app, "/v1/models")
    with statements(ports.store) as sent:
        assert ask(app, "/v1/models").status_code == 429
    assert not [each for each in sent if "rate_use" in each or "token" in each]


@pytest.mark.parametrize(("hops", "status"), [(0, 429), (1, 401)])
def test_a_proxys_word_for_the_address_counts_where_there_is_one(
    settings: Settings, build: Build, hops: int, status: int
) -> None:
    app = build(settings.model_copy(update={"proxy_hops": hops}))
    for last in range(4):
        answer = ask(app, DOORS[0], **{"X-Forwarded-For": f"203.0.113.{last}"})
    assert answer.status_code == status
    # What a caller writes in front of what the proxy adds is nobody's address.
    for last in range(4):
        forged = ask(app, DOORS[0], **{"X-Forwarded-For": f"192.0.2.{last}, 203.0.113.9"})
    assert forged.status_code == 429
