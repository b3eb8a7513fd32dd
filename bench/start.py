"""Times a clean checkout to the first page, a second start to /readyz, and weighs the idle worker.

Run by hand: `python3 bench/start.py [--warm]`. Each figure stands beside the same figure of a bare Flask app under the
same server in the same run. `--warm` keeps the package caches; without it pip and npm start with empty ones.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BARE = """
import sys
from flask import Flask
from gunicorn.app.base import BaseApplication

class Bare(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", sys.argv[1])
        self.cfg.set("worker_class", "gevent")
        self.cfg.set("loglevel", "error")
    def load(self):
        app = Flask("bare")
        app.add_url_rule("/readyz", view_func=lambda: "ok")
        return app

Bare().run()
"""


def free_port() -> int:
    """A port whose neighbour is free, too: the provider takes it."""
    while True:
        with closing(socket.socket()) as one, closing(socket.socket()) as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def seconds_until(url: str, process: subprocess.Popen[bytes], most: float = 300.0) -> float:
    """Seconds from now until the address answers 200."""
    started = time.perf_counter()
    while time.perf_counter() - started < most:
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - started
        except OSError:
            time.sleep(0.02)
    sys.exit(f"{url} did not answer within {most} s")


def worker_megabytes(pid: int) -> float:
    """Resident memory of the largest child that serves, in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [_resident(int(child)) for child in children if "provider" not in _command(int(child))]
    return max(found, default=_resident(pid))


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _resident(pid: int) -> float:
    line = next(each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def measure(command: list[str], folder: Path, environment: dict[str, str], url: str) -> tuple[float, float]:
    """Start, wait for the address, let it settle, weigh the worker, stop: seconds and megabytes."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        seconds = seconds_until(url, process)
        time.sleep(3)
        return seconds, worker_megabytes(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def main() -> None:
    """Clone, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", action="store_true", help="keep the package caches")
    warm = parser.parse_args().warm
    with tempfile.TemporaryDirectory(prefix="modelport bench ") as name:
        folder = Path(name) / "checkout"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        port = free_port()
        environment = {**os.environ, "MODELPORT_BIND": f"127.0.0.1:{port}", "MODELPORT_DATA_DIR": str(folder / "var")}
        if not warm:
            environment |= {"PIP_NO_CACHE_DIR": "1", "npm_config_cache": str(Path(name) / "npm")}
        origin = f"http://127.0.0.1:{port}"
        first, _ = measure(["./portal", "run"], folder, environment, f"{origin}/auth/login")
        second, megabytes = measure(["./portal", "run"], folder, environment, f"{origin}/readyz")
        bare_port = free_port()
        python = str(folder / ".venv" / "bin" / "python")
        bare_command = [python, "-c", BARE, f"127.0.0.1:{bare_port}"]
        bare, bare_megabytes = measure(bare_command, folder, environment, f"http://127.0.0.1:{bare_port}/readyz")
        shutil.rmtree(folder, ignore_errors=True)
    print(f"clean checkout to first page: {first:.1f} s (goal 60), caches {'kept' if warm else 'empty'}")
    print(f"second start to /readyz: {second:.2f} s (goal 3), bare Flask {bare:.2f} s, ratio {second / bare:.1f}")
    ratio = megabytes / bare_megabytes
    print(f"idle worker: {megabytes:.0f} MB (goal 120), bare Flask {bare_megabytes:.0f} MB, ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
