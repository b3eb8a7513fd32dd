"""The discussion of an entry: read, written, put right, removed, flagged; with a script and without."""

import pytest

from app.domain.roles import Actor
from app.queries import comments as queries
from app.queries.comments import CommentRecord
from app.services import comments as service
from app.services.ports import Ports
from tests.fixtures.catalogue import MISTRAL, entry, shelf
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements

pytestmark = pytest.mark.seeded

ADDRESS = "/catalogue/vllm/mistral-small-24b-instruct-2506"
HOSTILE = "</textarea><img src=x onerror=alert(1)> {{ 7*7 }} <b hx-get='/x'>"


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, vi: Actor) -> Window:
    shelf(ports)
    return window_of(vi)


def say(ports: Ports, actor: Actor, text: str = "Stable for weeks.") -> str:
    return service.add(ports, actor, entry(ports, MISTRAL).id, text)


def said(ports: Ports) -> tuple[CommentRecord, ...]:
    return queries.page_of(ports.store, entry(ports, MISTRAL).id).rows


def add_to(ports: Ports) -> str:
    return f"/catalogue/entries/{entry(ports, MISTRAL).id}/comments"


def test_a_viewer_comments_and_is_led_back_to_the_comment(window: Window, ports: Ports) -> None:
    answer = window.post(add_to(ports), data={"text": "Which context?"})
    (comment,) = said(ports)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ADDRESS}#comment-{comment.id}")
    page = Page(window.get(ADDRESS))
    assert "Vi Viewer" in page.words(f"comment-{comment.id}")
    assert "Which context?" in page.words(f"comment-{comment.id}")


def test_with_a_script_the_discussion_comes_back_with_an_empty_field(window: Window, ports: Ports) -> None:
    answer = window.post(add_to(ports), data={"text": "Which context?"}, fragment=True)
    page = Page(answer)
    assert "Which context?" in page.words("discussion")
    assert page.value("text") == ""
    assert "Your comment is there." in answer.headers["HX-Trigger"]


def test_hostile_words_stay_words(window: Window, ports: Ports, ada: Actor) -> None:
    say(ports, ada, HOSTILE)
    page = window.get(ADDRESS).text
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    again = window.post(add_to(ports), data={"text": HOSTILE + "x" * 4000})
    assert "<img" not in again.text
    assert Page(again).value("text").startswith(HOSTILE)


@pytest.mark.parametrize(
    ("text", "words"),
    [(" ", "Write something."), ("x" * 4001, "Use 4000 characters"), ("key sk-abcdefgh1234", "Leave out the key")],
)
@pytest.mark.parametrize("fragment", [True, False])
def test_bad_input_is_told_at_its_field_and_stays(
    window: Window, ports: Ports, text: str, words: str, fragment: bool
) -> None:
    answer = window.post(add_to(ports), data={"text": text}, fragment=fragment)
    page = Page(answer)
    assert answer.status_code == 422
    assert words in page.error("text")
    assert page.value("text") == text.strip("\n")
    assert not said(ports)


def test_whoever_writes_too_fast_keeps_the_text(window: Window, ports: Ports, vi: Actor) -> None:
    for number in range(5):
        say(ports, vi, f"Comment {number}")
    answer = window.post(add_to(ports), data={"text": "The sixth"})
    assert (answer.status_code, Page(answer).value("text")) == (429, "The sixth")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_author_changes_the_comment(window: Window, ports: Ports, vi: Actor) -> None:
    comment = f"/catalogue/comments/{say(ports, vi)}"
    form = Page(window.get(f"{comment}/edit"))
    assert form.value("text") == "Stable for weeks."
    answer = window.post(f"{comment}/edit", data={"text": "Stable.", "version": form.value("version")}, fragment=True)
    assert "Stable." in answer.text
    assert "changed" in answer.text
    assert said(ports)[0].text == "Stable."


def test_two_changes_at_once_show_both(window: Window, ports: Ports, vi: Actor) -> None:
    comment_id = say(ports, vi)
    service.edit(ports, vi, comment_id, 1, "From the other window.")
    sent = {"text": "From this one.", "version": "1"}
    page = Page(window.post(f"/catalogue/comments/{comment_id}/edit", data=sent))
    assert page.words(f"stored-{comment_id}") == "From the other window."
    assert page.value("text") == "From this one."
    assert said(ports)[0].text == "From the other window."
    again = window.post(f"/catalogue/comments/{comment_id}/edit", data={**sent, "version": page.value("version")})
    assert (again.status_code, said(ports)[0].text) == (303, "From this one.")


def test_a_changed_comment_has_to_say_something(window: Window, ports: Ports, vi: Actor) -> None:
    comment_id = say(ports, vi)
    answer = window.post(f"/catalogue/comments/{comment_id}/edit", data={"text": " ", "version": "1"})
    assert (answer.status_code, Page(answer).error(f"text-{comment_id}")) == (422, "Write something.")


def test_the_text_of_a_removed_comment_is_gone_and_its_place_stays(window: Window, ports: Ports, vi: Actor) -> None:
    comment_id = say(ports, vi)
    answer = window.post(f"/catalogue/comments/{comment_id}/delete", fragment=True)
    assert "It was taken back" in Page(answer).words(f"comment-{comment_id}")
    assert "Stable" not in window.get(ADDRESS).text
    assert window.get(f"/catalogue/comments/{comment_id}/edit").status_code == 404


def test_a_comment_of_somebody_else_is_flagged_once_and_not_changed(window: Window, ports: Ports, ed: Actor) -> None:
    comment_id = say(ports, ed)
    before = row_counts(ports)
    for act in ("edit", "delete"):
        assert window.post(f"/catalogue/comments/{comment_id}/{act}", data={"text": "Mine"}).status_code == 404
    assert row_counts(ports) == before
    for _ in range(2):
        answer = window.post(f"/catalogue/comments/{comment_id}/flag", data={"wanted": "y"}, fragment=True)
    assert 'aria-pressed="true"' in answer.text
    assert queries.flagged_count(ports.store) == 1
    window.post(f"/catalogue/comments/{comment_id}/flag", data={"wanted": "n"})
    assert queries.flagged_count(ports.store) == 0


def test_an_admin_removes_the_comment_of_somebody_else(
    window: Window, window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    comment_id = say(ports, vi)
    window_of(ada).post(f"/catalogue/comments/{comment_id}/delete")
    assert "Ada Admin removed it" in Page(window.get(ADDRESS)).words(f"comment-{comment_id}")


def test_what_is_not_there_is_not_found(window: Window) -> None:
    for address in ("/catalogue/entries/no/discussion", "/catalogue/comments/no", "/catalogue/comments/no/edit"):
        assert window.get(address).status_code == 404
    for address in ("entries/no/comments", "comments/no/delete", "comments/no/flag", "comments/no/edit"):
        assert window.post(f"/catalogue/{address}", data={"text": "Hello"}).status_code == 404


def test_a_long_discussion_goes_on_behind_a_link_and_takes_no_more_statements(
    window: Window, ports: Ports, vi: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.catalogue_discussion.PAGE", 2)
    with statements(ports.store) as few:
        window.get(ADDRESS)
    for number in range(3):
        say(ports, vi, f"Comment {number}")
    with statements(ports.store) as many:
        page = Page(window.get(ADDRESS))
    assert len(many) == len(few)
    assert "Comment 2" not in page.text
    later = next(each for each in page.links() if "discussion?after=" in each)
    rest = Page(window.get(later))
    assert "Comment 2" in rest.words("discussion")
    window.post(add_to(ports), data={"text": "The last", "after": rest.value("after")})
    assert "The last" in window.get(later).text
