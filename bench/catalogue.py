"""Times pages of the catalogue at two sizes, beside a constant page of the same server.

Run by hand: `.venv/bin/python bench/catalogue.py [--postgresql] [--entries 1000 10000] [--rounds 40]`. For each size a
portal serves as `serve` does, and one more on PostgreSQL if asked for, with ten reports and twenty votes for every
entry. A client on a kept connection asks all for every address in turn, so that a busy moment of the machine meets all
of them, and medians are compared. The floor is /livez, which renders and reads nothing. Goals: ten times the entries
cost at most 1.5 times as much, no page more than 50 times the floor or six statements, none slower on PostgreSQL.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.list import FLOOR, SERVE, Client, environment, free_port, wait_for  # noqa: E402 (the path comes first)

GROWTH, FLOORS, STATEMENTS = 1.5, 50, 6
STARTING_SECONDS = 25
# All but one fill a page at both sizes: entries that are shown cost more than those that are looked at.
PAGES = {
    "all, the best first": "/catalogue",
    "page 40": "/catalogue?page=40",
    "by name": "/catalogue?sort=name",
    "by rating": "/catalogue?sort=rating",
    "by votes": "/catalogue?sort=votes",
    "by size": "/catalogue?sort=size",
    "one letter": "/catalogue?q=m",
    "two words": "/catalogue?q=mistral+1",
    "a number": "/catalogue?q=7",
    "a word that nothing has": "/catalogue?q=zebra",
    "one host": "/catalogue?host=vllm",
    "supported": "/catalogue?tier=supported",
    "a family": "/catalogue?family=qwen",
    "a level of chat": "/catalogue?want=chat&level=partial",
    "hardware": "/catalogue?gpus=2x+A100+40+GB",
    "all at once": "/catalogue?q=m&host=vllm&want=chat&level=partial&gpus=8x+H100&sort=votes",
    "the entry with most reports and comments": "/catalogue/vllm/crowd-0",
    "its history": "/catalogue/vllm/crowd-0/history",
    "a page of the JSON feed": "/catalogue/feed.json",
    "the Atom feed": "/catalogue/changes.atom",
}


def fill(entries: int) -> dict[str, object]:
    """Store so many entries and sign an admin in; the cookie, and how many statements each page takes.

    Reads the environment's settings.
    """
    from sqlalchemy import text

    from app.config import load_settings
    from app.domain.roles import Role
    from app.factory import create_app, ports_of
    from app.lib import clock
    from app.services import catalogue_seed, sessions
    from app.services.sessions import SignedIn, Visitor
    from tests.fixtures import crowds
    from tests.fixtures.statements import statements

    settings = load_settings()
    app = create_app(settings)
    ports = ports_of(app)
    crowds.fill(ports.store, clock.now(), entries, entries * 10, entries * 20, comments=entries * 10)
    catalogue_seed.seed(ports)
    if not ports.store.is_sqlite:
        # What PostgreSQL does by itself within a minute.
        with ports.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    who = SignedIn("http://127.0.0.1:9", "ada", "Ada", Role.ADMIN, groups=("admins",))
    cookie = f"modelport={sessions.begin(ports, who, Visitor())}"
    client = app.test_client(use_cookies=False)
    taken = {}
    for name, path in PAGES.items():
        with statements(ports.store) as sent:
            client.get(path, base_url=settings.origin, headers={"Cookie": cookie})
        taken[name] = len(sent)
    return {"cookie": cookie, "statements": taken}


@contextmanager
def databases(folder: Path, sizes: list[int]) -> Iterator[list[dict[str, str]]]:
    """An empty PostgreSQL database for each size, as settings."""
    import psycopg

    from app.cli.child import spawn

    server = spawn("tests.peers.postgres", [], folder / "postgres.log")
    try:
        address = server.ready_line(60)
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            for size in sizes:
                connection.execute(f"CREATE DATABASE catalogue_{size}")
        yield [{"MODELPORT_DATABASE_URL": f"{address}/catalogue_{size}"} for size in sizes]
    finally:
        server.stop()


@contextmanager
def portal(folder: Path, entries: int, more: dict[str, str]) -> Iterator[tuple[Client, dict[str, int]]]:
    """A portal with so many entries that serves until the end of the block, and its pages' statements."""
    port = free_port()
    settings = {**environment(folder, port), **more}
    subprocess.run([sys.executable, "-m", "app.cli", "migrate"], env=settings, cwd=ROOT, check=True)
    own = [sys.executable, __file__, "--fill", str(entries)]
    filled = subprocess.run(own, env=settings, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(filled.stdout)
    server = subprocess.Popen([sys.executable, "-c", SERVE], env=settings, cwd=ROOT)
    try:
        wait_for(port)
        yield Client(port, told["cookie"]), told["statements"]
    finally:
        server.terminate()
        server.wait(20)


def measure(clients: list[Client], rounds: int) -> dict[str, list[float]]:
    """Ask all for everything in turn; the median in milliseconds of each client, by address."""
    times: dict[str, list[list[float]]] = {path: [[] for _ in clients] for path in (FLOOR, *PAGES.values())}
    for number in range(rounds + 5):
        for path, measured in times.items():
            for client, found in zip(clients, measured, strict=True):
                took = client.ask(path)
                found += [took] if number >= 5 else []
    return {path: [median(found) for found in measured] for path, measured in times.items()}


def report(medians: dict[str, list[float]], statements: dict[str, int]) -> None:
    """A line for each page: at both sizes on SQLite, and where it was asked for on PostgreSQL."""
    floor = median(medians[FLOOR])
    print(f"{FLOOR}: {floor:.2f} ms, the floor")
    for name, path in PAGES.items():
        small, large, *others = medians[path]
        print(f"{name}: {statements[name]} statements (goal {STATEMENTS}); {told(small, large, floor)}")
        if others:
            print(f"    on PostgreSQL {told(others[0], others[1], floor)}, {others[1] / large:.2f} times SQLite's")


def told(small: float, large: float, floor: float) -> str:
    """What a page takes at both sizes, in milliseconds."""
    growth = f"grows {large / small:.2f} (goal {GROWTH})"
    return f"{small:.1f} -> {large:.1f} ms, {growth}, {large / floor:.1f} floors (goal {FLOORS})"


def main() -> None:
    """Fill, serve, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--entries", type=int, nargs=2, default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.fill:
        print(json.dumps(fill(chosen.fill)))
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        made: list[dict[str, str]] = [{}, {}]
        if chosen.postgresql:
            made += stack.enter_context(databases(folder, chosen.entries))
        portals: list[tuple[Client, dict[str, int]]] = []
        for size, more in zip(chosen.entries * (len(made) // 2), made, strict=True):
            own = folder / str(len(portals))
            own.mkdir()
            portals.append(stack.enter_context(portal(own, size, more)))
        # Until what a portal does when it starts is done.
        time.sleep(STARTING_SECONDS)
        report(measure([client for client, _ in portals], chosen.rounds), portals[1][1])


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    main()
