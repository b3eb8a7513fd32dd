"""What the gateway was given by the factory, reachable from its routes."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.gateway.leaving import Watch
from app.services.switchboard import Switchboard

KEY = "modelport"
# Where the gateway is mounted.
PREFIX = "/v1"


@dataclass(frozen=True, slots=True)
class Context:
    """The switchboard of this process, and the watch over callers who leave."""

    switchboard: Switchboard
    watch: Watch


def context() -> Context:
    """The context of the running app."""
    return cast(Context, current_app.extensions[KEY])
