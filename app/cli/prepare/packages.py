"""The virtual environment: Python packages by hash, only those a command needs."""

import importlib.util
import sys
from collections.abc import Collection
from pathlib import Path

from app.cli.prepare.places import NODE, PYTHON, ROOT, VENV
from app.cli.prepare.programs import Programs, SetupError
from app.cli.prepare.state import lock_sections

CURE = (
    "The Python packages could not be installed: see that this machine reaches a package index "
    "(pip's own settings, PIP_INDEX_URL or HTTPS_PROXY say how), then start again."
)


def require_venv() -> None:
    """Raise SetupError where Python came without what makes virtual environments, as Debian's does."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetupError(
            "Python's venv module is missing: install the package python3-venv "
            "(Debian, Ubuntu: apt-get install python3-venv), then start again."
        )


def make_folder() -> None:
    """Begin a new environment in place of the old one, still without pip."""
    import venv

    venv.EnvBuilder(clear=True, symlinks=True).create(VENV)


def add_pip(programs: Programs) -> None:
    """Put Python's own pip into the new environment."""
    cure = f"Python {sys.version.split()[0]} could not make a virtual environment: install the package python3-venv."
    programs.run([str(PYTHON), "-m", "ensurepip", "--default-pip"], cure, ROOT)


def install(programs: Programs, sections: Collection[str]) -> None:
    """Install sections of the lock into the environment."""
    _pip(programs, "".join(lock_sections()[name] for name in sections), VENV / "requirements.txt")


def install_packed(programs: Programs, sections: Collection[str], wheels: Path) -> None:
    """Install sections of the lock from a folder of wheels; no index is asked."""
    text = "".join(lock_sections()[name] for name in sections)
    _pip(programs, text, VENV / "requirements.txt", "--no-index", f"--find-links={wheels}")


def install_node(programs: Programs) -> None:
    """Install Node and npm from a wheel, beside the environment's packages."""
    _pip(programs, lock_sections()["node"], VENV / "requirements-node.txt", f"--target={NODE.parent}")


def _pip(programs: Programs, requirements: str, path: Path, *options: str) -> None:
    path.write_text(requirements, encoding="utf-8")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", *options]
    programs.run([*command, f"--requirement={path}"], CURE, ROOT)
