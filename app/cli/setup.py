"""`setup`: the work is done by `portal` before this runs; this says what there is."""

import argparse

from app.cli.console import answer, say
from app.cli.prepare.places import VENDOR
from app.cli.prepare.start import NEEDS
from app.cli.prepare.state import load_state


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--for", dest="command", choices=sorted(NEEDS), help="what another command needs as well")
    parser.add_argument(
        "--from", dest="pack", metavar="FILE", help="out of what ./portal pack wrote, without a network"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Say what is set up."""
    sections = sorted(load_state().sections)
    if arguments.json:
        answer({"sections": sections, "static": sorted(each.name for each in VENDOR.iterdir())})
    else:
        say(f"Set up: Python packages for {', '.join(sections)}; files for the pages.")
    return 0
