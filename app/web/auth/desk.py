"""What the sign-in pages were given by the factory."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from app.domain.access import RoleRules
from app.web.auth.client import Provider

_KEY = "modelport.sign_in"


@dataclass(frozen=True, slots=True)
class Desk:
    """The provider and what its claims mean here. `evaluation`: the provider came with `run`."""

    provider: Provider
    rules: RoleRules
    evaluation: bool = False


def open_desk(app: Flask, desk: Desk) -> None:
    """Give `app` its desk."""
    app.extensions[_KEY] = desk


def desk() -> Desk:
    """The desk of the running app."""
    return cast(Desk, current_app.extensions[_KEY])
