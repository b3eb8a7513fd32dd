"""What serves each feature, by programs."""

import pytest

from app.domain import notices
from app.domain.roles import Actor
from app.domain.tiers import Tier
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.pages import row_counts
from tests.fixtures.stock import UNLISTED, add_endpoint
from tests.fixtures.together import together

CHAT = "/features/duo_chat/assignment"


@pytest.fixture
def supported(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada)


@pytest.fixture
def unlisted(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada, "Own", **UNLISTED)


def put(program: Program, body: dict[str, object], match: str | None = "*") -> dict[str, object]:
    answer = program("PUT", CHAT, body, match=match)
    return {"status": answer.status_code, **answer.json}


def test_a_feature_that_nobody_touched_is_unassigned_at_version_nought(viewer: Program) -> None:
    answer = viewer.get(CHAT)
    expected = {"id": "duo_chat", "state": "unassigned", "version": 0, "endpoint_id": None, "fallbacks": []}
    assert answer.headers["ETag"] == '"0"'
    assert expected.items() <= answer.json.items()


def test_an_endpoint_is_given_without_saying_the_state(admin: Program, viewer: Program, supported: str) -> None:
    given = admin("PUT", CHAT, {"endpoint_id": supported}, match='"0"')
    assert (given.status_code, given.headers["ETag"]) == (200, '"1"')
    assert (given.json["state"], given.json["tier"], given.json["notice"]) == ("endpoint", "supported", "")
    assert viewer.get(CHAT).json == given.json


def test_below_supported_the_notice_comes_first_and_nothing_is_written(
    admin: Program, ports: Ports, unlisted: str
) -> None:
    before = row_counts(ports)
    refused = put(admin, {"endpoint_id": unlisted})
    assert (refused["status"], refused["code"]) == (422, "acknowledgement_required")
    assert refused["notice"] == notices.notice(Tier.OTHER)
    assert list(refused["errors"]) == ["acknowledged"]  # type: ignore[call-overload]
    assert row_counts(ports) == before
    given = put(admin, {"endpoint_id": unlisted, "acknowledged": True})
    assert (given["status"], given["note_due"]) == (200, False)


def test_fallbacks_keep_their_order_and_their_families(admin: Program, supported: str, unlisted: str) -> None:
    chain = [{"endpoint_id": unlisted, "family": "llama3"}]
    given = put(admin, {"endpoint_id": supported, "fallbacks": chain, "acknowledged": True})
    (link,) = given["fallbacks"]  # type: ignore[misc]
    assert (link["endpoint_id"], link["family"], link["name"]) == (unlisted, "llama3", "Own")
    assert put(admin, {"endpoint_id": supported, "family": "other"})["fallbacks"] == given["fallbacks"]
    assert put(admin, {"endpoint_id": supported, "fallbacks": []})["fallbacks"] == []


@pytest.mark.parametrize("state", ["disabled", "managed", "unassigned"])
def test_a_feature_may_be_given_no_endpoint(admin: Program, supported: str, state: str) -> None:
    put(admin, {"endpoint_id": supported})
    given = put(admin, {"state": state})
    assert (given["status"], given["state"], given["endpoint_id"]) == (200, state, None)


@together(
    ("body", "field"),
    [
        ({}, "state"),
        ({"state": "perhaps"}, "state"),
        ({"state": "endpoint"}, "endpoint_id"),
        ({"endpoint_id": "none"}, "endpoint_id"),
        ({"endpoint_id": "a\0b"}, "endpoint_id"),
        ({"state": "disabled", "endpoint_id": "x"}, "endpoint_id"),
        ({"state": "disabled", "fallbacks": [{"endpoint_id": "x"}]}, "fallbacks"),
        ({"endpoint_id": "x", "fallbacks": [{}]}, "fallbacks.0.endpoint_id"),
        ({"endpoint_id": "x", "acknowledged": "yes"}, "acknowledged"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(
    admin: Program, ports: Ports, body: dict[str, object], field: str
) -> None:
    before = row_counts(ports)
    refused = put(admin, body)
    assert refused["status"] == 422
    assert field in refused["errors"]  # type: ignore[operator]
    assert row_counts(ports) == before


def test_a_decision_says_which_version_it_saw(admin: Program, supported: str) -> None:
    assert put(admin, {"endpoint_id": supported}, match=None)["status"] == 428
    assert put(admin, {"endpoint_id": supported}, match='"0"')["version"] == 1
    stale = put(admin, {"state": "disabled"}, match='"0"')
    assert (stale["status"], stale["current_version"]) == (412, 1)


def test_only_admins_decide_and_only_on_features_there_are(admin: Program, editor: Program, supported: str) -> None:
    assert put(editor, {"endpoint_id": supported})["status"] == 403
    for method, body in (("GET", None), ("PUT", {"state": "disabled"})):
        assert admin(method, "/features/telepathy/assignment", body, match="*").status_code == 404


def test_switching_off_takes_a_replacement_in_the_same_step(
    admin: Program, editor: Program, supported: str, unlisted: str
) -> None:
    put(admin, {"endpoint_id": supported})
    place = f"/endpoints/{supported}/disable"
    assert admin.post(place).json["uses"] == ["General Chat"]
    assert editor.post(place, {"replacement_id": unlisted, "acknowledged": True}).status_code == 403
    assert admin.post(place, {"replacement_id": unlisted}).json["code"] == "acknowledgement_required"
    assert admin.post(place, {"replacement_id": unlisted, "acknowledged": True}).json["enabled"] is False
    assert admin.get(CHAT).json["endpoint_id"] == unlisted
