"""Another portal's catalogue followed by address: agreed to after a look, then taken while it is who it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.config import Settings
from app.domain.errors import Invalid, NotFound, Unavailable
from app.domain.following import State
from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.lib.egress import Policy
from app.lib.http import Door
from app.models.catalogue import Installation, Report
from app.models.follow import Follow
from app.services import api_tokens, catalogue_seed, follows, installations, reports
from app.services.bundles import Choice, Look
from app.services.ports import Ports
from app.web.context import KEY
from tests.fakes.certificates import Certificate, make_certificate
from tests.fixtures.bundles import MODEL, NOW, Sender, entry, report
from tests.fixtures.following import Told, served_over_tls
from tests.fixtures.pages import row_counts
from tests.fixtures.portal import Build
from tests.fixtures.schema import create_sqlite
from tests.fixtures.stock import audit_rows

TRUST = Choice(trust=True)
DAY = timedelta(days=1, minutes=1)


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(ports: Ports, certificate: Certificate, clock: Clock) -> Iterator[Ports]:
    """The portal that follows."""
    door = Door(Policy(loopback_open=True), ca_file=str(certificate.ca))
    found = replace(ports, clock=clock, door=door)
    catalogue_seed.seed(found)
    yield found
    door.close()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def url(told: Told, certificate: Certificate) -> Iterator[str]:
    """The address of a bundle that a server gives, which says what it is told to."""
    with served_over_tls(told.app(), certificate) as origin:
        yield f"{origin}/bundle.jsonl"


def row(ports: Ports, follow_id: str) -> Follow:
    with ports.store.read() as session:
        return session.get_one(Follow, follow_id)


def agree(ports: Ports, actor: Actor, follow_id: str, choice: Choice = TRUST) -> Look:
    seen = follows.look(ports, follow_id)
    return follows.take(ports, actor, follow_id, seen.content, seen.fingerprint, choice)


def from_others(ports: Ports) -> list[tuple[str, str]]:
    """State and only answer of each report, the oldest first."""
    with ports.store.read() as session:
        found = session.execute(select(Report.state, Report.answers).order_by(Report.at))
        return [(state, answers.get("duo_chat", "")) for state, answers in found]


def lines(days: float, answer: str = "works") -> list[dict[str, object]]:
    return [MODEL, entry(added=True, report=report(days, answers={"duo_chat": answer}))]


@pytest.mark.one_database
def test_a_real_portal_is_followed_from_the_look_to_the_day_after(
    here: Ports, ada: Actor, clock: Clock, certificate: Certificate, build: Build, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    other = build(settings.model_copy(update={"data_dir": folder, "database_url": f"sqlite:///{folder / 'two.db'}"}))

    create_sqlite(folder / "two.db")
    there = other.extensions[KEY].ports
    catalogue_seed.seed(there)
    draft = ReportDraft("Granite 9 12B", "vllm", "other", answers={"duo_chat": "works"})
    reports.report(there, ada, draft)
    token = api_tokens.create(there, ada, TokenDraft("for others", "viewer")).text
    with served_over_tls(other, certificate) as origin:
        follow_id = follows.follow(here, ada, origin, token)
        before = row_counts(here)
        seen = follows.look(here, follow_id)
        assert row_counts(here) == before, "a look changes nothing"
        assert (seen.standing, seen.counts["reports_new"]) == ("new", 1)
        agree(here, ada, follow_id)
        assert from_others(here) == [("live", "works")]
        assert follows.fetch_due(here) == 0, "not before its time"
        clock.now += DAY
        assert follows.fetch_due(here) == 1
        assert len(audit_rows(here.store, "bundle:take")) == 1, "the same again is sent as unchanged"
        reports.report(there, ada, replace(draft, answers={"duo_chat": "fails"}))
        clock.now += DAY
        assert follows.fetch_due(here) == 1
    assert from_others(here) == [("superseded", "works"), ("live", "fails")]
    assert [each.person_name for each in audit_rows(here.store, "bundle:take")] == ["Ada Admin", "Modelport"]
    assert token not in (row(here, follow_id).token or "")


def test_another_key_waits_for_a_person_and_is_trusted_anew(
    here: Ports, ada: Actor, clock: Clock, told: Told, url: str
) -> None:
    sender = Sender()
    told.content = sender.bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url)
    agree(here, ada, follow_id)
    rekeyed = Sender(identity=sender.id)
    told.content = rekeyed.bundle(lines(1, "fails")).getvalue()
    clock.now += DAY
    follows.fetch_due(here)
    assert (row(here, follow_id).state, row(here, follow_id).problem) == (State.WAITS, follows.OTHER_SIGNER)
    assert from_others(here) == [("live", "works")]
    seen = follows.look(here, follow_id)
    assert seen.standing == "rekeyed"
    follows.take(here, ada, follow_id, seen.content, seen.fingerprint)
    with here.store.read() as session:
        known = session.get_one(Installation, sender.id)
    assert (known.public_key, known.trusted) == (rekeyed.public_key, False)
    assert len(audit_rows(here.store, "installation:key")) == 1
    assert row(here, follow_id).state == State.GOOD


@pytest.mark.one_database
def test_what_changed_between_look_and_taking_is_looked_at_again(here: Ports, ada: Actor, told: Told, url: str) -> None:
    sender, impostor = Sender(), Sender()
    told.content = sender.bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url)
    seen = follows.look(here, follow_id)
    for other in (sender.bundle(lines(1)), impostor.bundle(lines(3))):
        told.content = other.getvalue()
        with pytest.raises(Invalid, match="changed since you looked"):
            follows.take(here, ada, follow_id, seen.content, seen.fingerprint, TRUST)
    assert from_others(here) == []


@pytest.mark.one_database
def test_only_who_is_trusted_is_taken_without_a_look(
    here: Ports, ada: Actor, clock: Clock, told: Told, url: str
) -> None:
    sender = Sender()
    told.content = sender.bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url)
    agree(here, ada, follow_id, Choice())
    clock.now += DAY
    follows.fetch_due(here)
    assert row(here, follow_id).state == State.GOOD, "nothing new is nothing to wait for"
    told.content = sender.bundle(lines(1, "fails")).getvalue()
    clock.now += DAY
    follows.fetch_due(here)
    assert (row(here, follow_id).state, from_others(here)) == (State.WAITS, [("live", "works")])
    installations.trust(here, ada, sender.id, trusted=True)
    clock.now += DAY
    follows.fetch_due(here)
    assert (row(here, follow_id).state, from_others(here)[-1]) == (State.GOOD, ("live", "fails"))


@pytest.mark.one_database
def test_a_report_refused_here_stays_refused(here: Ports, ada: Actor, clock: Clock, told: Told, url: str) -> None:
    sender = Sender()
    told.content = sender.bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url)
    agree(here, ada, follow_id)
    with here.store.read() as session:
        report_id = session.execute(select(Report.id)).scalar_one()
    reports.withdraw(here, ada, report_id)
    told.content = sender.bundle(lines(1)).getvalue()
    clock.now += DAY
    follows.fetch_due(here)
    assert from_others(here) == [("refused", "works")]
    assert row(here, follow_id).state == State.GOOD


FAILURES = (
    (401, b"", "new token with the role viewer"),
    (404, b"", "/api/v1/catalogue/bundle"),
    (302, b"", "enter that one"),
    (502, b"", "tried again by itself"),
    (200, b"<html>", "no bundle"),
    (200, b"altered", "was altered"),
)


@pytest.mark.one_database
def test_a_failure_is_kept_with_what_to_do_and_tried_again_soon(
    here: Ports, ada: Actor, clock: Clock, told: Told, url: str
) -> None:
    told.content = good = Sender().bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url, "mp_secret")
    agree(here, ada, follow_id)
    for status, content, words in FAILURES:
        told.status = status
        told.content = good.replace(b"works", b"fails") if content == b"altered" else content
        clock.now += DAY
        assert follows.fetch_due(here) == 1
        found = row(here, follow_id)
        assert found.state == State.FAILED
        assert words in found.problem
    told.content, told.status = good, 200
    clock.now += timedelta(hours=1)
    assert follows.fetch_due(here) == 1
    assert (row(here, follow_id).state, row(here, follow_id).problem) == (State.GOOD, "")
    assert from_others(here) == [("live", "works")]
    assert {each["Authorization"] for each in told.heard} == {"Bearer mp_secret"}


def test_of_many_processes_one_fetches(here: Ports, ada: Actor, clock: Clock, told: Told, url: str) -> None:
    told.content = Sender().bundle(lines(3)).getvalue()
    follow_id = follows.follow(here, ada, url)
    agree(here, ada, follow_id)
    clock.now += DAY
    assert follows._claim(here) is not None
    assert follows._claim(here) is None
    clock.now += timedelta(hours=1)
    assert follows._claim(here) is not None, "who died holds it up no longer"


@pytest.mark.one_database
def test_an_address_is_kept_once_and_ends_at_will(here: Ports, ada: Actor) -> None:
    first = follows.follow(here, ada, "https://portal.example")
    assert row(here, first).address == "https://portal.example/api/v1/catalogue/bundle"
    assert follows.follow(here, ada, "https://portal.example/api/v1/catalogue/bundle", "mp_new") == first
    follows.unfollow(here, ada, first)
    for gone in (follows.look, lambda ports, each: follows.unfollow(ports, ada, each)):
        with pytest.raises(NotFound):
            gone(here, first)


@pytest.mark.one_database
def test_an_address_that_the_policy_closes_is_told_with_its_setting(here: Ports, ada: Actor) -> None:
    closed = replace(here, door=Door(Policy()))
    follow_id = follows.follow(closed, ada, "https://127.0.0.1:9")
    with pytest.raises(Unavailable, match="EGRESS_ALLOW"):
        follows.look(closed, follow_id)
    assert row(closed, follow_id).state == State.FAILED
