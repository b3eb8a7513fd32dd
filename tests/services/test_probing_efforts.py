"""No step sends more than its bound, whatever a server makes it do."""

from itertools import product

import pytest

from app.domain.steps import EFFORTS, StepName
from app.lib.cancel import Cancel
from app.services.ports import Ports
from app.services.probe_run import THOROUGH, Run
from app.services.probe_steps.order import IN_ORDER
from tests.fakes.able_server import AbleServer
from tests.fakes.probe import target_at

ATTEMPTS = dict(IN_ORDER)
STEPS = ("system", "turns", "tools", "json", "reasoning", "parameters")
# What makes a step ask again, with answers that go on to their limit.
MANNERS = {
    "tools": ["able", "ignored", "refused"],
    "json": ["able", "prose", "refused"],
    "reasoning": ["none", "closed_only"],
    "stop": ["ignored", "refused"],
}
DEAR = [dict(zip(MANNERS, each, strict=True)) for each in product(*MANNERS.values())]


@pytest.mark.parametrize("name", [StepName(each) for each in STEPS])
def test_no_step_goes_beyond_its_bound(engine: Ports, name: StepName) -> None:
    """Each step runs alone, so that it is the one to find out that a model needs room to reason."""
    requests = tokens = 0
    for manners in DEAR:
        with AbleServer(length="endless", **manners) as server:
            run = Run(engine.door, engine.facts.remedies, target_at(server.url), Cancel(), THOROUGH)
            ATTEMPTS[name](run)
            requests = max(requests, len(server.asked))
            tokens = max(tokens, sum(each.tokens for each in server.asked))
    assert 0 < requests <= EFFORTS[name].requests
    assert 0 < tokens <= EFFORTS[name].tokens
