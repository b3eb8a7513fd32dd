"""Settings for commands: a bad one ends the command with its name before anything heavy is imported."""

import os
from collections.abc import Callable

from app.cli.console import Refused, say
from app.config import Settings, SettingsError, load_settings, serving_problems, with_own_key
from app.key_files import too_open


def read_settings() -> Settings:
    """The settings. Raises Refused with a line per bad setting."""
    return _refusing(load_settings)


def production_settings() -> Settings:
    """The settings, complete for `serve`. Raises Refused with a line per bad or missing setting."""
    settings = read_settings()
    problems = serving_problems(settings)
    if problems:
        raise Refused(*problems)
    return settings


def own_settings() -> Settings:
    """The settings with a key of this installation where none is set. Raises Refused."""
    return _refusing(lambda: with_own_key(load_settings()))


def writable_settings() -> Settings:
    """The settings, with DATA_DIR made and found writable. Raises Refused."""

    def read() -> Settings:
        settings = load_settings()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not os.access(settings.data_dir, os.W_OK | os.X_OK):
            raise PermissionError(f"{settings.data_dir} is not writable")
        return settings

    return _refusing(read)


def warn_of_key_files(settings: Settings) -> None:
    """Say at a start which files with a secret others on this machine could read."""
    for sentence in too_open(settings, os.environ):
        say(f"Warning: {sentence}")


def _refusing(read: Callable[[], Settings]) -> Settings:
    try:
        return read()
    except SettingsError as error:
        raise Refused(*error.problems) from error
    except OSError as error:
        raise Refused(f"MODELPORT_DATA_DIR: cannot be used ({error}).") from error
