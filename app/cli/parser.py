"""From arguments to a command; its module is imported when it is asked for."""

import argparse
import importlib
from types import ModuleType

from app.cli.commands import COMMANDS
from app.cli.console import MISUSE, WRONG, Refused, say
from app.version import version


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code: 0 fine, 1 found wrong, 2 misuse."""
    chosen = next((each for each in arguments if each in COMMANDS), None)
    module = importlib.import_module(COMMANDS[chosen].module) if chosen else None
    parsed, rest = _parser(chosen, module).parse_known_args(arguments)
    if module is None:
        _parser(None, None).print_help()
        return MISUSE
    if rest and not hasattr(module, "TAKES_THE_REST"):
        _parser(chosen, module).error(f"unknown argument: {' '.join(rest)}")
    parsed.rest = rest
    try:
        code: int = module.execute(parsed)
    except Refused as refusal:
        for line in refusal.lines:
            say(line)
        return MISUSE
    except KeyboardInterrupt:
        say("Stopped.")
        return WRONG
    return code


def _parser(chosen: str | None, module: ModuleType | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./portal", description="Self-hosted models for GitLab Duo.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=version())
    commands = parser.add_subparsers(metavar="command", title="commands")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.summary, description=command.summary, allow_abbrev=False)
        sub.add_argument("--json", action="store_true", help="print data on stdout as JSON, progress on stderr")
        if name == chosen and module is not None:
            module.configure(sub)
    return parser
