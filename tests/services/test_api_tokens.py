"""Tokens made, shown and ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.errors import Invalid, NotFound, TokenRefused
from app.domain.limits import Limits
from app.domain.roles import Actor, Role
from app.domain.tokens import Parts, TokenDraft, read
from app.models.token import Token
from app.queries import api_tokens as query
from app.services import api_tokens, sessions
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from tests.fixtures.pages import everything_stored
from tests.fixtures.statements import statements
from tests.fixtures.stock import audit_rows


def test_who_shows_a_token_acts_by_its_name_in_its_role(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft(" ci ", "editor"))
    bearer = api_tokens.authenticate(ports, made.text)
    assert bearer.actor == Actor("token", made.id, "ci", Role.EDITOR, maker=ada.key)
    assert bearer.features == ()


def test_a_token_for_features_acts_as_nobody(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("chat", features=("duo_chat", "duo_chat")))
    bearer = api_tokens.authenticate(ports, made.text)
    assert (bearer.actor, bearer.features) == (None, ("duo_chat",))


def test_the_secret_is_kept_nowhere(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("ci", "viewer"))
    parts = read(made.text)
    assert parts is not None
    assert parts.secret not in everything_stored(ports) + repr(made)
    (row,) = audit_rows(ports.store, "token:create")
    assert row.changes == {"role": [None, "viewer"], "days": [None, 90]}


@pytest.mark.parametrize("field", ["public_id", "secret"])
def test_another_id_or_secret_is_refused_by_the_same_statements(ports: Ports, ada: Actor, field: str) -> None:
    parts = read(api_tokens.create(ports, ada, TokenDraft("ci", "viewer")).text)
    assert parts is not None
    halves = {"public_id": parts.public_id, "secret": parts.secret} | {field: getattr(parts, field)[::-1]}
    with statements(ports.store) as sent, pytest.raises(TokenRefused):
        api_tokens.authenticate(ports, Parts(**halves).text)
    assert [each.split()[0] for each in sent] == ["SELECT"]


def test_an_expired_token_is_refused(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("ci", "viewer", days=1))
    with ports.store.write() as session:
        session.execute(update(Token).values(expires_at=ports.clock() - timedelta(seconds=1)))
    with pytest.raises(TokenRefused, match="has expired"):
        api_tokens.authenticate(ports, made.text)


def test_revoking_ends_it_once_and_is_on_record(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("ci", "viewer"))
    for _ in range(2):
        api_tokens.revoke(ports, ada, made.id)
    with pytest.raises(TokenRefused):
        api_tokens.authenticate(ports, made.text)
    assert len(audit_rows(ports.store, "token:revoke")) == 1
    with pytest.raises(NotFound):
        api_tokens.revoke(ports, ada, "none")


def test_use_is_noted_to_the_minute_and_is_no_edit(ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("ci", "viewer"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: api_tokens.authenticate(ports, made.text), range(8)))
    with statements(ports.store) as sent:
        api_tokens.authenticate(ports, made.text)
    seen = query.token(ports.store, made.id)
    assert seen is not None
    assert seen.last_used_at is not None
    assert seen.updated_at < seen.last_used_at
    assert len(sent) == 1


def test_a_wrong_draft_writes_nothing(ports: Ports, ada: Actor) -> None:
    before = everything_stored(ports)
    with pytest.raises(Invalid):
        api_tokens.create(ports, ada, TokenDraft("ci", "viewer", ("duo_chat",)))
    assert everything_stored(ports) == before


def test_tokens_are_read_newest_first(ports: Ports, ada: Actor) -> None:
    ids = [api_tokens.create(ports, ada, TokenDraft(f"t{number}", "viewer")).id for number in range(4)]
    first = query.newest(ports.store, 3)
    rest = query.newest(ports.store, 3, (first[-1].created_at, first[-1].id))
    assert [each.id for each in first + rest] == ids[::-1]


def test_limits_are_kept_and_on_record(ports: Ports, ada: Actor) -> None:
    draft = TokenDraft("ci", "editor", requests_per_minute=60, tokens_per_minute=100_000)
    seen = query.token(ports.store, api_tokens.create(ports, ada, draft).id)
    assert seen is not None
    assert (seen.limits, seen.limits.words) == (Limits(60, 100_000), "60 requests, 100,000 tokens")
    (row,) = audit_rows(ports.store, "token:create")
    assert {"requests_per_minute": [None, 60], "tokens_per_minute": [None, 100_000]}.items() <= row.changes.items()


def test_the_list_tells_each_makers_last_sign_in_in_one_statement(ports: Ports, ada: Actor) -> None:
    sessions.begin(ports, SignedIn(ada.issuer, ada.subject, ada.name, Role.ADMIN), Visitor())
    for maker in (ada, Actor("command line", "root", "root", Role.ADMIN)):
        api_tokens.create(ports, maker, TokenDraft("ci", "viewer"))
    with statements(ports.store) as sent:
        by_nobody, by_ada = query.newest(ports.store, 9)
    assert len(sent) == 1
    assert by_nobody.maker_signed_in_at is None
    assert by_ada.maker_signed_in_at is not None
    assert by_ada.maker_signed_in_at <= ports.clock()
