"""`check`: what it says of alerts, and of files that hold secrets."""

import json
import socket
from pathlib import Path

import pytest

from app.cli.settings import warn_of_key_files
from app.config import load_settings
from app.lib.signing import as_secret
from app.parts import alert_secret
from tests.fakes.receiver import Receiver
from tests.fixtures.commands import Portal

KEY = "a key of the tests that is long enough"
OWN = "the receiver's own secret, 24"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", KEY)


def test_without_a_webhook_nothing_is_said_of_alerts(portal: Portal):
    assert "alerts" not in portal("check").err
    assert json.loads(portal("check", "--json").out)["alert_secret"] is None


@pytest.mark.parametrize("own", ["", OWN])
def test_the_receivers_secret_is_printed_as_it_takes_it(portal: Portal, monkeypatch: pytest.MonkeyPatch, own: str):
    monkeypatch.setenv("MODELPORT_ALERT_WEBHOOK", "http://127.0.0.1:9/alerts")
    monkeypatch.setenv("MODELPORT_ALERT_WEBHOOK_SECRET", own)
    expected = as_secret(own.encode()) if own else alert_secret(load_settings())
    assert f"verifies them: {expected}" in portal("check").err
    assert json.loads(portal("check", "--json").out)["alert_secret"] == expected


def test_an_address_that_the_rules_refuse_is_wrong_and_named_with_its_cure(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    with Receiver() as receiver:
        host = receiver.url.split("/")[2]
        monkeypatch.setenv("MODELPORT_ALERT_WEBHOOK", receiver.url)
        told = json.loads(portal("check", "--json").out)["problems"]
        wrong = [each for each in told if "ALERT_WEBHOOK" in each]
        assert wrong == [
            "MODELPORT_ALERT_WEBHOOK: The address leads back to the machine that this service runs on. "
            f"Set MODELPORT_EGRESS_ALLOW={host}."
        ]
        monkeypatch.setenv("MODELPORT_EGRESS_ALLOW", host)
        assert "ALERT_WEBHOOK" not in portal("check").err


def test_a_receiver_that_is_down_is_a_warning(portal: Portal, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("MODELPORT_ALERT_WEBHOOK", f"http://{host}/alerts")
        monkeypatch.setenv("MODELPORT_EGRESS_ALLOW", host)
        told = json.loads(portal("check", "--json").out)
    assert any("ALERT_WEBHOOK: The host is there" in each for each in told["warnings"])
    assert not any("ALERT_WEBHOOK" in each for each in told["problems"])


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [
        ("http://10.0.0.5:8000/v1", 0, "http://10.0.0.5:8000/v1: would be called."),
        ("http://100.64.0.7:8000/v1", 1, "MODELPORT_EGRESS_ALLOW=100.64.0.7:8000 would admit it."),
        ("http://[::ffff:169.254.169.254]/", 1, "rule metadata."),
        ("http://0x7f.1/", 1, "Write an IPv4 address as four decimal numbers"),
    ],
)
def test_one_address_can_be_tried_without_a_database_or_a_key(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, address: str, code: int, told: str
):
    monkeypatch.delenv("MODELPORT_SECRET_KEYS")
    found = portal("check", "--address", address)
    assert (found.code, told in found.err) == (code, True)
    assert json.loads(portal("check", "--address", address, "--json").out)["allowed"] is (code == 0)


def test_files_with_secrets_that_others_may_read_are_warned_of_with_the_cure(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    files = {name: tmp_path / name.lower() for name in ("OIDC_CLIENT_SECRET", "OIDC_CLIENT_ID", "CONFIG", "DATABASE")}
    files["ALERT_WEBHOOK_SECRET"], own = tmp_path / "my secret", tmp_path / "var" / "secret_key"
    files["CONFIG"].write_text('log_level = "WARNING"\negress_proxy = "http://ada:secret@127.0.0.1:9"\n')
    for name, path in files.items():
        if name == "CONFIG":
            monkeypatch.setenv("MODELPORT_CONFIG", str(path))
        else:
            path.write_text("" if name == "DATABASE" else "something that nobody should read")
            monkeypatch.setenv(f"MODELPORT_{name}_FILE", str(path))
    own.write_text(KEY)
    for path in (*files.values(), own):
        path.chmod(0o640)
    assert "chmod" not in portal("check").err
    for path, mode in zip((*files.values(), own), (0o644, 0o644, 0o660, 0o666, 0o641, 0o604), strict=True):
        path.chmod(mode)
    told = json.loads(portal("check", "--json").out)["warnings"]
    warned = [each for each in told if "chmod" in each]
    assert {each.partition("chmod 0640 ")[2] for each in warned} == {
        str(files["OIDC_CLIENT_SECRET"]), str(files["CONFIG"]), str(own), f"'{files['ALERT_WEBHOOK_SECRET']}'",
    }  # fmt: skip
    warn_of_key_files(load_settings())
    assert capsys.readouterr().err.splitlines() == [f"Warning: {each}" for each in warned]
