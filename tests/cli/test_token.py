"""`token`: made and shown once, listed, revoked."""

import json
from pathlib import Path

import pytest

from app.domain.tokens import read
from tests.domain.token_cases import LIMIT_CASES, NO_LIMIT, LimitCase
from tests.fixtures.commands import Portal
from tests.fixtures.together import together


def test_a_token_stands_alone_on_stdout(portal: Portal):
    said = portal("token", "create", "--name", "ci", "--role", "viewer", "--days", "7")
    assert said.code == 0
    assert read(said.out.strip()) is not None
    assert "good for 7 days" in said.err


def test_json_goes_either_side_of_the_act(portal: Portal):
    for arguments in (["--json", "create"], ["create", "--json"]):
        said = portal("token", *arguments, "--name", "ci", "--feature", "duo_chat", "duo_agent_platform")
        assert read(json.loads(said.out)["token"]) is not None


def test_the_list_shows_what_each_may_and_how_it_stands(portal: Portal):
    made = json.loads(portal("token", "create", "--name", "ci", "--role", "admin", "--json").out)
    portal("token", "create", "--name", "chat", "--feature", "duo_chat", "--requests-per-minute", "60")
    assert portal("token", "revoke", made["id"]).code == 0
    said = portal("token", "list")
    heads, chat, ci = said.out.splitlines()
    assert heads.split() == ["ID", "NAME", "MAY", "AT", "MOST", "A", "MINUTE", "LAST", "USED", "STATE"]
    assert "duo_chat" in chat
    assert ("60 requests" in chat, "no limit" in ci) == (True, True)
    assert "until" in chat
    assert "revoked" in ci
    listed = json.loads(portal("token", "list", "--json").out)["tokens"]
    assert [each["name"] for each in listed] == ["chat", "ci"]
    assert made["token"] not in said.out + json.dumps(listed)


@together(
    ("arguments", "told"),
    [
        (["create", "--name", "ci"], "role: Choose a role, or the features that the token may call."),
        (["create", "--name", "ci", "--role", "owner"], "role: There is no role “owner”."),
        (["create", "--name", "ci", "--role", "viewer", "--days", "400"], "days: Use 1 to 365 days."),
        (["create", "--role", "viewer"], "required: --name"),
        (["revoke", "none"], "There is no token none."),
        ([], "required: act"),
    ],
)
def test_misuse_is_told_in_a_line(portal: Portal, arguments: list[str], told: str):
    said = portal("token", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


@together("case", LIMIT_CASES)
def test_a_wrong_limit_is_told_in_the_words_of_the_form(portal: Portal, case: LimitCase):
    option = f"--{case.field.replace('_', '-')}={case.value}"
    said = portal("token", "create", "--name", "ci", "--role", "viewer", option)
    assert (said.code, said.out) == (2, "")
    assert f"{case.field}: {NO_LIMIT}" in said.err


def test_without_a_database_nothing_is_made(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODELPORT_DATA_DIR", str(tmp_path / "other"))
    said = portal("token", "list")
    assert said.code == 2
    assert "There is no database yet" in said.err
    assert not (tmp_path / "other").exists()


def test_an_empty_list_says_how_to_make_one(portal: Portal):
    assert "./portal token create" in portal("token", "list").err
