"""Tokens by programs: made, shown once, listed, revoked."""

from flask import Flask

from app.domain.tokens import read
from app.services.ports import Ports
from tests.domain.token_cases import LIMIT_CASES, NO_LIMIT
from tests.fixtures.api import Program
from tests.fixtures.pages import everything_stored, row_counts
from tests.fixtures.together import together


def test_a_token_is_shown_once_and_works(app: Flask, admin: Program, ports: Ports) -> None:
    made = admin.post("/tokens", {"name": "ci", "role": "viewer", "days": 7})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    text = made.json["token"]
    parts = read(text)
    assert parts is not None
    assert Program(app, text).get("/endpoints").status_code == 200
    assert "token" not in admin.get(made.headers["Location"]).json
    assert parts.secret not in everything_stored(ports) + admin.get("/tokens").text


def test_the_list_has_no_secret_and_goes_page_by_page(admin: Program) -> None:
    for number in range(3):
        admin.post("/tokens", {"name": f"t{number}", "role": "viewer"})
    first = admin.get("/tokens?limit=2").json
    rest = admin.get(f"/tokens?limit=2&cursor={first['next']}").json
    names = [each["name"] for each in first["items"] + rest["items"]]
    assert (names, rest["next"]) == (["t2", "t1", "t0", "of the admin tests"], None)


def test_limits_and_the_makers_sign_in_are_answered(admin: Program) -> None:
    made = admin.post("/tokens", {"name": "ci", "role": "editor", "requests_per_minute": 60, "tokens_per_minute": None})
    told = admin.get(made.headers["Location"]).json
    assert (told["requests_per_minute"], told["tokens_per_minute"]) == (60, None)
    assert told["maker_signed_in_at"] is None


def test_revoking_takes_the_version_and_ends_the_token_at_once(app: Flask, admin: Program) -> None:
    made = admin.post("/tokens", {"name": "ci", "role": "viewer"})
    place, program = made.headers["Location"], Program(app, made.json["token"])
    assert [admin("DELETE", place, match=tag).status_code for tag in (None, '"2"')] == [428, 412]
    assert program.get("/features").status_code == 200
    assert admin("DELETE", place, match='"1"').status_code == 204
    assert program.get("/features").status_code == 401
    assert (admin.get(place).json["version"], admin.get(place).json["revoked_at"] is None) == (2, False)
    assert admin("DELETE", "/tokens/none", match="*").status_code == 404


@together(
    ("given", "field", "told"),
    [
        ({"name": " ", "role": "viewer"}, "name", "Say what the token is for."),
        ({"role": "owner"}, "role", "There is no role “owner”. Choose one of viewer, editor, admin."),
        ({}, "role", "Choose a role, or the features that the token may call."),
        ({"features": ["telepathy"]}, "features", "There is no feature “telepathy”."),
        ({"role": "viewer", "days": 0}, "days", "Use 1 to 365 days."),
        ({"role": "viewer", "days": 366}, "days", "Use 1 to 365 days."),
        *(({"role": "viewer", case.field: case.value}, case.field, NO_LIMIT) for case in LIMIT_CASES),
        ({"role": "viewer", "tokens_per_minute": "60"}, "tokens_per_minute", "Write a whole number."),
        ({"role": "viewer", "days": "7"}, "days", "Write a whole number."),
    ],
)
def test_what_may_not_be_asked_is_told_at_its_field(
    admin: Program, ports: Ports, given: dict[str, object], field: str, told: str
) -> None:
    before = row_counts(ports)
    answer = admin.post("/tokens", {"name": "ci", **given})
    assert (answer.status_code, answer.json["errors"]) == (422, {field: [told]})
    assert row_counts(ports) == before
