"""Times searching and reading the catalogue at two sizes, beside a constant page of the same process.

Run by hand: `.venv/bin/python bench/catalogue.py [--postgresql] [--entries 1000 10000] [--rounds 60] [--cpu]`. Two
databases are filled, each with ten reports and twenty votes for every entry. All reads are asked in turn at both sizes,
so that a busy moment of the machine meets all of them, and medians are compared. The floor is /livez, which renders and
reads nothing. Goals: ten times the entries cost at most 1.5 times as much, and no read more than 50 times the floor.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import create_engine, text  # noqa: E402

from app.config import load_settings  # noqa: E402
from app.domain.hardware import read_gpus  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.lib import clock  # noqa: E402
from app.models.store import Store, prepare_engine  # noqa: E402
from app.queries import catalogue, catalogue_history, catalogue_pages  # noqa: E402
from app.queries.catalogue import Wanted  # noqa: E402
from tests.fixtures import crowds  # noqa: E402
from tests.fixtures.schema import create_schema  # noqa: E402

GROWTH, FLOORS = 1.5, 50
FLOOR = "/livez"
# All but one fill a page at both sizes: entries that are shown cost more than those that are looked at.
SEARCHES = {
    "all, the best first": Wanted(),
    "page 40": Wanted(page=40),
    "by name": Wanted(sort="name"),
    "by rating": Wanted(sort="rating"),
    "by votes": Wanted(sort="votes"),
    "by size": Wanted(sort="size"),
    "one letter": Wanted(q="m"),
    "two words": Wanted(q="mistral 1"),
    "a number": Wanted(q="7"),
    "a word that nothing has": Wanted(q="zebra"),
    "one host": Wanted(host="vllm"),
    "supported": Wanted(tier="supported"),
    "a family": Wanted(family="qwen"),
    "a level of chat": Wanted(column="chat", level="partial"),
    "hardware": Wanted(gpus=read_gpus("2x A100 40 GB")),
    "all at once": Wanted(q="m", host="vllm", column="chat", level="partial", gpus=read_gpus("8x H100"), sort="votes"),
}

Read = Callable[[Store], object]


def reads() -> dict[str, Read]:
    """What is timed, by its name."""
    found: dict[str, Read] = {
        f"find: {name}": lambda store, wanted=wanted: catalogue.find(store, wanted)  # type: ignore[misc]
        for name, wanted in SEARCHES.items()
    }
    return {**found, "entry with reports and comments": whole, "feed": feed}


def whole(store: Store) -> None:
    """All that the page of the entry with most reports and comments needs."""
    catalogue_pages.shown(store, crowds.HOSTS[0], "crowd-0", reader="https://id.example.com p1")


def feed(store: Store) -> None:
    """The newest changes of all entries."""
    catalogue_history.page_of(store, size=50)


def filled(url: str, entries: int) -> Store:
    """A store with so many entries."""
    create_schema(url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    prepare_engine(engine)
    store = Store(engine)
    started = time.perf_counter()
    crowds.fill(store, clock.now(), entries, entries * 10, entries * 20, comments=entries)
    print(f"{entries} entries filled in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    if not store.is_sqlite:
        # What PostgreSQL does by itself within a minute.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return store


@contextmanager
def databases(folder: Path, postgresql: bool, sizes: list[int]) -> Iterator[list[str]]:
    """An empty database for each size."""
    if not postgresql:
        yield [f"sqlite:///{folder / f'{size}.db'}" for size in sizes]
        return
    import psycopg

    from app.cli.child import spawn

    server = spawn("tests.peers.postgres", [], folder / "postgres.log")
    try:
        address = server.ready_line(60)
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            for size in sizes:
                connection.execute(f"CREATE DATABASE catalogue_{size}")
        yield [f"{address}/catalogue_{size}" for size in sizes]
    finally:
        server.stop()


def floor_of(folder: Path) -> Callable[[], object]:
    """Ask for the constant page."""
    settings = load_settings(
        data_dir=folder,
        public_url="http://127.0.0.1:8050",
        secret_keys=("a key for measuring that is long enough",),
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id="bench",
        oidc_client_secret="a secret for measuring that is long enough",  # noqa: S106 (nobody is asked)
        role_admin="admins",
        log_level="WARNING",
    )
    create_schema(f"sqlite:///{folder / 'modelport.db'}")
    client = create_app(settings).test_client()
    return lambda: client.get(FLOOR)


def milliseconds(act: Callable[[], object], now: Callable[[], float]) -> float:
    """How long it took by this clock."""
    started = now()
    act()
    return (now() - started) * 1000


def compare(stores: list[Store], constant: Callable[[], object], rounds: int, now: Callable[[], float]) -> None:
    """Ask for everything in turn and print the medians."""
    asked = reads()
    floors: list[float] = []
    times: dict[str, list[list[float]]] = {name: [[] for _ in stores] for name in asked}
    for number in range(rounds + 5):
        warm = number >= 5
        took = milliseconds(constant, now)
        floors += [took] if warm else []
        for name, read in asked.items():
            for place, store in enumerate(stores):
                took = milliseconds(lambda read=read, store=store: read(store), now)  # type: ignore[misc]
                times[name][place] += [took] if warm else []
    floor = median(floors)
    print(f"{FLOOR}: {floor:.2f} ms, the floor")
    for name, measured in times.items():
        small, large = (median(each) for each in (measured[0], measured[-1]))
        print(f"{name}: {small:.2f} -> {large:.2f} ms, grows {large / small:.2f} (goal {GROWTH}), ", end="")
        print(f"{large / floor:.1f} floors (goal {FLOORS})")


def main() -> None:
    """Fill, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--entries", type=int, nargs=2, default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--cpu", action="store_true", help="in time of this process: SQLite on a machine that is busy")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with databases(folder, chosen.postgresql, chosen.entries) as urls:
            made = [filled(url, size) for url, size in zip(urls, chosen.entries, strict=True)]
            compare(made, floor_of(folder), chosen.rounds, time.process_time if chosen.cpu else time.perf_counter)
            for store in made:
                store.engine.dispose()


if __name__ == "__main__":
    main()
