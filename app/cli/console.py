"""What the commands say: progress and errors on stderr, data on stdout, exit codes 0, 1 and 2."""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OK, WRONG, MISUSE = 0, 1, 2


class Refused(Exception):
    """The command cannot run as it was called or set up; `lines` say why and how to mend it."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def say(line: str) -> None:
    """A line of progress for people."""
    print(line, file=sys.stderr, flush=True)


def answer(data: object) -> None:
    """Data for scripts, as JSON on one line of stdout."""
    print(json.dumps(data, ensure_ascii=False, default=str), flush=True)


def keep_private() -> None:
    """From here on, files that are written belong to their owner alone: databases, keys, copies of both."""
    os.umask(0o077)
