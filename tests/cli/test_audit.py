"""`audit`: whether the log holds, and where it stands."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.fixtures.commands import Portal


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "var" / "modelport.db"


def test_a_log_that_holds_ends_with_0_and_one_that_does_not_with_1(portal: Portal, database: Path):
    assert portal("audit", "verify").err == "The chain has no entries yet.\n"
    for name in ("one", "two", "three"):
        portal("token", "create", "--name", name, "--role", "viewer")
    said = portal("audit", "verify")
    assert (said.code, said.err) == (0, "The chain holds: 3 entries, up to number 3.\n")
    head = portal("audit", "head").out.strip()
    assert json.loads(portal("audit", "head", "--json").out)["head"] == head
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER audit_row_remains")
        connection.execute("DELETE FROM audit_row WHERE seq = 2")
    said = portal("audit", "verify", "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert (found["ok"], found["first_wrong"], found["rows"]) == (False, 2, 1)
    assert found["sentence"] == "Entry 2 is missing: 3 comes after 1."


def test_an_anchor_shows_what_was_cut_off(portal: Portal, database: Path):
    for name in ("one", "two"):
        portal("token", "create", "--name", name, "--role", "viewer")
    anchor = portal("audit", "head").out.strip()
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER audit_row_remains")
        connection.execute("DELETE FROM audit_row WHERE seq = 2")
        connection.execute("UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_row WHERE seq = 1)")
    assert portal("audit", "verify").code == 0
    said = portal("audit", "verify", "--anchor", anchor)
    assert (said.code, said.err) == (1, "Entry 2 is missing: the anchor knows the log up to 2.\n")


@pytest.mark.parametrize("arguments", [["verify", "--anchor", "7"], []])
def test_misuse_is_told_in_a_line(portal: Portal, arguments: list[str]):
    said = portal("audit", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "a number, a colon and 64 hexadecimal digits" in said.err or "required: act" in said.err
