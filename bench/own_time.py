"""Times what a quick test adds of our own to what the server takes.

Run by hand: `.venv/bin/python bench/own_time.py [--pause 0.05] [--rounds 40]`. The server answers each request after
the same pause, so the floor of a test is its exchanges times the pause; what is above it is ours, the loopback's and
the server's own. Goal: 50 ms.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.test_all import Models  # noqa: E402 (the path comes first)

GOAL_MS = 50
WARM_UP = 5


def main() -> None:
    """One test after the other, over kept and new connections alike."""
    from app.clients.target import Target
    from app.data.loader import load_facts
    from app.lib import clock, urls
    from app.lib.cancel import Cancel
    from app.lib.egress import Policy
    from app.lib.http import Door
    from app.lib.sealed import Sealer
    from app.services import probing
    from app.services.ports import Ports

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pause", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    models = Models(chosen.pause)
    sealer = Sealer(["a key for measuring that is long enough"])
    ports = Ports(None, clock.now, sealer, Door(Policy(loopback_open=True)), load_facts(ROOT / "prompts"))
    target = Target(
        "openai_compatible", "vllm", urls.parse(f"http://127.0.0.1:{models.port}/v1"), "alpha", "sk-bench-00001"
    )
    own = []
    for number in range(WARM_UP + chosen.rounds):
        before, started = models.count(), time.perf_counter()
        if any(each.outcome.value not in ("passed", "skipped") for each in probing.results(ports, target, Cancel())):
            sys.exit("not every step passed")
        took = time.perf_counter() - started
        floor = (models.count() - before) * chosen.pause
        if number >= WARM_UP:
            own.append((took - floor) * 1000)
    models.stop()
    total = floor * 1000 + median(own)
    print(
        f"quick test, floor {floor * 1000:.0f} ms: {median(own):.1f} ms of our own, at most {max(own):.1f} "
        f"(goal {GOAL_MS}); ratio to the floor {total / floor / 1000:.2f}"
    )


if __name__ == "__main__":
    main()
