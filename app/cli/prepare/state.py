"""What the last set-up finished, compared with what a command needs now."""

import hashlib
import json
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from app.cli.prepare.places import BUNDLE, FILES, PACKAGES, PYTHON, REQUIREMENTS, SCRIPTS, STAMP, VENDOR

_HEADING = re.compile(r"^# section: (\w+)\n", re.MULTILINE)


class State(NamedTuple):
    """Digests of what was installed from; an empty one was not finished."""

    sections: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    npm: str = ""
    script: str = ""


def load_state() -> State:
    """The state that the stamp tells of; an empty one when the environment's Python has gone or moved on."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return State()
    if stamp.pop("python", "") != _python() or not PYTHON.exists():
        return State()
    return State(**stamp)


def save_state(state: State) -> None:
    """Write the stamp, all or nothing."""
    replace(STAMP, json.dumps({"python": _python(), **state._asdict()}).encode())


def _python() -> str:
    # A new minor version of the system's Python is another file; the environment would find no packages.
    return os.path.realpath(PYTHON)


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step, so that an interruption leaves the old one."""
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(content)
    draft.replace(path)


def digest(*paths: Path) -> str:
    """A short name for the content of files; that of nothing where there is no file."""
    return _digest(b"".join(path.read_bytes() for path in paths if path.exists()))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def lock_sections() -> dict[str, str]:
    """The parts of requirements.lock by the name in their heading."""
    parts = _HEADING.split(REQUIREMENTS.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def locked() -> dict[str, str]:
    """The digest of each section of requirements.lock."""
    return {name: _digest(text.encode()) for name, text in lock_sections().items()}


def npm_wanted(sections: Collection[str]) -> tuple[str, ...]:
    """Values of `State.npm` that will do, the one to install first; the tests bring packages of their own."""
    lean = digest(PACKAGES)
    full = f"{lean} with tests"
    return (full,) if "test" in sections else (lean, full)


def is_ready(state: State, sections: Collection[str]) -> bool:
    """Whether all that `sections` stand for is in place and of this version."""
    now = locked()
    installed = all(state.sections.get(name) == now[name] for name in sections)
    return installed and is_current(state, now) and state.npm in npm_wanted(sections) and has_vendor(state)


def is_current(state: State, now: dict[str, str]) -> bool:
    """Whether nothing that was installed has changed in the lock since."""
    return all(now.get(name) == each for name, each in state.sections.items())


def has_vendor(state: State) -> bool:
    """Whether static/vendor is complete and holds the present scripts of static/."""
    return all((VENDOR / name).exists() for name in (*FILES, BUNDLE)) and state.script == digest(*SCRIPTS)
