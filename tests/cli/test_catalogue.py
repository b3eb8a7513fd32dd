"""`catalogue`: from one portal to another, in documents, in texts for GitLab."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.bundles import fingerprint
from app.lib import clock
from tests.fixtures.bundles import MODEL, Sender, entry, report, served
from tests.fixtures.commands import Portal, Said
from tests.fixtures.together import together

LISTED = "GPT-oss-120B"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A good bundle of another installation, in a file."""
    path = tmp_path / "theirs.jsonl"
    made_at = clock.now().isoformat()
    lines = [MODEL, entry(report=report(at=made_at), votes={"want": 2}), entry(host="abacus")]
    path.write_bytes(Sender().bundle(lines, made_at=made_at).getvalue())
    return path


def models(portal: Portal) -> list[str]:
    """The names that the sheet has."""
    return [row["model"] for row in csv.DictReader(io.StringIO(portal("catalogue", "export", "--csv").out))]


def test_a_look_tells_who_signed_and_what_would_change_and_takes_nothing(portal: Portal, bundle: Path):
    said = portal("catalogue", "import", str(bundle))
    assert (said.code, said.out) == (0, "")
    for words in (
        "Elsewhere, not known here yet.",
        "Fingerprint of its key: ",
        "1  entry that is new here",
        "2  votes",
        "1  left out: The platform or server abacus is not known here.",
        "Nothing was taken.",
    ):
        assert words in said.err
    assert MODEL["name"] not in models(portal)


def test_with_yes_it_is_taken_once(portal: Portal, bundle: Path):
    first = portal("catalogue", "import", str(bundle), "--yes", "--trust")
    assert (first.code, first.err.splitlines()[-1]) == (0, "Taken.")
    assert models(portal).count(str(MODEL["name"])) == 1
    again = portal("catalogue", "import", str(bundle), "--yes")
    assert "trusted here" in again.err
    assert again.err.splitlines()[-1] == "Nothing was left to take."


def test_scripts_read_the_same_in_json(portal: Portal, bundle: Path):
    looked = json.loads(portal("catalogue", "import", str(bundle), "--json").out)
    assert (looked["look"]["standing"], looked["look"]["counts"]["reports_new"], looked["taken"]) == ("new", 1, None)
    said = portal("catalogue", "--json", "import", str(bundle), "--yes")
    assert json.loads(said.out)["taken"]["counts"]["reports_new"] == 1
    assert "2 of 2 entries" in said.err


def test_a_bundle_that_was_altered_is_found_wrong(portal: Portal, bundle: Path):
    bundle.write_bytes(bundle.read_bytes().replace(b'"works"', b'"fails"'))
    said = portal("catalogue", "import", str(bundle), "--yes", "--json")
    assert (said.code, json.loads(said.out)) == (1, {"refused": "The bundle was altered after it was signed."})
    assert "was altered" in said.err


def test_another_catalogue_is_followed_by_its_address(portal: Portal, bundle: Path):
    with served(bundle.read_bytes()) as url:
        assert portal("catalogue", "import", url, "--yes").code == 0
    assert MODEL["name"] in models(portal)


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, "answered with status 404."), (302, "answered with status 302. It sends to another address")],
)
def test_an_address_without_a_bundle_is_told(portal: Portal, status: int, told: str):
    with served(b"", status) as url:
        said = portal("catalogue", "import", url)
    assert said.code == 2
    assert told in said.err


def test_what_was_exported_is_refused_at_home(portal: Portal, tmp_path: Path):
    path = tmp_path / "ours.jsonl"
    said = portal("catalogue", "export", str(path), "--json")
    assert json.loads(said.out)["entries"] == 0
    assert json.loads(path.read_text().splitlines()[0])["sha256"] == json.loads(said.out)["sha256"]
    assert portal("catalogue", "import", str(path)).code == 1
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".ours")] == []


def test_a_lost_signing_key_is_named_and_begun_anew_once_that_is_confirmed(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "a key of the tests that is long enough")
    former = json.loads(portal("catalogue", "export", str(tmp_path / "a"), "--json").out)["installation"]
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "another key of the tests, long enough")
    refused = portal("catalogue", "export", str(tmp_path / "b"))
    assert (refused.code, "begin anew with ./portal catalogue renew-key" in refused.err) == (2, True)
    assert "begin anew with ./portal catalogue renew-key" in portal("check").err
    asked = portal("catalogue", "renew-key")
    assert (asked.code, "Add --yes to do it" in asked.err) == (1, True)
    assert portal("catalogue", "export", str(tmp_path / "b")).code == 2
    renewed = json.loads(portal("catalogue", "renew-key", "--yes", "--json").out)["fingerprint"]
    assert "renew-key" not in portal("check").err
    signer = json.loads(portal("catalogue", "export", str(tmp_path / "b"), "--json").out)["installation"]
    assert (signer["id"], fingerprint(signer["public_key"])) == (former["id"], renewed)
    assert renewed != fingerprint(former["public_key"])
    with closing(sqlite3.connect(tmp_path / "var" / "modelport.db")) as connection:
        (noted,) = connection.execute("SELECT changes FROM audit_row WHERE action = 'installation:renew'")
    assert json.loads(noted[0]) == {"key": [fingerprint(former["public_key"]), renewed]}


def test_stdout_holds_the_bundle_alone(portal: Portal):
    said = portal("catalogue", "export")
    assert json.loads(said.out)["kind"] == "modelport-catalogue"
    assert "0 entries of 0 models" in said.err


def test_documentation_goes_to_stdout_or_into_a_folder(portal: Portal, tmp_path: Path):
    said = portal("catalogue", "docs")
    assert f"### {LISTED}\n" in said.out
    assert "# How tier, rating and confidence are worked out" in said.out
    folder = tmp_path / "public" / "docs"
    told = portal("catalogue", "docs", "--output", str(folder))
    assert (told.out, sorted(each.name for each in folder.iterdir())) == ("", ["catalogue.md", "rules.md"])
    assert (folder / "catalogue.md").read_text() in said.out
    assert json.loads(portal("catalogue", "docs", "--json").out)["files"]["rules.md"] in said.out


def test_texts_for_gitlab_name_the_model_and_the_threads(portal: Portal, tmp_path: Path):
    said = portal("catalogue", "submit", "gpt-OSS-120b", "--host", "vllm")
    assert f"| GPT | {LISTED} |" in said.out
    assert "/issues/526751" in said.out
    portal("catalogue", "submit", LISTED, "--output", str(tmp_path / "mr"))
    names = ["merge-request.md", "request-model.md", "request-platform.md"]
    assert sorted(each.name for each in (tmp_path / "mr").iterdir()) == names


@together(
    ("arguments", "told"),
    [
        (["submit", "gpt-oss-12b"], f"The catalogue has no model gpt-oss-12b. Near to it: {LISTED}"),
        (["submit", LISTED, "--host", "abacus"], f"{LISTED} has no entry on abacus. It has entries on vllm."),
        (["import", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file or directory."),
        (["import", "https://modelport.example/a b"], "There is a space or line break in the address."),
        (["export", "no/such/folder/file"], "cannot be written: No such file or directory."),
        (["docs", "--output", "/proc/docs"], "/proc/docs cannot be written"),
        ([], "required: act"),
    ],
)
def test_misuse_is_told_in_a_line(portal: Portal, arguments: list[str], told: str):
    said: Said = portal("catalogue", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
