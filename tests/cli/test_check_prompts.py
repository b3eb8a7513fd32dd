"""`./portal check` on an installation whose prompts are not as they were released."""

import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.commands import Portal
from tests.fixtures.facts import PROMPTS


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prompts of an installation, to be spoilt."""
    monkeypatch.setattr("app.cli.check.ROOT", tmp_path)
    return shutil.copytree(PROMPTS, tmp_path / "prompts")


def _told(portal: Portal) -> list[str]:
    return [each for each in json.loads(portal("check", "--json").out)["problems"] if "jinja" in each]


def test_a_missing_file_is_a_problem(portal: Portal, prompts: Path) -> None:
    (prompts / "duo_chat" / "base" / "user.jinja").unlink(missing_ok=True)
    assert "prompts/duo_chat/base/user.jinja is missing. Put it back from the release." in _told(portal)
    assert portal("check").code != 0


def test_a_spoilt_file_hides_no_other_problem(portal: Portal, prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.factory.ROOT", prompts.parent)
    monkeypatch.setenv("MODELPORT_OIDC_ISSUER", "http://127.0.0.1:9")
    (prompts / "duo_chat" / "base" / "user.jinja").write_text("{{ question }}", encoding="utf-8")
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "a key that is long enough for this")
    (told,) = _told(portal)
    assert told.startswith("duo_chat/base/user.jinja, line 1: prints a value bare")
    assert "identity provider does not answer" in portal("check").err
