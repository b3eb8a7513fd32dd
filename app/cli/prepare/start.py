"""What `portal` runs, on the system's Python and its standard library alone: set up if needed, then hand over."""

import os
import sys
from typing import NoReturn

from app.cli.commands import COMMANDS
from app.cli.prepare.places import NODE, PYTHON, ROOT
from app.cli.prepare.state import is_ready, load_state

# Sections of requirements.lock that a command needs; all others need production alone.
PRODUCTION = ("production",)
EVALUATION = (*PRODUCTION, "evaluation")
DEMO = (*EVALUATION, "demo")
TEST = (*DEMO, "test")
NEEDS = {"run": EVALUATION, "demo": DEMO, "test": TEST, "lock": TEST}
NEVER_SET_UP = ("serve", "worker")


def main(arguments: list[str]) -> int:
    """Do what `arguments` ask for; returns only where nothing is handed over."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    if command not in COMMANDS or "-h" in arguments or "--help" in arguments:
        return _describe(arguments)
    sections = wanted_sections(command, arguments)
    pack = packed(command, arguments)
    if pack and sections != PRODUCTION:
        _say("A pack holds what production needs: leave out --for, or leave out --from.")
        return 2
    if not is_ready(load_state(), sections):
        if command in NEVER_SET_UP:
            _say("Modelport is not set up for this version: run ./portal setup first.")
            return 2
        code = _set_up(sections, pack)
        if code:
            return code
    _hand_over(arguments)


def wanted_sections(command: str, arguments: list[str]) -> tuple[str, ...]:
    """The lock's sections for a command; `setup --for test` prepares another command's."""
    if command == "setup" and "--for" in arguments[:-1]:
        command = arguments[arguments.index("--for") + 1]
    return NEEDS.get(command, PRODUCTION)


def packed(command: str, arguments: list[str]) -> str:
    """The pack that `setup --from` names, "" for the registries."""
    if command != "setup":
        return ""
    for each, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if each == "--from" or each.startswith("--from="):
            return each.partition("=")[2] or following
    return ""


def _describe(arguments: list[str]) -> int:
    # The command line helps and complains under this very Python, without any set-up.
    from app.cli.parser import main as parse

    return parse(arguments)


def _set_up(sections: tuple[str, ...], pack: str) -> int:
    import signal
    from pathlib import Path

    from app.cli.prepare.install import set_up, set_up_from
    from app.cli.prepare.programs import SetupError

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        set_up_from(Path(pack), _say) if pack else set_up(sections, _say)
    except SetupError as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        _say("Interrupted; the next start repairs what is unfinished.")
        return 130
    return 0


def _hand_over(arguments: list[str]) -> NoReturn:
    """Become the command line in the environment; `-m`, because a script's first line breaks on spaces."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
    if NODE.is_dir():
        environment["PATH"] = os.pathsep.join((str(NODE / "bin"), environment.get("PATH", os.defpath)))
    os.execve(PYTHON, [str(PYTHON), "-P", "-m", "app.cli", *arguments], environment)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
