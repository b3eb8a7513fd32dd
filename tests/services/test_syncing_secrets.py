"""What may be nowhere but in GitLab and in sealed columns: its token, the endpoints' keys, and tokens made for it."""

import json
import logging

import pytest
from sqlalchemy import MetaData, select

from app.models.base import metadata
from app.services import gateway_checks, instance_choices
from app.services.assignments import State
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import failed
from tests.fixtures.instance import KEY, Sync, change_endpoint, give, in_step, only_19
from tests.fixtures.stock import add_endpoint

pytestmark = [only_19, pytest.mark.one_database]
NEW_KEY = "sk-rotated-key-9876543210"
UPDATE = "aiSelfHostedModelUpdate"


def everything_stored(sync: Sync, tables: MetaData = metadata) -> str:
    """All rows of all tables, as text."""
    with sync.ports.store.read() as session:
        return "\n".join(
            repr(tuple(row)) for table in tables.sorted_tables for row in session.execute(select(*table.columns))
        )


def complaint(words: str) -> str:
    """An answer in which GitLab quotes what it was sent."""
    return json.dumps({"data": {UPDATE: {"selfHostedModel": None, "errors": [words]}}})


def test_secrets_are_in_no_row_no_step_and_no_log(
    sync: Sync, gitlab: GitLabServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint_id = in_step(sync)
    give(sync, "duo_chat", State.ENDPOINT, endpoint_id)
    instance_choices.set_way(sync.ports, sync.actor, "duo_chat", "through")
    sync.apply()
    token = gitlab.state.model("Modelport: General Chat").token
    change_endpoint(sync, endpoint_id, api_key=NEW_KEY)
    words = f"Endpoint is blocked for {NEW_KEY} by {gitlab.token}"
    gitlab.faults.add(Kind.ANSWER, UPDATE, body=complaint(words))
    run = sync.apply()
    assert "Endpoint is blocked for" in run.steps[0].words
    gitlab.faults.add(Kind.ANSWER, "aiSelfHostedModels", status=401, body=json.dumps({"message": words}))
    assert sync.read().code == "token_refused"
    gitlab.state.check_answer = failed(words)
    gateway_checks.begin(sync.ports, sync.actor, endpoint_id)
    gateway_checks.run(sync.ports, endpoint_id)
    assert sync.apply().state == "done"
    assert gitlab.state.model("Mistral").token == NEW_KEY

    stored = everything_stored(sync)
    assert "Endpoint is blocked for" in stored
    for secret in (gitlab.token, KEY, NEW_KEY, token):
        assert secret not in stored
        assert secret not in caplog.text
        assert secret not in repr(sync.ports)
        assert secret not in repr(sync.plan())


def test_a_token_that_gitlab_quotes_when_it_refuses_it_is_hidden(
    sync: Sync, gitlab: GitLabServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    add_endpoint(sync.ports, sync.actor)
    give(sync, "duo_chat", State.ENDPOINT, in_step(sync, name="Other"))
    instance_choices.set_way(sync.ports, sync.actor, "duo_chat", "through")
    quoted: list[str] = []

    def quote(operation: str, _number: int) -> None:
        if operation == "aiSelfHostedModelCreate":
            sent = gitlab.state.asked(operation)[-1].variables["input"]
            quoted.append(sent["apiToken"])
            body = complaint(f"Token {sent['apiToken']} is not wanted").replace(UPDATE, operation)
            gitlab.faults.add(Kind.ANSWER, operation, body=body)

    gitlab.before = quote
    run = sync.apply()
    assert (run.steps[0].outcome, "is not wanted" in run.steps[0].words) == ("failed", True)
    assert quoted[0].startswith("mp_")
    assert quoted[0] not in everything_stored(sync)
    assert quoted[0] not in caplog.text
