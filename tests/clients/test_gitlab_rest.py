"""What GitLab tells over REST, read from whatever comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.clients.gitlab.rest import MOST_PAGES, PAGE_SIZE
from app.domain.instance import About
from app.domain.instance_troubles import InstanceError
from tests.clients.gitlab_script import Line, answer, complaint, gitlab, page

SINCE = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)


def event(text: str = "", name: Any = None, **others: Any) -> dict[str, Any]:
    details = {"custom_message": text, "event_name": name, "author_name": "Ada", "target_details": "GPU pool"}
    return {"created_at": "2026-11-02T08:00:00.123Z", "details": details, **others}


def told(*rows: Any) -> list[tuple[str, str]]:
    client, _, _ = gitlab(answer(list(rows)))
    return [(each.event, each.text) for each in client.changed_since(SINCE)]


@pytest.mark.parametrize(("text", "name"), [
    ("Self-hosted model a/gpt/http://h created", "self_hosted_model_created"),
    ("Self-hosted model a/gpt/http://h updated", "self_hosted_model_updated"),
    ("Self-hosted model a/gpt/ destroyed", "self_hosted_model_destroyed"),
    ("Feature duo_chat changed to Disabled", "self_hosted_model_feature_changed"),
    ("Self-hosted model testing terms accepted by user - ID: 1", "self_hosted_model_terms_accepted"),
])  # fmt: skip
def test_an_event_without_a_name_is_told_by_its_text(text: str, name: str) -> None:
    assert told(event(text)) == [(name, text)]


@pytest.mark.parametrize("row", [
    event("Added project"), event("Feature duo_chat changed to Disabled", "other_event"), event("", "user_created"),
    event("", "self_hosted_model_created", created_at=None), event("", "self_hosted_model_created", created_at="today"),
    {"details": None}, {}, None, 7,
])  # fmt: skip
def test_other_rows_are_passed_over(row: Any) -> None:
    assert told(row, event("x", "self_hosted_model_created")) == [("self_hosted_model_created", "x")]


def test_the_time_is_sent_as_gitlab_reads_it() -> None:
    client, door, _ = gitlab(answer([]))
    client.changed_since(SINCE)
    [call] = door.calls
    assert (call.method, str(call.address)) == ("GET", "https://git.example/gitlab/api/v4/audit_events")
    assert dict(call.query) == {"created_after": "2026-11-01T12:30:00Z", "per_page": "100", "page": "1"}


def test_only_a_few_pages_of_events_are_read() -> None:
    client, door, _ = gitlab(answer([event("x", "self_hosted_model_created")] * PAGE_SIZE))
    assert len(client.changed_since(SINCE)) == MOST_PAGES * PAGE_SIZE
    assert [dict(call.query)["page"] for call in door.calls] == ["1", "2", "3", "4", "5"]


MISSING = [
    answer({"error": "404 Not Found"}, 404),
    answer({"message": "403 Forbidden"}, 403),
    page("Welcome"),
    answer([7]),
]


@pytest.mark.parametrize("line", MISSING)
def test_what_is_not_there_tells_nothing(line: Line) -> None:
    client, _, _ = gitlab(line)
    assert client.about() == About()
    assert client.changed_since(SINCE) == ()


@pytest.mark.parametrize(("line", "code"), [
    (complaint("Invalid token", status=401), "token_refused"),
    (answer("", 302, location="/users/sign_in"), "sign_in_page"),
    (answer({"message": "created_after is invalid"}, 400), "refused"),
    (page("Down", "", 503), "unavailable"),
])  # fmt: skip
def test_other_failures_are_failures(line: Line, code: str) -> None:
    client, _, _ = gitlab(line)
    for act in (client.about, lambda: client.changed_since(SINCE)):
        with pytest.raises(InstanceError) as found:
            act()
        assert found.value.code == code
