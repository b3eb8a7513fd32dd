"""What the API was given by the factory, reachable from its routes."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.jobs.instance import InstanceWork
from app.jobs.runner import Runner
from app.services.ports import Ports

KEY = "modelport"
# Where the API is mounted.
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Context:
    """The ports, what runs tests and work with GitLab in the background, the origin that people and programs open."""

    ports: Ports
    runner: Runner
    instance: InstanceWork
    origin: str


def context() -> Context:
    """The context of the running app."""
    return cast(Context, current_app.extensions[KEY])


def ports() -> Ports:
    """The ports of the running app."""
    return context().ports
