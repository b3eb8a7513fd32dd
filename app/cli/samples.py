"""The demo's endpoints, assignments and tests, put into an empty database by the same services that the pages call.

Run as a module, so that the server that starts afterwards has not imported what gevent patches.
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor, Role
from app.lib.cancel import Cancel
from app.queries import counts
from app.services import assignments, endpoints, probe_records, probes, probing
from app.services.assignments import Change, State
from app.services.ports import Ports
from app.services.probe_records import Batch, Finished
from app.services.probes import Started

DEMO = Actor("modelport", "demo", "Demo", Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Sample:
    """One endpoint of the demo, whether it is tested, and the features it is given."""

    draft: EndpointDraft
    tested: bool
    features: tuple[str, ...]


def samples(origin: str, key: str) -> Iterator[Sample]:
    """The shipped samples, with the demo's model server at `origin` and its key filled in."""
    text = files("app.data").joinpath("samples.toml").read_text(encoding="utf-8")
    for row in tomllib.loads(text)["endpoint"]:
        yield _sample(row, origin, key)


def _sample(row: Mapping[str, Any], origin: str, key: str) -> Sample:
    fields = {name: value for name, value in row.items() if name not in ("tested", "features")}
    fields["base_url"] = fields["base_url"].replace("SERVER", origin)
    fields["api_key"] = fields.get("api_key", "").replace("KEY", key)
    return Sample(EndpointDraft(**fields), row.get("tested", False), tuple(row.get("features", ())))


def fill(ports: Ports, origin: str, key: str) -> int:
    """Fill an empty database; returns how many endpoints were added. Raises Invalid for a sample with a fault."""
    if counts.endpoints(ports.store):
        return 0
    chosen = list(samples(origin, key))
    ids = endpoints.create_several(ports, DEMO, [each.draft for each in chosen])
    tested = [endpoint_id for endpoint_id, each in zip(ids, chosen, strict=True) if each.tested]
    for started in probes.start_saved(ports, DEMO, tested):
        _test(ports, started)
    for endpoint_id, each in zip(ids, chosen, strict=True):
        for feature in each.features:
            assignments.change(ports, DEMO, Change(feature, 0, State.ENDPOINT, endpoint_id, acknowledged=True))
    return len(ids)


def _test(ports: Ports, started: Started) -> None:
    results = tuple(probing.results(ports, started.target, Cancel()))
    steps = [(started.probe_id, result) for result in results]
    probe_records.record(ports, Batch.of([*steps, Finished(started.probe_id, results)]))


def main() -> None:
    """Fill the database of this installation; the server's address and key come on standard input."""
    from app.cli.settings import own_settings
    from app.factory import create_app, ports_of

    given = json.load(sys.stdin)
    app = create_app(own_settings(), evaluation=True)
    fill(ports_of(app), given["origin"], given["key"])


if __name__ == "__main__":
    main()
