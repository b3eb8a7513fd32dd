"""Times the list of endpoints with thousands stored, beside a constant page of the same process.

Run by hand: `.venv/bin/python bench/list.py [--endpoints 10000] [--rounds 60]`. One worker serves as `serve` does; a
client on a kept connection asks for each address in turn, and medians are compared. The floor is /livez, which renders
and reads nothing; /help, a page with its surroundings and no list, stands beside it. Goals: 25 times the floor, 50
where something is searched.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "/livez"
PAGES = {
    "/help": None,
    "/endpoints": 25,
    "/endpoints?page=400": 25,
    "/endpoints?sort=verdict": 25,
    "/endpoints?tier=supported&owner=Team+7": 25,
    "/endpoints?q=small-77": 50,
    "/endpoints?q=gpu+models+99": 50,
    "/endpoints?q=nothing-like-it": 50,
}
SERVE = "from app.cli.parser import main; main(['serve', '--workers', '1'])"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def environment(folder: Path, port: int) -> dict[str, str]:
    """Settings of a portal whose provider nobody asks."""
    values = {
        "DATA_DIR": str(folder),
        "BIND": f"127.0.0.1:{port}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEYS": "a key for measuring that is long enough",
        "OIDC_ISSUER": "http://127.0.0.1:9",
        "OIDC_CLIENT_ID": "bench",
        "OIDC_CLIENT_SECRET": "a secret for measuring that is long enough",
        "ROLE_ADMIN": "admins",
        "LOG_LEVEL": "WARNING",
    }
    return {**os.environ, "PYTHONPATH": str(ROOT), **{f"MODELPORT_{name}": value for name, value in values.items()}}


def fill(number: int) -> str:
    """Store the endpoints, sign an admin in, and return the cookie; reads the environment's settings."""
    from sqlalchemy import insert

    from app.config import load_settings
    from app.domain.roles import Role
    from app.factory import create_app, ports_of
    from app.lib import clock, tokens
    from app.models.endpoint import Endpoint
    from app.services import sessions
    from app.services.sessions import SignedIn, Visitor

    ports = ports_of(create_app(load_settings()))
    common = {"platform": "openai_compatible", "server": "vllm", "family": "mistral", "version": 1, "headers": {}}
    common |= {"quirks": [], "enabled": True, "tier_reasons": ["GitLab lists this model on this host."]}
    common |= {"created_at": clock.now(), "updated_at": clock.now(), "probed_at": clock.now(), "model": ""}
    rows = [
        {
            **common,
            "id": tokens.new_id(),
            "slug": f"endpoint-{each}",
            "name": f"Endpoint {each:05}",
            "name_key": f"endpoint {each:05}",
            "base_url": f"http://gpu-{each}.models.example:8000/v1",
            "identifier": f"custom_openai/mistral-small-{each}",
            "served_name": f"mistral-small-{each}",
            "owner": f"Team {each % 20}",
            "tier": ("supported", "compatible", "other")[each % 3],
            "verdict": ("passed", "failed", "", "warned")[each % 4],
        }
        for each in range(number)
    ]
    with ports.store.write() as session:
        session.execute(insert(Endpoint), rows)
    who = SignedIn("http://127.0.0.1:9", "ada", "Ada", Role.ADMIN, groups=("admins",))
    return f"modelport={sessions.begin(ports, who, Visitor())}"


class Client:
    """One kept connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Cookie": cookie}

    def ask(self, path: str) -> float:
        """Milliseconds until the whole answer is there; raises SystemExit for anything but a page."""
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}")
        return (time.perf_counter() - started) * 1000


def wait_for(port: int) -> None:
    """Until somebody listens; raises SystemExit after half a minute."""
    for _ in range(300):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("the portal did not start")


def report(client: Client, rounds: int) -> None:
    """Every address in turn, so that a busy moment of the machine meets all of them."""
    times: dict[str, list[float]] = {path: [] for path in (FLOOR, *PAGES)}
    for number in range(rounds + 5):
        for path, measured in times.items():
            took = client.ask(path)
            if number >= 5:
                measured.append(took)
    floor = median(times[FLOOR])
    print(f"{FLOOR}: {floor:.2f} ms, the floor")
    for path, goal in PAGES.items():
        took = median(times[path])
        print(f"{path}: {took:.1f} ms, ratio {took / floor:.1f}" + (f" (goal {goal})" if goal else ""))


def main() -> None:
    """Migrate, fill, serve, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.fill:
        print(json.dumps(fill(chosen.endpoints)))
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = environment(Path(folder), port)
        subprocess.run([sys.executable, "-m", "app.cli", "migrate"], env=settings, cwd=ROOT, check=True)
        own = [sys.executable, str(Path(__file__)), "--fill", "--endpoints", str(chosen.endpoints)]
        filled = subprocess.run(own, env=settings, cwd=ROOT, check=True, capture_output=True, text=True)
        server = subprocess.Popen([sys.executable, "-c", SERVE], env=settings, cwd=ROOT)
        try:
            wait_for(port)
            report(Client(port, json.loads(filled.stdout)), chosen.rounds)
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
