"""How the GitLab instance stands, after it was read."""

import argparse
from collections import Counter
from datetime import UTC
from typing import Any

from app.cli.console import OK, answer
from app.cli.sync_words import plain
from app.cli.tables import table
from app.queries.feature_steps import FeatureStep, feature_steps
from app.queries.instance import Reading, actual_in, reading
from app.services import instance_reads, syncing
from app.services.ports import Ports

HEADS = ("FEATURE", "WAY", "STANDS", "WHY")
UNSAID = "not said"


def tell(ports: Ports, arguments: argparse.Namespace) -> int:
    """Show what was read and which features are in step; a difference is nothing wrong here."""
    url = instance_reads.url_of(ports)
    known = reading(ports.store, url)
    steps = feature_steps(ports.store, ports.facts, url, ports.origin, ports.clock())
    plan = syncing.plan(ports)
    assert plan is not None  # it was read a moment ago
    differences = len(plan.actions) + len(plan.blocked)
    if arguments.json:
        answer(_data(ports, known, differences, steps))
        return OK
    print(f"{known.url}: {_version(known)}, read {_moment(known)}.")
    print(plain(f"Account: {known.about.get('account') or UNSAID}. Plan: {known.about.get('plan') or UNSAID}."))
    print(f"Models: {_models(ports)}. Features: {_counts(steps)}. Differences: {differences}.")
    if steps:
        print(table(HEADS, [_row(ports, *each) for each in steps.items()]), flush=True)
    return OK


def _data(ports: Ports, known: Reading, differences: int, steps: dict[str, FeatureStep]) -> dict[str, Any]:
    return {
        "url": known.url,
        "read_at": known.read_at,
        "version": plain(known.about.get("version", "")),
        "shape": known.shape.title if known.shape else "",
        "models": _models(ports),
        "differences": differences,
        "features": [
            {"name": name, "step": each.step.value, "way": each.way.value, "words": plain(each.words)}
            for name, each in steps.items()
        ],
    }


def _version(known: Reading) -> str:
    shape = known.shape.title if known.shape else "GitLab"
    return f"GitLab {plain(known.about['version'])}" if known.about.get("version") else shape


def _moment(known: Reading) -> str:
    return known.read_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if known.read_at else "never"


def _models(ports: Ports) -> int:
    with ports.store.read() as session:
        actual = actual_in(session, instance_reads.url_of(ports))
    return len(actual.models) if actual else 0


def _counts(steps: dict[str, FeatureStep]) -> str:
    counted = Counter(each.step.value.replace("_", " ") for each in steps.values())
    return ", ".join(f"{number} {word}" for word, number in sorted(counted.items())) or "none is given anything here"


def _row(ports: Ports, name: str, step: FeatureStep) -> tuple[str, ...]:
    title = ports.facts.features[name].title
    return title, step.way.value, step.step.value.replace("_", " "), plain(step.words)
