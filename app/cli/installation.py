"""This installation, for commands that act inside it through the same services as pages and API."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import Refused, keep_private
from app.cli.schema import SQLITE
from app.cli.uses import using

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings
    from app.domain.roles import Actor


@contextmanager
def installation() -> Iterator["Flask"]:
    """The portal as the settings have it, not served, on a database of this version; what fails is told in a line.

    Raises Refused.
    """
    from app.cli.settings import own_settings, read_settings

    keep_private()
    database = read_settings().database
    if database.startswith(SQLITE) and not Path(database.removeprefix(SQLITE)).exists():
        raise Refused("There is no database yet: start ./portal run once, or run ./portal migrate.")
    settings = own_settings()
    with using(settings):
        yield from _opened(settings)


def _opened(settings: "Settings") -> Iterator["Flask"]:
    from app.domain.errors import Invalid, ModelportError
    from app.factory import create_app, ports_of, runner_of
    from app.services import readiness_check

    # Without an issuer it is `run` that serves this database, and it admits model servers on loopback.
    app = create_app(settings, evaluation=not settings.oidc_issuer)
    try:
        if problems := readiness_check.problems(ports_of(app)):
            raise Refused(*(f"{problem} Run ./portal migrate." for problem in problems))
        yield app
    except Invalid as error:
        raise Refused(*(f"{name}: {' '.join(told)}" for name, told in error.fields.items())) from error
    except ModelportError as error:
        raise Refused(error.message) from error
    finally:
        runner_of(app).close()
        ports_of(app).door.close()
        ports_of(app).store.engine.dispose()


def operator() -> "Actor":
    """Who acts: whoever may run commands here holds the keys and the database already."""
    from app.domain.roles import Actor, Role

    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        login = "unknown"
    return Actor("command line", login, f"{login} at the command line", Role.ADMIN)
