"""Times pages while 50 connection tests run in the same process, beside the same pages when nothing runs.

Run by hand: `.venv/bin/python bench/busy_pages.py [--endpoints 200] [--pause 0.5]`. One worker serves as `serve` does;
every endpoint's server takes its pause for each answer, so that 50 tests are under way the whole time. Goal: a median
below 100 ms.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.list import SERVE, Client, environment, free_port, wait_for  # noqa: E402 (the path comes first)
from bench.slow_models import HOSTS  # noqa: E402
from bench.test_all import Models  # noqa: E402

GOAL_MS = 100
PAGES = ("/", "/endpoints", "/features", "/families")
IDLE_ROUNDS = 20


def fill(number: int, model_port: int) -> str:
    """Store the endpoints, sign an admin in, and return the cookie; reads the environment's settings."""
    from app.config import load_settings
    from app.domain.endpoints import EndpointDraft
    from app.domain.roles import Actor, Role
    from app.factory import create_app, ports_of
    from app.services import endpoints, sessions
    from app.services.sessions import SignedIn, Visitor

    ports = ports_of(create_app(load_settings()))
    ada = Actor("bench", "ada", "Ada", Role.ADMIN)
    for each in range(number):
        address = f"http://{HOSTS[each % len(HOSTS)]}:{model_port}/v1"
        draft = EndpointDraft(
            name=f"Endpoint {each}", server="vllm", base_url=address, identifier="alpha", api_key="sk-bench"
        )
        endpoints.create(ports, ada, draft)
    who = SignedIn("http://127.0.0.1:9", "ada", "Ada", Role.ADMIN, groups=("admins",))
    return f"modelport={sessions.begin(ports, who, Visitor())}"


def test_all(port: int, cookie: str) -> None:
    """Press the button of the list."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/endpoints", headers={"Cookie": cookie})
    page = connection.getresponse().read().decode()
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if found is None:
        sys.exit("the list has no token")
    headers = {"Cookie": cookie, "X-CSRFToken": found[1], "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/endpoints/test-all", body=b"", headers=headers)
    answer = connection.getresponse()
    if answer.status not in (200, 302, 303):
        sys.exit(f"Test all answered {answer.status}")


def ask(client: Client) -> list[float]:
    """Each page once."""
    return [client.ask(path) for path in PAGES]


def report(port: int, cookie: str, models: Models) -> None:
    """The pages idle, then until the tests are over."""
    client = Client(port, cookie)
    ask(client)
    idle = median(each for _ in range(IDLE_ROUNDS) for each in ask(client))
    test_all(port, cookie)
    times: list[float] = []
    seen, quiet_since = models.count(), time.monotonic()
    while time.monotonic() - quiet_since < 2:
        times += ask(client)
        if (now := models.count()) != seen:
            seen, quiet_since = now, time.monotonic()
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    print(
        f"{len(times)} pages while 50 tests ran: median {median(times):.1f} ms, p95 {p95:.1f} ms (goal {GOAL_MS}); "
        f"idle {idle:.1f} ms, ratio {median(times) / idle:.2f}"
    )


def main() -> None:
    """Migrate, fill, serve, test, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.fill:
        print(json.dumps(fill(chosen.endpoints, chosen.fill)))
        return
    models = Models(chosen.pause)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        allowed = ";".join(f"{host}:{models.port}" for host in HOSTS)
        settings = environment(Path(folder), port) | {"MODELPORT_EGRESS_ALLOW": allowed}
        subprocess.run([sys.executable, "-m", "app.cli", "migrate"], env=settings, cwd=ROOT, check=True)
        own = [sys.executable, __file__, "--fill", str(models.port), "--endpoints", str(chosen.endpoints)]
        filled = subprocess.run(own, env=settings, cwd=ROOT, check=True, capture_output=True, text=True)
        server = subprocess.Popen([sys.executable, "-c", SERVE], env=settings, cwd=ROOT)
        try:
            wait_for(port)
            report(port, json.loads(filled.stdout), models)
        finally:
            server.terminate()
            server.wait(20)
    models.stop()


if __name__ == "__main__":
    main()
