"""Votes by programs: one of a kind for each, however often and at whatever moment it is cast."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.domain.roles import Actor, Role
from app.services import votes
from app.services.ports import Ports
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.catalogue import MISTRAL, entry, shelf

pytestmark = pytest.mark.seeded


@pytest.fixture
def entry_id(ports: Ports) -> str:
    shelf(ports)
    return entry(ports, MISTRAL).id


def test_a_vote_counts_once_however_often_it_is_cast(viewer: Program, entry_id: str) -> None:
    for _ in range(2):
        cast = viewer.post("/votes", {"entry_id": entry_id, "kind": "want"})
    assert (cast.status_code, cast.json["votes"], cast.json["own_votes"]) == (200, 1, ["want"])
    assert viewer.get("/catalogue/" + "/".join(MISTRAL)).json["votes"] == 1


def test_each_kind_and_each_person_counts(
    viewer: Program, editor: Program, ports: Ports, ada: Actor, entry_id: str
) -> None:
    votes.vote(ports, ada, entry_id, "want", wanted=True)
    for program, kind in ((viewer, "want"), (viewer, "works"), (editor, "want")):
        program.post("/votes", {"entry_id": entry_id, "kind": kind})
    found = viewer.get(f"/votes?entry={entry_id}").json
    assert (found["votes"], found["votes_by_kind"]) == (4, {"want": 3, "works": 1})
    assert found["own_votes"] == ["want", "works"]


def test_a_persons_page_and_tokens_have_one_vote_together(
    app: Flask, program_of: ProgramOf, admin: Program, ports: Ports, ada: Actor, entry_id: str
) -> None:
    votes.vote(ports, ada, entry_id, "want", wanted=True)
    handed_on = admin.post("/tokens", {"name": "of a token", "role": "viewer"}).json["token"]
    for program in (admin, program_of(Role.ADMIN), Program(app, handed_on)):
        told = program.post("/votes", {"entry_id": entry_id, "kind": "want"}).json
        assert (told["votes"], told["own_votes"]) == (1, ["want"])
    votes.vote(ports, ada, entry_id, "want", wanted=False)
    assert admin.get(f"/votes?entry={entry_id}").json["votes"] == 0


def test_votes_at_the_same_instant_count_once(viewer: Program, entry_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        casting = [pool.submit(viewer.post, "/votes", {"entry_id": entry_id, "kind": "want"}) for _ in range(16)]
    assert {each.result().status_code for each in casting} == {200}
    assert viewer.get(f"/votes?entry={entry_id}").json["votes"] == 1


@pytest.mark.parametrize(
    "back",
    [
        lambda program, vote: program("DELETE", "/votes", vote),
        lambda program, vote: program("DELETE", f"/votes?entry_id={vote['entry_id']}&kind={vote['kind']}"),
    ],
)
def test_a_vote_is_taken_back_in_the_body_or_the_address(
    viewer: Program, editor: Program, entry_id: str, back: Callable[[Program, dict[str, str]], None]
) -> None:
    vote = {"entry_id": entry_id, "kind": "want"}
    for program in (viewer, editor):
        program.post("/votes", vote)
    for _ in range(2):
        back(viewer, vote)
    found = viewer.get(f"/votes?entry={entry_id}").json
    assert (found["votes"], found["own_votes"]) == (1, [])


def test_what_does_not_fit_is_told(viewer: Program, entry_id: str) -> None:
    wrong = viewer.post("/votes", {"entry_id": entry_id, "kind": "love"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["kind"])
    assert sorted(viewer("DELETE", "/votes").json["errors"]) == ["entry_id", "kind"]
    assert viewer("DELETE", f"/votes?entry_id={entry_id}&kind=love").status_code == 422


def test_an_entry_that_is_not_there_takes_no_vote(viewer: Program) -> None:
    assert viewer.post("/votes", {"entry_id": "none", "kind": "want"}).status_code == 404
    assert viewer("DELETE", "/votes", {"entry_id": "none", "kind": "want"}).status_code == 404
    assert viewer.get("/votes?entry=none").status_code == 404
