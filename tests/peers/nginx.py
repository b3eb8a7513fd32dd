"""A real nginx in front of a portal, with the file from deploy/ in which only addresses and paths are exchanged."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from app.cli.prepare.places import ROOT, VENV
from tests.fakes.certificates import Certificate

SAMPLE = ROOT / "deploy" / "nginx" / "modelport.conf"
UNPACKED = VENV / "peers" / "nginx"
PACKAGES = ("nginx", "nginx-common", "nginx-light")
AROUND = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/modelport.conf;
}}
"""


class NoNginxError(Exception):
    """No nginx runs here; the message says what was tried."""


def find_or_install() -> str:
    """The path of an nginx that runs: the machine's, or Debian's unpacked beside the environment. Raises NoNginxError.

    Nothing is installed on the machine, where the package would start a server of its own.
    """
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    program = found or str(_unpacked())
    done = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNginxError(f"{program} does not run ({done.stderr.strip()}); install nginx.")
    return program


def _unpacked() -> Path:
    program = UNPACKED / "usr" / "sbin" / "nginx"
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with (UNPACKED / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not program.exists():
            _download()
    return program


def _download() -> None:
    if not shutil.which("apt-get"):
        raise NoNginxError("nginx is not installed, and without apt-get it is not known how to get it.")
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "-qq", "update"], capture_output=True, check=False)
    for name in PACKAGES:
        subprocess.run(["apt-get", "-qq", "download", name], cwd=UNPACKED, capture_output=True, check=False)
    archives = sorted(UNPACKED.glob("*.deb"))
    for each in archives:
        subprocess.run(["dpkg-deb", "-x", each, UNPACKED], capture_output=True, check=False)
        each.unlink()
    if not archives:
        raise NoNginxError("nginx is not installed, and apt-get could not download it.")


@contextlib.contextmanager
def before(portal_port: int, port: int, certificate: Certificate, folder: Path) -> Iterator[str]:
    """nginx in front of a portal that listens on `portal_port`; yields the address that people open."""
    changes = {
        "listen 80;": f"listen 127.0.0.1:{_free_port()};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen [::]:443 ssl;": "",
        "server 127.0.0.1:8050;": f"server 127.0.0.1:{portal_port};",
        "/etc/nginx/tls/modelport.example.com.pem": str(certificate.chain),
        "/etc/nginx/tls/modelport.example.com.key": str(certificate.key),
        "modelport.example.com": "localhost",
    }
    text = SAMPLE.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{SAMPLE.name} has no {old}"
        text = text.replace(old, new)
    (folder / "modelport.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    command = [find_or_install(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _await(process, port, folder / "nginx.log")
        yield f"https://localhost:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise NoNginxError(f"nginx did not start: {log.read_text()[-1000:]}") from error
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port
