"""Votes: one of a kind for each person, whoever asks how often and at which instant."""

from threading import Barrier, Thread

import pytest

from app.domain.errors import Invalid, NotFound
from app.domain.roles import Actor, Role
from app.models.catalogue import ForeignVotes
from app.queries import catalogue, catalogue_reports
from app.services import catalogue_entries, votes
from app.services.ports import Ports


@pytest.fixture
def entry(ports: Ports) -> str:
    """An entry to vote for."""
    with ports.store.write() as session:
        return catalogue_entries.obtain(ports, session, "Granite 9 12B", "vllm", "", "other").id


def number(ports: Ports, pairing_id: str) -> int:
    (found,) = catalogue.entries(ports.store, [pairing_id])
    return found.votes


def at_once(*acts: object) -> list[BaseException]:
    """Run them in threads that begin together; what they raised."""
    together, raised = Barrier(len(acts)), []

    def run(act: object) -> None:
        together.wait(10)
        try:
            act()  # type: ignore[operator]
        except BaseException as error:
            raised.append(error)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_one_person_at_the_same_instant_counts_once(ports: Ports, vi: Actor, entry: str) -> None:
    assert at_once(*[lambda: votes.vote(ports, vi, entry, "want", True)] * 8) == []
    assert number(ports, entry) == 1
    assert catalogue_reports.votes(ports.store, entry, vi.key).counts == {"want": 1}


def test_many_people_at_the_same_instant_all_count(ports: Ports, entry: str) -> None:
    people = [Actor("https://id.example.com", f"p{each}", f"Person {each}", Role.VIEWER) for each in range(8)]
    acts = [lambda person=person: votes.vote(ports, person, entry, "works", True) for person in people]
    assert at_once(*acts) == []
    assert number(ports, entry) == 8


def test_a_vote_is_taken_back_at_will(ports: Ports, vi: Actor, ed: Actor, entry: str) -> None:
    assert votes.vote(ports, vi, entry, "want", True) == 1
    assert votes.vote(ports, vi, entry, "want", True) == 1
    assert votes.vote(ports, ed, entry, "want", True) == 2
    assert votes.vote(ports, vi, entry, "want", False) == 1
    assert votes.vote(ports, vi, entry, "want", False) == 1
    assert votes.vote(ports, vi, entry, "want", True) == 2


def test_both_kinds_are_told_apart_and_those_of_others_count(ports: Ports, vi: Actor, ed: Actor, entry: str) -> None:
    with ports.store.write() as session:
        session.add(ForeignVotes(pairing_id=entry, installation="elsewhere", kind="want", number=5))
    votes.vote(ports, vi, entry, "want", True)
    votes.vote(ports, ed, entry, "want", True)
    assert votes.vote(ports, vi, entry, "works", True) == 8
    found = catalogue_reports.votes(ports.store, entry, ed.key)
    assert (found.counts, found.own) == ({"want": 7, "works": 1}, {"want"})
    assert catalogue_reports.votes(ports.store, entry).own == frozenset()


def test_votes_for_nothing_are_refused(ports: Ports, vi: Actor, entry: str) -> None:
    with pytest.raises(Invalid) as refused:
        votes.vote(ports, vi, entry, "love", True)
    assert list(refused.value.fields) == ["kind"]
    with pytest.raises(NotFound):
        votes.vote(ports, vi, "nowhere", "want", True)
