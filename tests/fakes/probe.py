"""Shortcuts for tests of the connection test: a target at a server, and a whole test's results at once."""

from collections.abc import Sequence
from typing import Any, cast

from app.clients.target import Target
from app.data.facts import Facts
from app.domain.capabilities import Grade
from app.domain.endpoints import EndpointDraft
from app.domain.features import Ability
from app.domain.steps import Depth, Outcome, StepName, StepResult, verdict
from app.lib import clock, urls
from app.lib.cancel import Cancel
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.store import Store
from app.services import probing
from app.services.ports import Ports
from app.services.probe_run import UNHURRIED, Pace
from tests.fakes.able_answers import Answering
from tests.fakes.able_server import AbleServer

KEY = "sk-tests-0123456789-secret"
# For servers that never answer.
IMPATIENT = Pace(total=6.0, exchange=1.2, first_byte=0.6, listing=0.6)


def ports_on(store: Store, door: Door, facts: Facts) -> Ports:
    """Ports without a portal around them, which takes ten times as long to make."""
    return Ports(store, clock.now, Sealer(["a key of the tests that is long enough"]), door, facts)


def without_database(door: Door, facts: Facts) -> Ports:
    """Ports for what reads and writes nothing."""
    return ports_on(cast(Store, None), door, facts)


def target_at(url: str, name: str = "alpha", platform: str = "openai_compatible", **more: Any) -> Target:
    """A deployment under this base URL."""
    server = "vllm" if platform == "openai_compatible" else ""
    return Target(platform, server, urls.parse(url), name, **{"api_key": KEY, **more})


def draft_at(url: str, name: str = "alpha", **more: Any) -> EndpointDraft:
    """The same as somebody types it."""
    return EndpointDraft(name=f"Endpoint {name}", server="vllm", base_url=url, identifier=name, **more)


def probe(ports: Ports, target: Target, pace: Pace = UNHURRIED) -> list[StepResult]:
    """All results of one test."""
    return list(probing.results(ports, target, Cancel(), pace))


def of_able(ports: Ports, name: str, before: Answering | None = None, quirks: str = "", **manners: str) -> StepResult:
    """One step of a full test at an able server with these manners, for an endpoint that keeps these quirks."""
    with AbleServer(before, **manners) as server:
        target = target_at(server.url, quirks=frozenset(quirks.split()))
        return step(full(ports, target), name)


def graded(result: StepResult) -> dict[Ability, Grade]:
    """What a step found of the model's abilities."""
    return {each.ability: each.grade for each in result.findings}


def told(results: Sequence[StepResult]) -> str:
    """The verdict and every step that did not pass, as "failed: auth key_wrong"."""
    odd = [each for each in results if each.outcome not in (Outcome.PASSED, Outcome.SKIPPED) or each.code]
    return f"{verdict(results)}: " + ", ".join(f"{each.name} {each.code}" for each in odd)


def step(results: Sequence[StepResult], name: str) -> StepResult:
    """One step's result."""
    return next(each for each in results if each.name is StepName(name))


def full(ports: Ports, target: Target, family: str = "", pace: Pace | None = None) -> list[StepResult]:
    """All results of a full test."""
    chosen = ports.facts.families.get(family)
    return list(probing.results(ports, target, Cancel(), pace, Depth.FULL, chosen))
