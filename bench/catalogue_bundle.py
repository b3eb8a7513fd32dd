"""Times bundles of many reports: made, looked at and taken into a catalogue that is seeded and otherwise empty.

Run by hand: `.venv/bin/python bench/catalogue_bundle.py [--reports 100000] [--pairings 10000] [--database
postgresql://...]`. A bundle speaks for one installation, and that has one live report on an entry: so many reports on
fewer entries come in several bundles, each of another installation with a report on every entry. With as many entries
as reports it is one bundle, all of whose entries are new. The installations are trusted. The floor is the plain storing
of as many rows of a report, ten columns each. Goal: 100,000 reports on 10,000 entries are taken in 30 s.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import create_engine, insert  # noqa: E402 (the path to app/ has to be known first)

from app.data.loader import load_facts  # noqa: E402
from app.domain.roles import SYSTEM  # noqa: E402
from app.lib import clock, tokens  # noqa: E402
from app.lib.egress import Policy  # noqa: E402
from app.lib.http import Door  # noqa: E402
from app.lib.sealed import Sealer  # noqa: E402
from app.models.catalogue import CatalogueModel, Pairing, Report  # noqa: E402
from app.models.store import Store, prepare_engine  # noqa: E402
from app.services import bundle_export, bundles, catalogue_seed, installations  # noqa: E402
from app.services.bundles import Choice  # noqa: E402 (the path to app/ has to be known first)
from app.services.ports import Ports  # noqa: E402
from tests.fixtures.schema import create_schema  # noqa: E402

HOSTS = ("vllm", "sglang", "tgi", "llama_cpp", "ollama", "litellm", "lm_studio", "nim", "bedrock", "vertex_ai")
FLOOR = "plainly stored, the floor"
TRUSTED = Choice(trust=True)
T = TypeVar("T")
STEPS = ("address", "dns", "connect", "tls", "auth", "model", "chat", "stream", "system", "turns", "tools", "json")


@dataclass
class Clock:
    """Seconds by the name of what took them: of the clock, and of this process."""

    spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def timed(self, name: str, act: Callable[[], T]) -> T:
        """What an act gives; its seconds are added to what goes by the same name."""
        started, cpu = time.perf_counter(), time.process_time()
        result = act()
        before = self.spent.get(name, (0.0, 0.0))
        self.spent[name] = (before[0] + time.perf_counter() - started, before[1] + time.process_time() - cpu)
        return result

    def tell(self, floor: str) -> None:
        """Print all of it, each beside the floor."""
        for name, (seconds, cpu) in self.spent.items():
            print(f"{name}: {seconds:.1f} s, {cpu:.1f} s of CPU, {cpu / self.spent[floor][1]:.1f} floors")


def portal(url: str) -> Ports:
    """A portal's ports on an empty database that the migrations filled with tables."""
    create_schema(url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    prepare_engine(engine)
    facts = load_facts(ROOT / "prompts")
    ports = Ports(Store(engine), clock.now, Sealer(["a key for measuring that is long enough"]), Door(Policy()), facts)
    catalogue_seed.seed(ports)
    return ports


def reports(number: int, installation: str) -> list[dict[str, Any]]:
    """Columns of so many reports, each with a test of twelve steps."""
    steps = [{"name": each, "outcome": "passed", "code": "", "figures": {"tokens": 12}} for each in STEPS]
    evidence = {"schema": 1, "depth": "full", "verdict": "passed", "day": "2026-11-01", "steps": steps}
    common = {"installation": installation, "family": "other", "versions": {"server": "vLLM 0.18.1"}, "grade": 2}
    common |= {"note": "Works well with long merge requests.", "evidence": evidence, "state": "live"}
    common["at"] = clock.now() - timedelta(days=3)
    answers = {"duo_chat": "works", "code_generations": "notes", "code_completions": "fails"}
    return [{**common, "id": tokens.new_id(), "pairing_id": f"p{each}", "answers": answers} for each in range(number)]


def fill(ports: Ports, number: int, clock_of: Clock) -> None:
    """Reports of this portal, each on an entry of its own: ten hosts for each model."""
    models = [
        {"slug": f"bench-{each}", "name": f"Bench {each}B", "name_key": f"bench {each}b", "family": "other"}
        for each in range(-(-number // len(HOSTS)))
    ]
    pairings = [
        {
            "id": f"p{each}",
            "model_slug": f"bench-{each // len(HOSTS)}",
            "host": HOSTS[each % len(HOSTS)],
            "name_key": f"bench {each // len(HOSTS)}b",
            "origin": "here",
        }
        for each in range(number)
    ]
    with ports.store.write() as session:
        own = installations.own(ports, session).id
        session.execute(insert(CatalogueModel), models)
        session.execute(insert(Pairing), pairings)
    rows = reports(number, own)

    def store() -> None:
        with ports.store.write() as session:
            session.execute(insert(Report), rows)

    clock_of.timed(FLOOR, store)


def made(folder: str, number: int, clock_of: Clock) -> IO[bytes]:
    """The bundle of another portal that has so many reports."""
    there = portal(f"sqlite:///{folder}/there.db")
    fill(there, number, clock_of)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (open until it is taken)
    clock_of.timed("made", lambda: bundle_export.export(there, file))
    there.store.engine.dispose()
    return file


def main() -> None:
    """Fill portals, write their bundles, and take these in another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--pairings", type=int, default=0, help="as many as there are reports where none is given")
    parser.add_argument("--database", default="", help="an empty database to take it into; SQLite where none is given")
    chosen = parser.parse_args()
    pairings = chosen.pairings or chosen.reports
    clock_of, files = Clock(), list[IO[bytes]]()
    for _ in range(chosen.reports // pairings):
        with tempfile.TemporaryDirectory() as folder:
            files.append(made(folder, pairings, clock_of))
    print(f"{len(files)} bundles with {pairings} reports each, {sum(each.tell() for each in files) / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        here = portal(chosen.database or f"sqlite:///{folder}/here.db")
        for file in files:
            clock_of.timed("looked at", lambda file=file: bundles.look(here, file))
            taken = clock_of.timed("taken", lambda file=file: bundles.take(here, SYSTEM, file, TRUSTED))
            assert (taken.counts["reports_new"], taken.left_out) == (pairings, {})
        for file in files:
            clock_of.timed("taken again", lambda file=file: bundles.take(here, SYSTEM, file, TRUSTED))
    clock_of.tell(FLOOR)
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")


if __name__ == "__main__":
    main()
