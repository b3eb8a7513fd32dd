"""Other portals' catalogues as programs follow them: kept, looked at, agreed to, ended, by admins alone."""

import pytest
from werkzeug.test import TestResponse

from app.domain.following import MOST, TOKEN_MAX
from app.domain.roles import Actor
from app.queries import installations
from app.services import follows
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.bundles import MODEL, Sender, entry, report
from tests.fixtures.catalogue import shelf
from tests.fixtures.following import bundles_from
from tests.fixtures.pages import row_counts
from tests.fixtures.stock import audit_rows

pytestmark = [pytest.mark.seeded, pytest.mark.one_database]
PATH = "/catalogue/follows"
ADDRESS = "https://portal.example"
SECRET = "mp_of_the_other_portal"


@pytest.fixture
def sender(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """Who signs what is at every address."""
    shelf(ports)
    found = Sender()
    bundles_from(monkeypatch, lambda: found.bundle([MODEL, entry(added=True, report=report())], days=1))
    return found


def kept(admin: Program, **more: str) -> str:
    """The place of a new one."""
    answer = admin.post(PATH, {"address": ADDRESS, **more})
    assert answer.status_code == 201
    return answer.headers["Location"]


def agreed(admin: Program, place: str, **more: bool) -> TestResponse:
    seen = admin.post(f"{place}/look").json
    return admin.post(f"{place}/take", {"content": seen["content"], "signer": seen["fingerprint"], **more})


def test_from_the_address_to_the_taking_no_answer_has_the_token(admin: Program, ports: Ports, sender: Sender) -> None:
    said = [admin.post(PATH, {"address": ADDRESS, "token": SECRET})]
    place = said[0].headers["Location"]
    before = row_counts(ports)
    said.append(admin.post(f"{place}/look"))
    assert (said[1].json["standing"], said[1].json["counts"]["reports_new"]) == ("new", 1)
    assert row_counts(ports) == before
    said.append(agreed(admin, place, trust=True))
    assert (said[2].json["state"], said[2].json["installation"]) == ("taken", sender.id)
    said.extend([admin.get(place), admin.get(PATH)])
    (listed,) = said[4].json["items"]
    assert listed == said[3].json
    assert (listed["state"], listed["has_token"], listed["name"]) == ("good", True, "Elsewhere")
    assert (listed["address"], listed["fingerprint"]) == (
        f"{ADDRESS}/api/v1/catalogue/bundle",
        said[1].json["fingerprint"],
    )
    assert listed["due_at"] > listed["taken_at"]
    assert [SECRET in each.text for each in said] == [False] * 5
    assert [(each.trusted, each.reports) for each in installations.others(ports.store)] == [(True, 1)]
    assert admin("DELETE", place).status_code == 204
    assert [admin.get(PATH).json["items"], len(installations.others(ports.store))] == [[], 1]
    for gone in (
        admin.get(place),
        admin("DELETE", place),
        admin.post(f"{place}/look"),
        agreed_to_nothing(admin, place),
    ):
        assert gone.status_code == 404


def agreed_to_nothing(admin: Program, place: str) -> TestResponse:
    return admin.post(f"{place}/take", {"content": "", "signer": ""})


def test_the_same_address_is_kept_once_and_keeps_its_token_until_another_is_sent(
    admin: Program, ports: Ports, ada: Actor
) -> None:
    place = kept(admin, token=SECRET)
    for more, has_token in (({}, True), ({"token": ""}, False), ({"token": "mp_new"}, True)):
        assert kept(admin, **more) == place
        assert admin.get(place).json["has_token"] is has_token
    assert len(audit_rows(ports.store, "follow:set")) == 3, "where nothing changed nothing is noted"
    admin("DELETE", place)
    for number in range(MOST):
        follows.follow(ports, ada, f"https://portal{number}.example")
    refused = admin.post(PATH, {"address": ADDRESS})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["address"])


@pytest.mark.usefixtures("sender")
def test_what_changed_since_the_look_is_not_taken(admin: Program, ports: Ports) -> None:
    place = kept(admin)
    seen = admin.post(f"{place}/look").json
    for content, signer in (("0" * 64, seen["fingerprint"]), (seen["content"], "0000")):
        refused = admin.post(f"{place}/take", {"content": content, "signer": signer, "trust": True})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["content"])
        assert "changed since you looked" in refused.json["detail"]
    assert installations.others(ports.store) == ()


def test_an_address_that_gives_nothing_is_told_and_kept_with_what_to_do(admin: Program) -> None:
    place = admin.post(PATH, {"address": "https://127.0.0.1:9"}).headers["Location"]
    refused = admin.post(f"{place}/look")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["address"])
    stands = admin.get(place).json
    assert (stands["state"], stands["problem"]) == ("failed", refused.json["detail"])
    assert "ask whoever runs" in stands["problem"]


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"address": "http://portal.example"}, "address", "https://"),
        ({"address": "nowhere"}, "address", ""),
        ({"address": ADDRESS, "token": "ünïcode"}, "token", "letters, digits and signs"),
        ({"address": ADDRESS, "token": "x" * (TOKEN_MAX + 1)}, "token", "at most"),
        ({"address": ADDRESS, "role": "viewer"}, "role", "no such field"),
        ({}, "address", "needed"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(admin: Program, body: dict[str, str], field: str, told: str) -> None:
    refused = admin.post(PATH, body)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert told in refused.json["errors"][field][0]
    assert admin.get(PATH).json["items"] == []


def test_nobody_but_an_admin_reads_or_changes_anything(admin: Program, editor: Program) -> None:
    place = kept(admin)
    calls = [("GET", PATH), ("POST", PATH), ("GET", place), ("DELETE", place), ("POST", f"{place}/look")]
    for method, path in (*calls, ("POST", f"{place}/take")):
        assert editor(method, path).status_code == 403, (method, path)
    assert len(admin.get(PATH).json["items"]) == 1
