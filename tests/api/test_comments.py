"""What programs say of entries: written, listed, put right, removed."""

import pytest

from app.domain.comments import PER_MINUTE
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.catalogue import MISTRAL, entry, shelf

pytestmark = pytest.mark.seeded


@pytest.fixture
def entry_id(ports: Ports) -> str:
    shelf(ports)
    return entry(ports, MISTRAL).id


def test_a_comment_is_written_and_put_right(viewer: Program, entry_id: str) -> None:
    said = viewer.post("/comments", {"entry_id": entry_id, "text": "Runs well."})
    place = said.headers["Location"]
    assert (said.status_code, said.headers["ETag"], said.json["own"]) == (201, '"1"', True)
    edited = viewer("PATCH", place, {"text": "Runs very well."}, match='"1"')
    assert (edited.status_code, edited.json["text"], edited.json["version"]) == (200, "Runs very well.", 2)
    assert viewer.get(f"/comments?entry={entry_id}").json["items"] == [edited.json]


def test_a_change_says_which_version_it_saw(viewer: Program, entry_id: str) -> None:
    place = viewer.post("/comments", {"entry_id": entry_id, "text": "One."}).headers["Location"]
    for method, body in (("PATCH", {"text": "Two."}), ("DELETE", None)):
        assert viewer(method, place, body).status_code == 428
        stale = viewer(method, place, body, match='"7"')
        assert (stale.status_code, stale.json["current_version"]) == (412, 1)


def test_only_the_author_edits_and_only_the_author_or_an_admin_removes(
    viewer: Program, editor: Program, admin: Program, entry_id: str
) -> None:
    place = viewer.post("/comments", {"entry_id": entry_id, "text": "Mine."}).headers["Location"]
    assert editor("PATCH", place, {"text": "Theirs."}, match="*").status_code == 404
    assert editor("DELETE", place, match="*").status_code == 404
    assert admin("PATCH", place, {"text": "Ours."}, match="*").status_code == 404
    assert admin("DELETE", place, match="*").status_code == 204
    left = viewer.get(place).json
    assert (left["text"], left["removed_by"]) == ("", "of the admin tests")
    assert viewer("DELETE", place, match="*").status_code == 404


def test_too_many_at_once_are_told_when_to_go_on(viewer: Program, entry_id: str) -> None:
    said = [viewer.post("/comments", {"entry_id": entry_id, "text": str(each)}) for each in range(PER_MINUTE + 1)]
    assert [each.status_code for each in said] == [201] * PER_MINUTE + [429]
    assert int(said[-1].headers["Retry-After"]) == said[-1].json["retry_after"] <= 60
    first = viewer.get(f"/comments?entry={entry_id}&limit=3").json
    rest = viewer.get(f"/comments?entry={entry_id}&limit=3&cursor={first['next']}").json
    assert [each["text"] for each in first["items"] + rest["items"]] == ["0", "1", "2", "3", "4"]


def test_nothing_and_too_much_are_told_at_the_field(viewer: Program, entry_id: str) -> None:
    for text in ("", "x" * 4001):
        refused = viewer.post("/comments", {"entry_id": entry_id, "text": text})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["text"])


def test_what_is_not_there_is_not_found(viewer: Program) -> None:
    assert viewer.post("/comments", {"entry_id": "none", "text": "Hello."}).status_code == 404
    assert viewer.get("/comments").status_code == 404
    assert viewer.get("/comments/none").status_code == 404
