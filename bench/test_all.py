"""Times `Test all`: many endpoints whose server takes its time, through the runner and on record.

Run by hand: `.venv/bin/python bench/test_all.py [--endpoints 200] [--pause 0.2] [--rounds 3] [--threads]`. The floor is
what the pauses alone cost with so many tests at once: ceil(endpoints / at once) x exchanges x pause. As under `serve`,
tests run as greenlets; `--threads` measures them as threads.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.counting import Counting  # noqa: E402 (the path to it has to be known first)

GOAL = 1.3


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--profile", metavar="FILE")
    return parser.parse_args()


class Models(Counting):
    """The slow model server."""

    def __init__(self, pause: float) -> None:
        super().__init__([str(ROOT / "bench" / "slow_models.py"), str(pause)])


def measure(chosen: argparse.Namespace, folder: Path, models: Models) -> None:
    """Fill a database, test everything a few times, print the figures."""
    from app.config import load_settings
    from app.domain.endpoints import EndpointDraft
    from app.domain.roles import Actor, Role
    from app.factory import create_app
    from app.services import endpoints, probes
    from app.web.context import KEY
    from bench.slow_models import HOSTS

    settings = load_settings(data_dir=folder, secret_keys=("a key for measuring that is long enough",))
    context = create_app(settings, evaluation=True).extensions[KEY]
    ports, runner = context.ports, context.runner
    ada = Actor("bench", "ada", "Ada", Role.ADMIN)
    drafts = [
        EndpointDraft(
            name=f"Endpoint {number}",
            server="vllm",
            base_url=f"http://{HOSTS[number % len(HOSTS)]}:{models.port}/v1",
            identifier="alpha",
            api_key=f"sk-bench-{number:08}",
        )
        for number in range(chosen.endpoints)
    ]
    ids = [endpoints.create(ports, ada, draft) for draft in drafts]
    seconds = []
    for _ in range(chosen.rounds):
        before, started = models.count(), time.perf_counter()
        runner.start(probes.start_saved(ports, ada, ids))
        wait_until_tested(ports, len(ids))
        seconds.append(time.perf_counter() - started)
        exchanges = (models.count() - before) / len(ids)
        report(chosen, ports.limits.at_once, exchanges, seconds[-1])
    runner.close()


def wait_until_tested(ports: object, count: int) -> None:
    """Until no test runs any more, as the database tells; raises SystemExit when one has not passed."""
    from sqlalchemy import func, select

    from app.models.probe import Probe

    while True:
        with ports.store.read() as session:  # type: ignore[attr-defined]
            verdicts = dict(session.execute(select(Probe.verdict, func.count()).group_by(Probe.verdict)).all())
        if not verdicts.get("running"):
            break
        time.sleep(0.05)
    if set(verdicts) != {"passed"} or sum(verdicts.values()) % count:
        sys.exit(f"not every test passed: {verdicts}")


def report(chosen: argparse.Namespace, at_once: int, exchanges: float, seconds: float) -> None:
    """One round, beside its floor."""
    floor = math.ceil(chosen.endpoints / at_once) * exchanges * chosen.pause
    how = "threads" if chosen.threads else "greenlets"
    print(
        f"{chosen.endpoints} endpoints, {at_once} at once as {how}, {exchanges:g} exchanges of {chosen.pause:g} s: "
        f"{seconds:.2f} s, floor {floor:.2f} s, ratio {seconds / floor:.2f} (goal {GOAL:g})",
        flush=True,
    )


def main() -> None:
    """Prepare, measure, clean up."""
    chosen = options()
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "MODELPORT_DATA_DIR": name, "PYTHONPATH": str(ROOT)}
        migrate = [sys.executable, "-m", "app.cli", "migrate"]
        subprocess.run(migrate, env=environment, check=True, capture_output=True)
        models = Models(chosen.pause)
        if not chosen.threads:
            from gevent import monkey

            monkey.patch_all()
        try:
            if chosen.profile:
                profiled(chosen, Path(name), models)
            else:
                measure(chosen, Path(name), models)
        finally:
            models.stop()


def profiled(chosen: argparse.Namespace, folder: Path, models: Models) -> None:
    """The same under the profiler, which slows it down; greenlets only, since it sees one thread."""
    import cProfile

    profile = cProfile.Profile()
    profile.runcall(measure, chosen, folder, models)
    profile.dump_stats(chosen.profile)


if __name__ == "__main__":
    main()
