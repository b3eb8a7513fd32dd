"""The page of settings."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.domain.roles import Actor
from app.shown_settings import shown
from tests.fixtures.portal import OpenWindow

SECRET = "correct-horse-battery"


def rows_of(settings: Settings, environment: dict[str, str] | None = None) -> dict[str, tuple[str, str]]:
    return {
        name.removeprefix("MODELPORT_"): (value, source)
        for name, value, source, _ in shown(settings, environment or {})
    }


def test_every_setting_is_shown_with_its_help(window_of: OpenWindow, ada: Actor) -> None:
    page = window_of(ada).get("/settings").text
    assert set(re.findall(r'<tr id="MODELPORT_(\w+)">', page)) == {name.upper() for name in Settings.model_fields}
    assert "Folder for everything that running writes." in page
    assert all(help for *_, help in shown(Settings(), {}))


@pytest.mark.parametrize("who", ["ed", "vi"])
def test_only_admins_read_them(window_of: OpenWindow, request: pytest.FixtureRequest, who: str) -> None:
    window = window_of(request.getfixturevalue(who))
    assert window.get("/settings").status_code == 403
    assert 'href="/settings"' not in window.get("/").text


def test_nothing_of_a_secret_is_shown(window_of: OpenWindow, settings: Settings, ada: Actor) -> None:
    page = window_of(ada).get("/settings").text
    for secret in (settings.oidc_client_secret, *settings.secret_keys):
        assert secret.get_secret_value() not in page
    assert len(re.findall(r">\s*Set\s*<", page)) == 2


@pytest.mark.parametrize("name", ["database_url", "egress_proxy", "alert_webhook"])
@pytest.mark.parametrize("where", [f"//ada:{SECRET}@", f"//{SECRET}@", f"//host?password={SECRET}&x="])
def test_an_address_loses_its_credentials(name: str, where: str) -> None:
    shown_value, _ = rows_of(Settings().model_copy(update={name: f"postgresql+psycopg:{where}db.example.com/x"}))[
        name.upper()
    ]
    assert SECRET not in shown_value
    assert "(hidden)" in shown_value


def test_a_value_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "modelport.toml").write_text('log_level = "ERROR"')
    given = {
        "MODELPORT_PROXY_HOPS": "2",
        "MODELPORT_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "MODELPORT_CONFIG": str(tmp_path / "modelport.toml"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    rows = rows_of(Settings(), given)
    assert rows["PROXY_HOPS"] == ("2", "environment")
    assert rows["OIDC_CLIENT_SECRET"] == ("Set", "MODELPORT_OIDC_CLIENT_SECRET_FILE")
    assert rows["LOG_LEVEL"] == ("ERROR", str(tmp_path / "modelport.toml"))
    assert rows["LOG_FORMAT"] == ("text", "default")


def test_values_read_as_words() -> None:
    rows = rows_of(Settings().model_copy(update={"role_admin": ("a", "b"), "secret_keys": (SecretStr("x"),)}))
    assert rows["ROLE_ADMIN"][0] == "a; b"
    assert rows["EGRESS_ALLOW_PRIVATE"][0] == "yes"
    assert rows["CA_FILE"][0] == "Not set"
    assert rows["RETENTION_USAGE_DAYS"][0] == "400"
    assert (rows["ALERT_WEBHOOK"][0], rows["ALERT_WEBHOOK_SECRET"][0]) == ("Not set", "Not set")
    assert rows["SECRET_KEYS"] == ("Set", "Modelport's own")


def test_the_webhooks_secret_is_only_said_to_be_set() -> None:
    given = {
        "alert_webhook": "https://alerts.example.com/in?token=of-alerts",
        "alert_webhook_secret": SecretStr(SECRET),
    }
    rows = rows_of(Settings().model_copy(update=given))
    assert rows["ALERT_WEBHOOK"][0] == "https://alerts.example.com/in?(hidden)"
    assert rows["ALERT_WEBHOOK_SECRET"][0] == "Set"
