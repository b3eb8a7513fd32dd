"""Times a change with its audit entry chained against the same change whose entry is only stored.

Run by hand: `.venv/bin/python bench/audit_chain.py [--changes 300] [--rounds 5]`. Each change takes an endpoint's row,
changes its owner and records it, on SQLite as the portal opens it (every commit goes to the disk). The floor is the
same transaction with a plain row in place of the chain. Goal: 1.5 times the floor.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

GOAL = 1.5


def main() -> None:
    """Rounds of both in turn, so that both see the same machine."""
    from sqlalchemy import create_engine, insert

    from app.data.loader import load_facts
    from app.domain.endpoints import EndpointDraft
    from app.domain.roles import SYSTEM
    from app.lib import clock
    from app.lib.egress import Policy
    from app.lib.http import Door
    from app.lib.sealed import Sealer
    from app.models.audit import AuditRow
    from app.models.endpoint import Endpoint
    from app.models.store import Store, prepare_engine
    from app.services import audit_chain, endpoints
    from app.services.audit import record
    from app.services.ports import Ports
    from tests.fixtures.schema import create_schema

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/modelport.db"
        create_schema(url)
        engine = create_engine(url)
        prepare_engine(engine)
        sealer = Sealer(["a key for measuring that is long enough"])
        ports = Ports(Store(engine), clock.now, sealer, Door(Policy()), load_facts(ROOT / "prompts"))
        draft = EndpointDraft("Measured", server="vllm", base_url="http://10.0.0.1/v1", identifier="m")
        endpoint_id = endpoints.create(ports, SYSTEM, draft)
        join = audit_chain.join

        def change(number: int) -> None:
            with ports.store.write() as session:
                row = session.get_one(Endpoint, endpoint_id, with_for_update=True)
                changes = {"owner": (row.owner, str(number))}
                row.owner = str(number)
                record(ports, session, SYSTEM, "endpoint:update", ("endpoint", row.id, row.name), changes)

        def plain(_ports: object, session: object, entry: dict[str, object]) -> None:
            session.execute(insert(AuditRow).values(**entry, seq=None, previous="", hash=""))  # type: ignore[attr-defined]

        chained, bare, found = [], [], ""
        for _ in range(chosen.rounds):
            audit_chain.join = join
            chained.append(timed(change, chosen.changes))
            # Before there are rows without a number, which no chain has.
            found = found or verified(ports)
            audit_chain.join = plain
            bare.append(timed(change, chosen.changes))
        ratio = median(chained) / median(bare)
        print(f"a change: {median(chained):.2f} ms chained, {median(bare):.2f} ms with a plain row: {ratio:.2f} times")
        print(found)
        print("goal met" if ratio <= GOAL else f"above the goal of {GOAL} times")


def verified(ports: Any) -> str:
    """How fast the chain is checked."""
    from app.services import audit_verify

    began = time.perf_counter()
    verdict = audit_verify.verify(ports)
    took = time.perf_counter() - began
    return f"{verdict.sentence} Checked in {took:.2f} s, {verdict.rows / took:,.0f} a second."


def timed(change: Callable[[int], None], count: int) -> float:
    """Milliseconds for one of so many changes."""
    began = time.perf_counter()
    for number in range(count):
        change(number)
    return (time.perf_counter() - began) * 1000 / count


if __name__ == "__main__":
    main()
