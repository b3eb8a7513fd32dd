"""A server of a bench in a process of its own, so that the CPU counted is Modelport's.

It prints its port, and then the number of its requests for each line that it is sent.
"""

import subprocess
import sys
from collections.abc import Sequence


class Counting:
    """Such a server, started with Python and these arguments."""

    def __init__(self, arguments: Sequence[str]) -> None:
        command = [sys.executable, *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.port = int(self._read())

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def count(self) -> int:
        """How many requests it has answered."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        return int(self._read())

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
