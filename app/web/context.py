"""What the web floor was given by the factory, reachable from views."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.jobs.runner import Runner
from app.services.ports import Ports

KEY = "modelport"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting in words; of a secret the value says only whether it is set."""

    name: str
    value: str
    source: str
    help: str


@dataclass(frozen=True, slots=True)
class Context:
    """The ports, the runner of background tests and the facts about this installation that pages show."""

    ports: Ports
    runner: Runner
    origin: str
    evaluation: bool
    settings: tuple[SettingRow, ...] = ()


def context() -> Context:
    """The context of the running app."""
    return cast(Context, current_app.extensions[KEY])


def ports() -> Ports:
    """The ports of the running app."""
    return context().ports
