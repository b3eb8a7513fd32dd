"""Times reading and planning a large GitLab instance, and counts the requests of an application.

Run by hand: `.venv/bin/python bench/instance.py [--models 500] [--rounds 15]`. The stand-in for GitLab is a process of
its own, so that the CPU counted is Modelport's. The floor is the same pages fetched by plain `http.client`, read by
plain `json` and looked at row by row.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.counting import Counting  # noqa: E402 (the path to it has to be known first)

TOKEN = "glpat-for-measuring-0123456789"  # noqa: S105 (the stand-in's own)
CHANGED = 20
GIVEN = ("name", "model", "endpoint", "identifier", "hasApiToken")


def serve() -> None:
    """The stand-in: prints its port, then the number of its requests for each line of input."""
    from tests.fakes.gitlab.server import GitLabServer

    with GitLabServer("19", token=TOKEN) as server:
        print(server.port, flush=True)
        while sys.stdin.readline():
            print(len(server.state.requests), flush=True)


def furnish(ports: Any, actor: Any, number: int) -> list[str]:
    """Store the endpoints, and give every feature to one of them."""
    from app.domain.endpoints import MOST_AT_ONCE, EndpointDraft
    from app.services import assignments, endpoints
    from app.services.assignments import Change, State

    drafts = [
        EndpointDraft(
            name=f"Endpoint {each:04}",
            server="vllm",
            base_url=f"http://127.0.0.1:9000/{each}/v1",
            identifier=f"mistral-small-{each}",
            model="Mistral Small 24B Instruct 2506",
            family="mistral",
            api_key=f"sk-bench-{each:08}",
        )
        for each in range(number)
    ]
    ids: list[str] = []
    for start in range(0, number, MOST_AT_ONCE):
        ids += endpoints.create_several(ports, actor, drafts[start : start + MOST_AT_ONCE])
    for name in ports.facts.features:
        assignments.change(ports, actor, Change(name, 0, State.ENDPOINT, ids[0], acknowledged=True))
    return ids


def apply(ports: Any, actor: Any) -> Any:
    """Apply the plan; its run."""
    from app.lib.cancel import Cancel
    from app.queries import instance_runs as query
    from app.services import instance_runs, syncing
    from app.services.syncing import Asked

    run_id = instance_runs.begin(ports, actor, instance_runs.APPLY)
    syncing.apply(ports, actor, run_id, Asked(), Cancel())
    return query.run(ports.store, run_id)


def plain(port: int) -> int:
    """The floor: all pages of both lists, fetched and looked at; the number of rows."""
    from app.clients.gitlab.operations import operation

    connection, rows = http.client.HTTPConnection("127.0.0.1", port), 0
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    for name, field in (("models", "aiSelfHostedModels"), ("features", "aiFeatureSettings")):
        after, more = None, True
        while more:
            body = json.dumps({"query": operation(name, is_18=False), "variables": {"after": after}})
            connection.request("POST", "/api/graphql", body, headers)
            page = json.loads(connection.getresponse().read())["data"][field]
            for row in page["nodes"]:
                rows += all(key in row for key in (GIVEN if name == "models" else ("feature", "provider")))
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    connection.close()
    return rows


def timed(rounds: int, acts: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Milliseconds of CPU of this process, and of the clock, for each act: medians, the acts taking turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for number in range(rounds + 2):
        for name, act in acts.items():
            cpu, began = time.process_time(), time.perf_counter()
            act()
            took = ((time.process_time() - cpu) * 1000, (time.perf_counter() - began) * 1000)
            if number >= 2:
                found[name].append(took)
    return {name: (median(cpu for cpu, _ in all_), median(wall for _, wall in all_)) for name, all_ in found.items()}


def measure(chosen: argparse.Namespace, folder: Path, gitlab: Counting) -> None:
    """Fill both sides, then count and time."""
    from app.clients.gitlab.client import Instance
    from app.config import load_settings
    from app.domain.roles import Actor, Role
    from app.factory import create_app, ports_of
    from app.lib import urls
    from app.models.endpoint import Endpoint
    from app.services import instance_reads, syncing

    settings = load_settings(data_dir=folder, secret_keys=("a key for measuring that is long enough",))
    ports = ports_of(create_app(settings, evaluation=True))
    instance = Instance(urls.parse(f"http://127.0.0.1:{gitlab.port}"), TOKEN)
    ports = replace(ports, instance=instance, origin="https://modelport.example.com")
    ada = Actor("bench", "ada", "Ada", Role.ADMIN)
    ids = furnish(ports, ada, chosen.models)
    run = apply(ports, ada)
    print(f"first application: {run.total} steps, {dict(run.counts)}", flush=True)
    # The first reading behind it also takes in the audit events of all that was made.
    apply(ports, ada)
    before = gitlab.count()
    apply(ports, ada)
    reading = gitlab.count() - before
    with ports.store.write() as session:
        for endpoint_id in ids[:CHANGED]:
            row = session.get(Endpoint, endpoint_id)
            row.identifier += "-v2"
    before = gitlab.count()
    run = apply(ports, ada)
    each = (gitlab.count() - before - reading) / run.total
    print(f"reading: {reading} requests; {run.total} changed models: {each:.1f} requests each (goal 2)", flush=True)
    took = timed(
        chosen.rounds,
        {
            "plain": lambda: plain(gitlab.port),
            "read": lambda: instance_reads.read(ports),
            "plan": lambda: syncing.plan(ports),
        },
    )
    floor = took["plain"][0]
    print(f"pages read by plain json: {floor:.1f} ms of CPU, the floor ({took['plain'][1]:.0f} ms by the clock)")
    for name in ("read", "plan"):
        cpu, wall = took[name]
        print(f"{name}: {cpu:.1f} ms of CPU, ratio {cpu / floor:.1f} ({wall:.0f} ms by the clock)")


def main() -> None:
    """Prepare, measure, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "MODELPORT_DATA_DIR": name, "PYTHONPATH": str(ROOT)}
        migrate = [sys.executable, "-m", "app.cli", "migrate"]
        subprocess.run(migrate, env=environment, check=True, capture_output=True)
        gitlab = Counting([str(Path(__file__)), "--serve"])
        try:
            measure(chosen, Path(name), gitlab)
        finally:
            gitlab.stop()


if __name__ == "__main__":
    main()
