"""Files that hold a secret: those that settings name, and those that this installation keeps in DATA_DIR."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.config import PREFIX, Settings
from app.config_sources import read_local
from app.shown_settings import is_confidential

# The key of the installation, and what an evaluation and the demo make for themselves.
_OWN = ("secret_key", "canaille/*.json", "embed/*.key", "demo-key")
# Owner: read and write; group: read; everybody else: nothing (0640).
_TOO_MUCH = 0o037


def too_open(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence, with the command that mends it, for each such file that others may read or change."""
    named = [_file(origin, environment) for origin in _origins(settings, environment)]
    own = [path for pattern in _OWN for path in sorted(settings.data_dir.glob(pattern))]
    for path in dict.fromkeys([*named, *own]):
        try:
            mode = path.stat().st_mode & 0o777
        except OSError:
            continue  # a file that is needed and missing has been told of by now
        if mode & _TOO_MUCH:
            yield (
                f"{path} holds a secret, and others on this machine may read or change it (mode {mode:04o}). "
                f"Run: chmod 0640 {shlex.quote(str(path))}"
            )


def _origins(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Where each value that is not for everybody comes from: a variable that names a file, or the TOML file."""
    for name, origin in read_local(environment)[1].items():
        if name in Settings.model_fields and is_confidential(name, getattr(settings, name)):
            yield origin


def _file(origin: str, environment: Mapping[str, str]) -> Path:
    return Path(environment[origin] if origin.startswith(PREFIX) else origin)
