"""`catalogue follow` and `unfollow`: listed, looked at, taken, ended, without a token in sight."""

import argparse
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import catalogue, catalogue_follow
from app.cli.console import Refused
from app.domain.errors import Invalid, Unavailable
from app.lib import clock
from app.queries import follows as query
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, Sender, entry, report
from tests.fixtures.commands import Portal, Said
from tests.fixtures.following import bundles_from

pytestmark = [pytest.mark.seeded, pytest.mark.one_database]

ADDRESS = "https://portal.example"
KEPT = f"{ADDRESS}/api/v1/catalogue/bundle"
SECRET = "mp_of_the_other_portal"


@pytest.fixture
def senders(monkeypatch: pytest.MonkeyPatch) -> list[Sender]:
    """Who signs what is at every address: the last of them, who may be another one later."""
    found = [Sender()]
    made_at = clock.now().isoformat()
    lines = [MODEL, entry(added=True, report=report(at=made_at))]
    bundles_from(monkeypatch, lambda: found[-1].bundle(lines, made_at=made_at))
    return found


@pytest.fixture
def act(ports: Ports, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """One act within an installation that is open already."""

    def run(name: str, *arguments: str) -> Said:
        parser = argparse.ArgumentParser()
        parser.add_argument("--json", action="store_true")
        catalogue.configure(parser)
        code = getattr(catalogue_follow, name)(ports, parser.parse_args([name, *arguments]))
        return Said(code, *capsys.readouterr())

    return run


@pytest.mark.usefixtures("senders")
def test_the_command_line_leads_there_and_tells_what_is_wrong_in_a_line(portal: Portal) -> None:
    taken = portal("catalogue", "--json", "follow", ADDRESS, "--yes")
    assert (taken.code, json.loads(taken.out)["follow"]["address"]) == (0, KEPT)
    assert portal("catalogue", "unfollow", ADDRESS).code == 0
    said = portal("catalogue", "unfollow", "http://portal.example")
    assert (said.code, said.out) == (2, "")
    assert "address: Use https://" in said.err


@pytest.mark.usefixtures("senders")
def test_an_address_is_looked_at_then_taken_then_left(act: Callable[..., Said], ports: Ports, tmp_path: Path) -> None:
    assert "Nothing is followed yet" in act("follow").err
    (tmp_path / "token").write_text(f"{SECRET}\n")
    looked = act("follow", ADDRESS, "--token-file", str(tmp_path / "token"))
    assert (looked.code, looked.out) == (0, "")
    for words in ("Elsewhere, not known here yet.", "Fingerprint of its key: ", "1  report on", "Nothing was taken."):
        assert words in looked.err
    (kept,) = query.followed(ports.store)
    assert (kept.address, kept.state, kept.has_token, kept.due_at) == (KEPT, "new", True, None)
    taken = act("follow", ADDRESS, "--yes", "--trust")
    assert taken.err.splitlines()[-3:-1] == ["1 of 1 entries", "Taken."]
    assert "by itself from now on" in taken.err
    table = act("follow")
    heads, row = table.out.splitlines()
    assert heads.split("  ")[0] == "ADDRESS"
    assert (KEPT in row, "Up to date" in row) == (True, True)
    listed = act("follow", "--json")
    (told,) = json.loads(listed.out)["follows"]
    assert (told["name"], told["has_token"], bool(told["due_at"])) == ("Elsewhere", True, True)
    assert SECRET not in "".join(each.out + each.err for each in (looked, taken, table, listed))
    act("unfollow", KEPT)
    assert query.followed(ports.store) == ()


def test_another_key_is_told_beside_the_one_that_was_agreed_to(
    act: Callable[..., Said], ports: Ports, senders: list[Sender]
) -> None:
    first = json.loads(act("follow", ADDRESS, "--yes", "--json").out)
    key = first["look"]["fingerprint"]
    assert (first["look"]["standing"], first["taken"]["counts"]["reports_new"]) == ("new", 1)
    assert (first["follow"]["state"], first["follow"]["fingerprint"]) == ("good", key)
    senders.append(Sender(identity=senders[0].id))
    said = act("follow", ADDRESS)
    assert "known here with another key" in said.err
    assert f"You agreed to another key, {key}." in said.err
    assert "waits for a look until its installation is trusted" in act("follow", ADDRESS, "--yes").err
    assert query.followed(ports.store)[0].fingerprint not in ("", key)


def test_what_is_no_bundle_is_found_wrong_and_kept_as_failed(
    act: Callable[..., Said], ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles_from(monkeypatch, lambda: io.BytesIO(b"<html>"))
    said = act("follow", ADDRESS, "--yes", "--json")
    refused = json.loads(said.out)["refused"]
    assert said.code == 1
    assert "no bundle" in refused
    (kept,) = query.followed(ports.store)
    assert (kept.state, kept.problem) == ("failed", refused)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["follow", "--yes"], "Name the address to follow."),
        (["follow", ADDRESS, "--token-file", "nowhere"], "nowhere cannot be read: No such file or directory."),
        (["follow", ADDRESS, "--token-file", "-"], "letters, digits and signs"),
        (["follow", ADDRESS, "--token-file", "/dev/null"], "/dev/null holds no token."),
        (["follow", "https://127.0.0.1:9"], "could not be fetched."),
        (["unfollow", ADDRESS], f"{KEPT} is not followed."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_told(
    act: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("ünïcode"))
    with pytest.raises((Refused, Invalid, Unavailable)) as refusal:
        act(*arguments)
    assert told in f"{refusal.value} {getattr(refusal.value, 'fields', '')}"
