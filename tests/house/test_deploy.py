"""What deploy/ holds goes with what there is: settings, commands, files and limits."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli.commands import COMMANDS
from app.cli.console import ROOT
from app.cli.stopping import END_SECONDS
from app.config import Settings
from app.gateway.leaving import LONGEST_SECONDS
from tests.house import environment_sample

DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(each.name for each in SYSTEMD.iterdir())
SERVICES = [name for name in UNITS if name.endswith(".service")]
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "UMask": "0077",
    "User": "modelport",
    "StateDirectoryMode": "0700",
}
SECTIONS = {"Unit", "Service", "Install", "Timer"}


def test_the_environment_sample_has_every_setting_with_its_default() -> None:
    written = environment_sample.PATH.read_text(encoding="utf-8")
    assert written == environment_sample.sample(), "write it anew: python -m tests.house.environment_sample"


def test_the_environment_sample_is_taken_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in environment_sample.PATH.read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.removeprefix("#").partition("=")
        if is_setting and name.startswith("MODELPORT_"):
            monkeypatch.setenv(name, value)
    assert Settings() == Settings.model_construct(
        **{**dict(Settings.model_construct()), "data_dir": Settings().data_dir}
    )


def unit(name: str) -> configparser.ConfigParser:
    """A unit as a table; systemd lets a key stand twice, which adds to it."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((SYSTEMD / name).read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_and_runs_one_of_our_commands(name: str) -> None:
    read = unit(name)
    assert set(read.sections()) <= SECTIONS
    assert {key: read["Service"].get(key) for key in HARDENED} == HARDENED
    program, command, *_ = shlex.split(read["Service"]["ExecStart"])
    assert Path(program).name == "portal"
    assert command in COMMANDS
    assert read["Service"]["EnvironmentFile"] == "/etc/modelport/environment"


def test_the_service_manager_waits_for_the_longest_stop() -> None:
    settings = Settings.model_construct()
    assert settings.stop_within_seconds >= LONGEST_SECONDS
    stop = int(unit("modelport.service")["Service"]["TimeoutStopSec"])
    assert stop > settings.stop_notice_seconds + settings.stop_within_seconds + END_SECONDS


def test_the_timer_starts_a_service_that_is_there() -> None:
    assert "modelport-backup.timer" in UNITS
    assert "modelport-backup.service" in UNITS
    assert unit("modelport-backup.timer")["Timer"]["OnCalendar"]


def test_systemd_finds_no_fault_where_it_is(tmp_path: Path) -> None:
    verifier = shutil.which("systemd-analyze")
    for name in UNITS:
        text = (SYSTEMD / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/modelport", str(ROOT)))
    if verifier:
        done = subprocess.run(
            [verifier, "verify", *(str(tmp_path / name) for name in UNITS)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def container_lines() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_image_copies_files_that_are_there_and_no_more() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for source in (each for word, rest in container_lines() if word == "COPY" for each in rest.split()[:-1]):
        assert any(name == source or name.startswith(source) for name in tracked), f"{source} is not in the repository"
        # A whole folder that also holds what running writes would bring secrets into a layer.
        assert source not in (".", "./", "static/", "deploy/")


def test_the_image_runs_our_commands_alone() -> None:
    ran = [json.loads(re.sub(r"^(--\S+ )*", "", rest)) for word, rest in container_lines() if word == "RUN"]
    assert [command[:2] for command in ran] == [["./portal", "pack"], ["./portal", "setup"], ["install", "--directory"]]
    words = dict(container_lines())
    assert words["USER"].partition(":")[0] not in ("", "0", "root")
    assert json.loads(words["ENTRYPOINT"]) + json.loads(words["CMD"]) == ["./portal", "serve"]


def test_no_secret_is_set_in_the_image() -> None:
    named = re.findall(r"MODELPORT_([A-Z_]+)=", dict(container_lines())["ENV"])
    assert {each.lower() for each in named} <= set(Settings.model_fields)
    assert not {"SECRET_KEYS", "OIDC_CLIENT_SECRET", "GITLAB_TOKEN", "DATABASE_URL"} & set(named)
