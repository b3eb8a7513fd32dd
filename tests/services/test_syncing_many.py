"""Five hundred models and every feature: what the plan asks the database, and what an application asks GitLab."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.endpoints import MOST_AT_ONCE, EndpointDraft
from app.models.endpoint import Endpoint
from app.services import endpoints
from app.services.assignments import State
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, give, only_19, requests_of
from tests.fixtures.statements import statements

pytestmark = [only_19, pytest.mark.one_database]
MANY = 500


def stocked(sync: Sync, gitlab: GitLabServer, number: int, first: int = 0) -> list[str]:
    """So many endpoints, and as many models in GitLab that are the same, as if they had been applied."""
    drafts = [
        EndpointDraft(
            name=f"Model {each:03}",
            server="vllm",
            base_url=f"https://models.example.com/{each}/v1",
            identifier=f"served-{each}",
            family="mistral",
        )
        for each in range(first, first + number)
    ]
    ids: list[str] = []
    for start in range(0, number, MOST_AT_ONCE):
        ids += endpoints.create_several(sync.ports, sync.actor, drafts[start : start + MOST_AT_ONCE])
    for each in drafts:
        gitlab.state.add_model(each.name, endpoint=each.base_url, identifier=f"custom_openai/{each.identifier}")
    return ids


def asked_by_plan(sync: Sync) -> int:
    with statements(sync.ports.store) as sent:
        sync.plan(delete=True)
    return len(sent)


def test_the_plan_costs_the_same_statements_whatever_the_number_of_models(sync: Sync, gitlab: GitLabServer) -> None:
    chosen = stocked(sync, gitlab, 1)[0]
    give(sync, "code_completions", State.ENDPOINT, chosen)
    assert sync.apply().state == "done"
    few = asked_by_plan(sync)
    assert few <= 10
    stocked(sync, gitlab, MANY - 1, 1)
    for name in sync.ports.facts.features:
        give(sync, name, State.ENDPOINT, chosen)
    sync.read()
    assert asked_by_plan(sync) == few
    run = sync.apply()
    assert (run.state, run.total) == ("done", len(sync.ports.facts.features) - 1 - len(sync.plan().blocked))
    assert len(sync.plan().blocked) == 2, "the Agent Platform takes no Mistral"
    assert sync.plan().is_empty

    reading = requests_of(gitlab, sync.read)
    assert reading == MANY / 100 + 8, "one for each page of a hundred, and the same few beside"
    with sync.ports.store.write() as session:
        for row in session.scalars(select(Endpoint).order_by(Endpoint.name_key).limit(7)):
            row.identifier = f"{row.identifier}-v2"
    assert requests_of(gitlab, sync.apply) - reading == 2 * 7
    assert sync.plan().is_empty


def test_the_brake_holds_back_a_database_that_lost_its_endpoints(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab, 40)
    sync.apply()
    alone = replace(sync)
    with sync.ports.store.write() as session:
        for row in session.scalars(select(Endpoint).limit(30)):
            session.delete(row)
    plan = alone.plan(delete=True)
    assert (plan.braked, plan.actions) == (30, ())
