"""Thousands of calls that the API's own document allows or only just forbids: no failure of ours, no open door, and
every answer as the document says.
"""

from collections.abc import Callable
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from app.domain.roles import Actor
from app.services import api_tokens, probes
from app.services.ports import Ports
from tests.fixtures.api import PREFIX, Program
from tests.fixtures.stock import add_endpoint

CASES = 5000
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Barrage:
    """Calls every operation of the document, with addresses of things that exist and of things that do not."""

    def __init__(self, app: Flask, ports: Ports, actor: Actor, token: str) -> None:
        self.app, self.ports, self.actor = app, ports, actor
        self.header = {"Authorization": f"Bearer {token}"}
        self.stranger = Client(app, use_cookies=False)
        self.sent = 0
        self.passed: set[int] = set()

    def operations(self) -> list[APIOperation[Any, Any, Any, Any]]:
        schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", self.app, headers=self.header)
        return [each.ok() for each in schema.get_all_operations()]

    def known(self, operation: APIOperation[Any, Any, Any, Any]) -> dict[str, str]:
        """Something new that exists for each argument of the address."""
        names = {each.name for each in operation.path_parameters}
        endpoint = add_endpoint(
            self.ports, self.actor, f"{operation.label} after {self.sent}", base_url="http://127.0.0.1:9/v1"
        )
        (started,) = probes.start_saved(self.ports, self.actor, [endpoint])
        token = api_tokens.create(self.ports, self.actor, api_tokens.TokenDraft("spare", "viewer"))
        stored = {"endpoint_id": endpoint, "probe_id": started.probe_id, "name": "duo_chat", "token_id": token.id}
        return {name: stored[name] for name in names}

    def fire(self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, count: int) -> None:
        """So many calls of one kind, half of them at things that exist."""
        known = self.known(operation) or None
        for path_parameters in (known, None):
            cases = operation.as_strategy(generation_mode=mode, path_parameters=path_parameters)

            @settings(
                max_examples=max(1, count // 2), deadline=None, database=None, derandomize=True,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=cases)
            def call(case: Case) -> None:
                self._call(case)

            call()

    def _call(self, case: Case) -> None:
        answer = case.call(headers=self.header)
        case.validate_response(answer, checks=CHECKS)
        self.sent += 1
        self.passed.add(answer.status_code)
        refused = case.call(headers={"Authorization": ""})
        assert refused.status_code == 401, case


def test_every_answer_keeps_to_the_document_and_nothing_opens_without_a_token(
    app: Flask, ports: Ports, ada: Actor, admin: Program, soak: Callable[[int], int]
) -> None:
    barrage = Barrage(app, ports, ada, admin.token)
    operations = barrage.operations()
    each = max(2, soak(CASES) // (2 * len(operations)))
    for operation in operations:
        for mode in GenerationMode:
            barrage.fire(operation, mode, each)
    assert {200, 202, 204, 404, 412, 422, 428} <= barrage.passed
    assert barrage.sent >= soak(CASES) * 0.8
