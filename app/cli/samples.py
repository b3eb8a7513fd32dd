"""The demo's endpoints, assignments and tests, put into an empty database by the same services that the pages call.

Run as a module, so that the server that starts afterwards has not imported what gevent patches.
"""

import json
import logging
import sys
import tomllib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from app.domain.calls import FeatureCall, Form
from app.domain.endpoints import EndpointDraft
from app.domain.errors import CallRefused
from app.domain.roles import Actor, Role
from app.domain.routing import Wanted
from app.domain.tokens import TokenDraft
from app.lib.cancel import Cancel
from app.queries import counts
from app.services import (
    answering,
    api_tokens,
    assignments,
    endpoints,
    probe_records,
    probes,
    probing,
    switchboard,
)
from app.services.assignments import Change, State
from app.services.ports import Ports
from app.services.probe_records import Batch, Finished
from app.services.probes import Started
from app.services.routing import bearer

DEMO = Actor("modelport", "demo", "Demo", Role.ADMIN)
_ANSWER_TOKENS = 16


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
    _call(ports, [feature for each in chosen for feature in each.features])
    return len(ids)


def _test(ports: Ports, started: Started) -> None:
    results = tuple(probing.results(ports, started.target, Cancel()))
    steps = [(started.probe_id, result) for result in results]
    probe_records.record(ports, Batch.of([*steps, Finished(started.probe_id, results)]))


def _call(ports: Ports, features: Sequence[str]) -> None:
    """Call each feature once with the samples of its inputs, so that there is usage to show."""
    board = switchboard.of(ports)
    made = api_tokens.create(ports, DEMO, TokenDraft("The demo's own calls", features=tuple(features), days=1))
    token = bearer(board.book.current(), made.text, ports.clock())
    for feature in features:
        inputs = ports.facts.prompts.of(feature).samples
        call = FeatureCall(Wanted(feature), Form.CHAT, {"stream": True, "max_tokens": _ANSWER_TOKENS}, inputs)
        # An endpoint that does not answer is part of what there is to see.
        with suppress(CallRefused), closing(answering.answer(board, token, call, Cancel())) as reply:
            deque(reply.chunks, maxlen=0)
    board.meter.write()


def main() -> None:
    """Fill the database of this installation; the server's address and key come on standard input."""
    from app.cli.settings import own_settings
    from app.factory import create_app, ports_of

    # Some of the samples fail on purpose; a first look at the portal does not begin with warnings.
    logging.disable(logging.WARNING)
    given = json.load(sys.stdin)
    app = create_app(own_settings(), evaluation=True)
    fill(ports_of(app), given["origin"], given["key"])


if __name__ == "__main__":
    main()
