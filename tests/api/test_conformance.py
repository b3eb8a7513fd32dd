"""Thousands of calls that the API's own document allows or only just forbids: no failure of ours, no open door, and
every answer as the document says.
"""

from collections.abc import Callable

from flask import Flask
from schemathesis import GenerationMode

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.barrage import Barrage

CASES = 5000


def test_every_answer_keeps_to_the_document_and_nothing_opens_without_a_token(
    app: Flask, ports: Ports, ada: Actor, admin: Program, soak: Callable[[int], int]
) -> None:
    barrage = Barrage(app, ports, ada, admin.token)
    operations = barrage.operations()
    each = max(6, soak(CASES) // (2 * len(operations)))
    for operation in operations:
        for mode in GenerationMode:
            barrage.fire(operation, mode, each)
    assert {200, 202, 204, 404, 412, 422, 428} <= barrage.passed
    assert barrage.sent >= soak(CASES) * 0.8
