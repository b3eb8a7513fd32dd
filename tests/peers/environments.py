"""Environments of their own for peers whose requirements do not go with ours.

Each is installed by hash when a test first asks for it, and kept until its lock file changes.
"""

import fcntl
import shutil
import venv
from collections.abc import Callable
from pathlib import Path

from app.cli.prepare import web
from app.cli.prepare.places import PYTHON, ROOT, VENV
from app.cli.prepare.programs import Programs
from app.cli.prepare.state import digest

PEERS = ROOT / "tests" / "peers"
INSTALLED = VENV / "peers"
CURE = (
    "{name} could not be installed for the tests: see that this machine reaches a package index and an npm registry "
    "(pip's and npm's own settings or HTTPS_PROXY say how), then start again."
)
Install = Callable[[Programs, Path, Path], None]


def python_environment(name: str) -> Path:
    """The Python of an environment with what `name`'s requirements.lock holds. Raises SetupError."""
    return installed(PEERS / name / "requirements.lock", INSTALLED, _install_python) / "bin" / "python"


def node_modules(name: str) -> Path:
    """The node_modules that `name`'s package-lock.json stands for. Raises SetupError."""
    return installed(PEERS / name / "package-lock.json", INSTALLED, _install_node) / "node_modules"


def installed(lock: Path, below: Path, install: Install) -> Path:
    """The folder of this very lock file, filled by one process at a time; what was interrupted is begun anew."""
    name = lock.parent.name
    folder = below / f"{name}-{digest(lock)}"
    done = folder / "done"
    below.mkdir(parents=True, exist_ok=True)
    with (below / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            with Programs(below / f"{name}.log", held.fileno()) as programs:
                install(programs, lock, folder)
            done.touch()
    return folder


def _install_python(programs: Programs, lock: Path, folder: Path) -> None:
    venv.EnvBuilder(symlinks=True).create(folder)
    command = [str(PYTHON), "-m", "pip", f"--python={folder / 'bin' / 'python'}", "install", "--quiet", "--no-input"]
    # Most modules are never imported: compiling them all would take as long again.
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", f"--requirement={lock}"]
    programs.run(command, CURE.format(name=lock.parent.name), ROOT)


def _install_node(programs: Programs, lock: Path, folder: Path) -> None:
    folder.mkdir()
    for source in (lock, lock.with_name("package.json"), ROOT / ".npmrc"):
        shutil.copy(source, folder)
    programs.run(web.install_command(), CURE.format(name=lock.parent.name), folder, web.TRUST)
