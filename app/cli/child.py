"""A process of our own beside the portal, which ends when the portal does, even when that was killed."""

import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_SECONDS = 3.0


class ChildError(Exception):
    """The child ended, or said nothing in time; the message quotes the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """A started child. The pipe to its standard input is its lifeline: it ends when the pipe closes."""

    process: subprocess.Popen[str]
    log: Path

    def say(self, line: str) -> None:
        """Hand the child a line: what must not be seen in a list of processes."""
        lifeline = _pipe(self.process.stdin)
        lifeline.write(f"{line}\n")
        lifeline.flush()

    def ready_line(self, seconds: float) -> str:
        """Wait for the one line that the child prints when it is ready. Raises ChildError."""
        output = _pipe(self.process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            line = output.readline() if selector.select(seconds) else ""
        if not line:
            self.stop()
            raise ChildError(f"{self.log.stem} did not start within {seconds:g} s: {_tail(self.log)}")
        return line.strip()

    def stop(self) -> None:
        """Close the lifeline, then insist. May be called twice."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def spawn(module: str, arguments: list[str], log: Path) -> Child:
    """Start `python -m module` with this project importable; see `run`."""
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return run([sys.executable, "-m", module, *arguments], log, {"PYTHONPATH": search})


def run(command: list[str], log: Path, extra: Mapping[str, str] | None = None) -> Child:
    """Start a program with its standard error in `log` (written anew), whose folder it works in.

    Its environment holds nothing of ours: neither keys of the portal nor settings another program would read.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODELPORT_", "CANAILLE"))}
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=log.parent,
            text=True,
            env={**kept, **(extra or {})},
            start_new_session=True,
        )
    return Child(process, log)


def end_with_parent() -> None:
    """Called in the child: leave at once when the lifeline closes.

    The pipe is chosen over Linux's parent-death signal, which fires when the starting *thread* ends.
    """
    threading.Thread(target=_wait_for_end, daemon=True, name="lifeline").start()


def _wait_for_end() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ChildError("the child was started without pipes")
    return stream


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-5:]
    return " | ".join(lines) or "it said nothing"
