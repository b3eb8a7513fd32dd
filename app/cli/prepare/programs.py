"""The programs that set-up runs: their output goes to one log, and none outlives the set-up."""

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path


class SetupError(Exception):
    """Set-up cannot go on; the message is one line and names the cure."""


class Programs:
    """Runs programs from several threads; leaving the block ends those that still run.

    They keep `lock` open: should this process be killed, the next set-up waits for those it left behind.
    """

    def __init__(self, log: Path, lock: int) -> None:
        self._log = log
        self._held = lock
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            for process in self._running:
                process.terminate()

    def run(self, command: list[str], cure: str, cwd: Path, environment: Mapping[str, str] | None = None) -> None:
        """Run a program to its end; raises SetupError with `cure` and the program's last words when it fails."""
        with self._lock:
            if self._closed:
                raise SetupError("Set-up was stopped.")
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                pass_fds=(self._held,),
            )
            self._running.add(process)
        output, _ = process.communicate()
        with self._lock:
            self._running.discard(process)
            with self._log.open("ab") as log:
                log.write(output)
        if process.returncode:
            raise SetupError(f"{cure} It said: {last_words(output)} (all of it: {self._log})")


def last_words(output: bytes) -> str:
    """The line of a program's output that tells most: pip's last error, npm's first."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")][-1:]
    errors += [line for line in lines if line.lower().startswith("npm error")][:1]
    return (errors or lines[-1:] or ["nothing"])[0]
