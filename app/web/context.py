"""What the web floor was given by the factory, reachable from views."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.jobs.instance import InstanceWork
from app.jobs.runner import Runner
from app.jobs.tries import Tries
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
    """The ports, what runs tests, tries and work with GitLab in the background, and what pages show of this
    installation.
    """

    ports: Ports
    runner: Runner
    tries: Tries
    instance: InstanceWork
    origin: str
    evaluation: bool
    settings: tuple[SettingRow, ...] = ()


def context() -> Context:
    """The context of the running app."""
    return cast(Context, current_app.extensions[KEY])


def ports() -> Ports:
    """The ports of the running app."""
    return context().ports
