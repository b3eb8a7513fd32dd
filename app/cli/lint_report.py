"""A pytest plugin: names the checks that failed before the tests above pytest's last line, where they are seen."""

import os
from typing import Protocol

FAILED = "MODELPORT_FAILED_CHECKS"


class Terminal(Protocol):
    """What is used of pytest's terminal reporter."""

    def write_line(self, line: str, **markup: bool) -> None:
        """Print a line."""


def pytest_terminal_summary(terminalreporter: Terminal) -> None:
    """Name the failed checks."""
    failed = os.environ.get(FAILED)
    if failed:
        terminalreporter.write_line(f"Failed before the tests, see above: {failed}", red=True)
