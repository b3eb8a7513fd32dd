"""The command line: what it refuses, what it answers with, and that nothing heavy comes before the settings."""

import argparse
import importlib
import json
import os
import re
import subprocess
import sys

import pytest

from app.cli.commands import COMMANDS
from app.cli.console import ROOT, Refused, answer
from app.cli.parser import main

HEAVY = ("flask", "sqlalchemy", "authlib", "gunicorn", "httpx", "cryptography")


def portal(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with the modules that it imported listed on stderr."""
    command = [sys.executable, "-X", "importtime", "-m", "app.cli", *arguments]
    environment = os.environ | {f"MODELPORT_{name}": value for name, value in settings.items()}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_configures_and_executes(name: str):
    module = importlib.import_module(COMMANDS[name].module)
    module.configure(argparse.ArgumentParser())
    assert callable(module.execute)


def test_an_unknown_argument_is_misuse(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as left:
        main(["check", "--fast"])
    assert left.value.code == 2
    assert "unknown argument: --fast" in capsys.readouterr().err


def test_a_refusal_is_a_line_each_and_misuse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def refuse(_: argparse.Namespace) -> int:
        raise Refused("one", "two")

    monkeypatch.setattr("app.cli.check.execute", refuse)
    assert main(["check"]) == 2
    assert capsys.readouterr().err == "one\ntwo\n"


def test_data_goes_to_stdout_alone(capsys: pytest.CaptureFixture[str]):
    answer({"name": "Zoë"})
    said = capsys.readouterr()
    assert json.loads(said.out) == {"name": "Zoë"}
    assert said.err == ""


@pytest.mark.parametrize("command", ["run", "serve", "worker", "migrate", "demo"])
def test_a_bad_setting_stops_with_its_name_before_anything_heavy(command: str):
    said = portal(command, BIND="nonsense", SESSION_MAX_HOURS="soon")
    lines = [line for line in said.stderr.splitlines() if not line.startswith("import time:")]
    assert said.returncode == 2
    assert [line.partition(":")[0] for line in lines] == ["MODELPORT_BIND", "MODELPORT_SESSION_MAX_HOURS"]
    # What is imported by something else stands further to the right.
    assert [name for name in HEAVY if re.search(rf"\| +{name}\n", said.stderr)] == []


def test_serve_names_every_setting_that_is_missing():
    said = portal("serve", ROLE_ADMIN="")
    for name in ("PUBLIC_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "ROLE_ADMIN", "SECRET_KEYS"):
        assert f"MODELPORT_{name}: " in said.stderr
    assert said.returncode == 2


@pytest.mark.parametrize("command", ["run", "migrate", "demo"])
def test_a_data_folder_that_cannot_be_made_is_named(command: str):
    said = portal(command, DATA_DIR="/proc/modelport")
    assert said.returncode == 2
    assert "\nMODELPORT_DATA_DIR: cannot be used (" in said.stderr
