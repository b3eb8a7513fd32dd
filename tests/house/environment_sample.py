"""Writes deploy/environment.sample from the settings: `python -m tests.house.environment_sample`."""

from typing import Any

from pydantic import SecretStr

from app.cli.console import ROOT
from app.config import PREFIX, Settings, serving_problems

PATH = ROOT / "deploy" / "environment.sample"
HEAD = """\
# Settings of Modelport, for systemd's EnvironmentFile or a container's --env-file. Behind a # stands the default.
# Secrets are better kept in files of their own: MODELPORT_<NAME>_FILE=/path takes the place of MODELPORT_<NAME>=value.
# Each is explained in README.md; ./portal check says what is missing or cannot work.
"""


def needed() -> set[str]:
    """The settings without which `serve` does not start."""
    problems = serving_problems(Settings.model_construct())
    return {problem.partition(":")[0].removeprefix(PREFIX).lower() for problem in problems}


def sample() -> str:
    """The file's text: what must be set first, then the rest with defaults."""
    required = needed()
    order = sorted(Settings.model_fields, key=lambda name: name not in required)
    return "\n".join([HEAD, *(_lines(name, required=name in required) for name in order)])


def _lines(name: str, *, required: bool) -> str:
    field = Settings.model_fields[name]
    mark = "" if required or name == "data_dir" else "#"
    value = "" if required else _written(name, field.get_default())
    return f"# {field.description}\n{mark}{PREFIX}{name.upper()}={value}\n"


def _written(name: str, default: Any) -> str:
    """A default as the environment takes it; DATA_DIR is set, to the folder that the units make."""
    if name == "data_dir":
        return "/var/lib/modelport"
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ";".join(default)
    return "" if default is None else str(default)


if __name__ == "__main__":
    PATH.write_text(sample(), encoding="utf-8")
