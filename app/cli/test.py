"""`test`: the checks of style, types and floors, then every test, a browser's and real peers' among them."""

import argparse
import os
import secrets
import subprocess
import sys

from app.cli import browser
from app.cli.console import OK, ROOT, WRONG, answer, say
from app.cli.lint_report import FAILED

TAKES_THE_REST = True
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--quiet", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": ["-m", "mypy", "--strict", "app"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"],
}

# Half of what the tests do is waiting for other programs; a file's tests share what it starts.
PYTEST = ["-p", "app.cli.lint_report", "--continue-on-collection-errors", "-n", "2", "--dist", "loadfile"]
# In the order of the folders: the long journeys in browsers come early, and not last with one process idle beside them.
PYTEST += ["--no-loadscope-reorder"]
# Among thousands of presses in real browsers on a busy machine one goes nowhere now and then. A few tests get a second
# try, and what each showed the first time is printed: it is a fault to mend, and more than a few fail the run.
PYTEST += ["--reruns=1", "--max-suite-reruns=5", "--rerun-show-tracebacks"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything but --json goes to pytest."""
    parser.usage = "./portal test [-h] [--json] [--long] [pytest's arguments]"


def execute(arguments: argparse.Namespace) -> int:
    """Run all checks and all tests, whatever fails; pytest's summary is the last line."""
    results = {name: _run(name, command, arguments.json) for name, command in CHECKS.items()}
    try:
        os.environ[browser.SETTING] = browser.find_or_install()
    except browser.NoBrowserError as error:
        # Each test that needs one fails and repeats this.
        say(f"browser: {error}")
        os.environ[browser.SETTING] = ""
    # Both processes have to collect the same tests in the same order, whatever that is this time.
    os.environ.setdefault("PYTHONHASHSEED", str(secrets.randbelow(1 << 32)))
    os.environ[FAILED] = ", ".join(name for name, code in results.items() if code)
    results["pytest"] = _run("pytest", ["-m", "pytest", *PYTEST, *arguments.rest], arguments.json)
    if arguments.json:
        answer({name: code == 0 for name, code in results.items()})
    return WRONG if any(results.values()) else OK


def _run(name: str, command: list[str], quiet: bool) -> int:
    """A program of the environment by its exit code; `quiet` leaves stdout to the data."""
    say(f"== {name}")
    stdout = sys.stderr if quiet else None
    return subprocess.run([sys.executable, *command], cwd=ROOT, stdout=stdout, check=False).returncode
