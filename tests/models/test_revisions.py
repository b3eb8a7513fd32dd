"""The number that tells workers about changed routes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.lib import clock
from app.models import revisions
from app.models.endpoint import Endpoint
from app.models.token import Token
from app.services import api_tokens
from app.services.ports import Ports
from tests.fixtures.bare import ports
from tests.fixtures.stock import add_endpoint, assign

__all__ = ["ports"]
pytestmark = pytest.mark.every_database


def number(ports: Ports) -> int:
    with ports.store.read() as session:
        return revisions.number(session)


def test_an_assignment_raises_it(ports: Ports, ada: Actor) -> None:
    endpoint = add_endpoint(ports, ada)
    before = number(ports)
    assign(ports, ada, "duo_chat", endpoint)
    assert number(ports) > before


def test_a_revoked_token_raises_it(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("of a test", "editor"))
    before = number(ports)
    api_tokens.revoke(ports, ada, made.id)
    assert number(ports) > before


def test_a_changed_endpoint_raises_it(ports: Ports, ada: Actor) -> None:
    endpoint = add_endpoint(ports, ada)
    before = number(ports)
    with ports.store.write() as session:
        session.get_one(Endpoint, endpoint).enabled = False
    assert number(ports) == before + 1


def test_a_statement_over_many_rows_raises_it(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada)
    before = number(ports)
    with ports.store.write() as session:
        session.execute(update(Endpoint).values(served_name="another"))
    assert number(ports) == before + 1


def test_the_use_of_a_token_leaves_it_alone(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("of a test", "editor"))
    before = number(ports)
    with ports.store.write() as session:
        session.get_one(Token, made.id).last_used_at = clock.now() + timedelta(seconds=1)
    api_tokens.authenticate(ports, made.text)
    assert number(ports) == before


def test_a_change_that_is_undone_leaves_it_alone(ports: Ports, ada: Actor) -> None:
    endpoint = add_endpoint(ports, ada)
    before = number(ports)
    with pytest.raises(ZeroDivisionError):
        _fail_after_a_change(ports, endpoint)
    assert number(ports) == before


def _fail_after_a_change(ports: Ports, endpoint_id: str) -> None:
    with ports.store.write() as session:
        session.get_one(Endpoint, endpoint_id).enabled = False
        session.flush()
        raise ZeroDivisionError
