"""What a sign-in takes along: its place in the log, and what the person may do no more. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.access import Denial
from app.domain.errors import Busy, NotFound, TokenRefused
from app.domain.roles import Actor, Role
from app.domain.sessions import SessionLimits, digest
from app.domain.tokens import TokenDraft
from app.models.sign_in import SignInSession, SpentLogoutToken
from app.queries import people as query
from app.queries.sessions import sessions_of
from app.services import api_tokens, sessions, signing_in, signing_out
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.services.signing_out import Spent
from tests.fixtures.stock import audit_rows

HERE = Visitor("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
LIMITS = SessionLimits()


def come(ports: Ports, actor: Actor, role: Role = Role.ADMIN, sid: str = "") -> str:
    """Sign in; the id of the session."""
    who = SignedIn(actor.issuer, actor.subject, actor.name, role, provider_session=sid)
    return digest(signing_in.sign_in(ports, who, HERE))


def open_sessions(ports: Ports) -> set[str]:
    with ports.store.read() as session:
        return set(session.scalars(select(SignInSession.id)))


def is_good(ports: Ports, text: str) -> bool:
    try:
        api_tokens.authenticate(ports, text)
    except TokenRefused:
        return False
    return True


def made_by(ports: Ports, ada: Actor) -> dict[str, str]:
    """Tokens of Ada: of each kind, and one that another one of them made."""
    made = {role.value: api_tokens.create(ports, ada, TokenDraft(role.value, role.value)) for role in Role}
    feature = api_tokens.create(ports, ada, TokenDraft("feature", features=("duo_chat",)))
    program = Actor("token", made["admin"].id, "admin", Role.ADMIN)
    child = api_tokens.create(ports, program, TokenDraft("child", "editor"))
    return {**{name: each.text for name, each in made.items()}, "feature": feature.text, "child": child.text}


@pytest.mark.parametrize(
    ("role", "left"),
    [
        (Role.ADMIN, {"viewer", "editor", "admin", "feature", "child"}),
        (Role.EDITOR, {"viewer", "editor", "feature", "child"}),
        (Role.VIEWER, {"viewer", "feature"}),
        (None, {"feature"}),
    ],
)
def test_a_role_that_is_lost_is_lost_to_tokens_and_to_other_sessions(
    ports: Ports, ada: Actor, ed: Actor, role: Role | None, left: set[str]
) -> None:
    elsewhere, other = come(ports, ada), come(ports, ed, Role.EDITOR)
    tokens = made_by(ports, ada)
    if role:
        come(ports, ada, role)
    else:
        signing_in.refuse(ports, ada.issuer, ada.subject, ada.name, Denial.UNMATCHED, HERE)
    assert {name for name, text in tokens.items() if is_good(ports, text)} == left
    assert (elsewhere in open_sessions(ports)) is (role is Role.ADMIN)
    assert other in open_sessions(ports)


def test_who_is_refused_stands_in_the_log_with_what_they_had(ports: Ports, ada: Actor) -> None:
    come(ports, ada)
    signing_in.refuse(ports, ada.issuer, ada.subject, ada.name, Denial.MISSING, HERE)
    signing_in.refuse(ports, ada.issuer, "nox", "Nox", Denial.UNMATCHED, HERE)
    known, stranger = audit_rows(ports.store, "session:refuse")
    assert known.changes == {"role": ["admin", None], "reason": [None, "missing"], "address": [None, "192.0.2.7"]}
    assert (stranger.person, stranger.changes["role"]) == (f"{ada.issuer} nox", [None, None])
    assert [each.role for each in query.people(ports.store, LIMITS, ports.clock(), "", 1).rows] == [""]


def test_refusals_fill_the_log_no_faster_than_sign_ins_may_be_tried(ports: Ports, ada: Actor) -> None:
    for _ in range(60):
        signing_in.refuse(ports, ada.issuer, "nox", "Nox", Denial.UNMATCHED, HERE)
    with pytest.raises(Busy):
        signing_in.refuse(ports, ada.issuer, "nox", "Nox", Denial.UNMATCHED, HERE)
    assert len(audit_rows(ports.store, "session:refuse")) == 60


def test_every_way_in_and_out_is_on_record_with_the_person(ports: Ports, ada: Actor, ed: Actor) -> None:
    first = come(ports, ada, sid="s-1")
    who = SignedIn(ada.issuer, ada.subject, ada.name, Role.ADMIN)
    proven = digest(signing_in.sign_in(ports, who, HERE, replacing=first, purpose="step_up"))
    sessions.end(ports, proven, ada)
    other = come(ports, ed, Role.EDITOR)
    signing_out.end_one(ports, ada, ed.issuer, ed.subject, other)
    come(ports, ed, Role.EDITOR)
    signing_out.end_all(ports, ada, ed.issuer, ed.subject)
    found = [
        (row.action, row.person_name, row.object_name)
        for action in ("session:begin", "session:prove", "session:end", "person:sign_out")
        for row in audit_rows(ports.store, action)
    ]
    assert found == [
        ("session:begin", ada.name, ada.name),
        ("session:begin", ed.name, ed.name),
        ("session:begin", ed.name, ed.name),
        ("session:prove", ada.name, ada.name),
        ("session:end", ada.name, ada.name),
        ("session:end", ada.name, ed.name),
        ("person:sign_out", ada.name, ed.name),
    ]
    assert open_sessions(ports) == set()


def test_a_session_is_ended_as_whose_it_is_alone(ports: Ports, ada: Actor, ed: Actor) -> None:
    mine = come(ports, ada)
    for issuer, subject in ((ed.issuer, ed.subject), ("https://other.example", ada.subject)):
        with pytest.raises(NotFound):
            signing_out.end_one(ports, ed, issuer, subject, mine)
    assert open_sessions(ports) == {mine}


def test_ending_all_of_a_person_takes_their_programs_along_where_that_is_asked(
    ports: Ports, ada: Actor, ed: Actor
) -> None:
    tokens, mine = made_by(ports, ada), come(ports, ada)
    signing_out.end_all(ports, ed, ada.issuer, ada.subject)
    assert all(is_good(ports, text) for text in tokens.values())
    signing_out.end_all(ports, ed, ada.issuer, ada.subject, tokens=True)
    assert {name for name, text in tokens.items() if is_good(ports, text)} == {"feature"}
    assert mine not in open_sessions(ports)
    with pytest.raises(NotFound):
        signing_out.end_all(ports, ed, ada.issuer, "nobody")


@pytest.mark.parametrize(
    ("subject", "sid", "left"),
    [
        ("ada", "", {"ed 1"}),
        ("ada", "s-1", {"ada 2", "ed 1"}),
        ("", "s-1", {"ada 2", "ada unnamed"}),
        ("ada", "s-9", {"ada 1", "ada 2", "ed 1"}),
        ("vi", "s-1", {"ada 1", "ada 2", "ada unnamed", "ed 1"}),
    ],
)
def test_the_provider_ends_by_session_or_by_person(
    ports: Ports, ada: Actor, ed: Actor, subject: str, sid: str, left: set[str]
) -> None:
    named = {
        "ada 1": come(ports, ada, sid="s-1"),
        "ada 2": come(ports, ada, sid="s-2"),
        "ada unnamed": come(ports, ada),
        "ed 1": come(ports, ed, sid="s-1"),
    }
    until = ports.clock() + timedelta(minutes=11)
    ended = signing_out.end_for_provider(ports, ada.issuer, subject, sid, "jti-1", until)
    alive = open_sessions(ports)
    assert {name for name, session_id in named.items() if session_id in alive} == left
    assert ended == len(named) - len(left)


def test_a_logout_token_counts_once_and_is_forgotten_when_it_is_too_old(ports: Ports, ada: Actor) -> None:
    until = ports.clock() - timedelta(seconds=1)
    signing_out.end_for_provider(ports, ada.issuer, "ada", "", "jti-old", until)
    signing_out.end_for_provider(ports, ada.issuer, "ada", "", "jti-1", until + timedelta(minutes=11))
    again = come(ports, ada)
    with pytest.raises(Spent):
        signing_out.end_for_provider(ports, ada.issuer, "ada", "", "jti-1", until + timedelta(minutes=11))
    signing_out.end_for_provider(ports, "https://other.example", "ada", "", "jti-1", until + timedelta(minutes=11))
    assert open_sessions(ports) == {again}
    with ports.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SpentLogoutToken)) == 2


def test_people_are_listed_with_what_is_open(ports: Ports, ada: Actor, ed: Actor) -> None:
    for _ in range(2):
        come(ports, ada)
    come(ports, ed, Role.EDITOR)
    later = ports.clock() + timedelta(minutes=31)
    for now, counts in ((ports.clock(), [1, 2]), (later, [0, 0])):
        found = query.people(ports.store, LIMITS, now, "", 1)
        assert ([each.sessions for each in found.rows], found.total) == (counts, 2)
    (only,) = query.people(ports.store, LIMITS, later, "ED ED", 1).rows
    assert (only.name, only.role, only.key) == (ed.name, "editor", ed.key)
    assert query.people(ports.store, LIMITS, later, "100%", 1).rows == ()
    assert len(sessions_of(ports.store, ada.issuer, ada.subject, LIMITS, ports.clock())) == 2
