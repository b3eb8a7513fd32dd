"""Which prompt files answer, and where they were looked for."""

from pathlib import Path

import pytest

from app.data.facts import Facts
from app.queries.prompt_files import Origin, alike, matrix, of_family, prompt_files
from tests.fixtures.prompts import FILES, facts_with

# Code Llama's own form of code completion stands without system text.
ALONE = {"code_completions/codellama/user.jinja": "<PRE> {{ verbatim(prefix) }} <SUF> {{ verbatim(suffix) }} <MID>"}


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder: Path = tmp_path_factory.mktemp("some")
    return facts_with(folder, {**FILES, **ALONE}, "duo_chat_fix_code/base/system.jinja")


@pytest.mark.parametrize(
    ("feature", "family", "origin", "folder"),
    [
        ("duo_chat", "mistral", Origin.OWN, "mistral"),
        ("duo_chat", "mixtral", Origin.INHERITED, "mistral"),
        ("duo_chat", "other", Origin.BASE, "base"),
        ("duo_chat", "claude_3", Origin.BASE, "base"),
        ("generate_commit_message", "codestral", Origin.OWN, "codestral"),
        ("code_completions", "codestral", Origin.INHERITED, "mistral"),
        ("code_completions", "codellama", Origin.OWN, "codellama"),
        ("duo_chat_fix_code", "qwen", Origin.MISSING, ""),
    ],
)
def test_the_nearest_folder_says_where_prompts_come_from(
    some: Facts, feature: str, family: str, origin: Origin, folder: str
) -> None:
    found = prompt_files(some, feature, some.families[family])
    assert (found.origin, found.folder) == (origin, folder)


def test_the_chain_says_of_each_folder_what_was_found_there(some: Facts) -> None:
    found = prompt_files(some, "code_completions", some.families["codestral"])
    assert [(each.folder, each.roles) for each in found.chain] == [
        ("codestral", ()), ("mistral", ("user",)), ("base", ("system", "user")),
    ]  # fmt: skip
    assert found.paths == ("code_completions/base/system.jinja", "code_completions/mistral/user.jinja")


def test_a_system_file_that_is_not_sent_does_not_answer(some: Facts) -> None:
    found = prompt_files(some, "code_completions", some.families["codellama"])
    assert (found.sends_system, found.system, len(found.files)) == (False, None, 1)


def test_a_missing_file_is_named(some: Facts, tmp_path: Path) -> None:
    found = prompt_files(some, "duo_chat_fix_code", some.families["qwen"])
    assert found.problem == "prompts/duo_chat_fix_code/base/system.jinja is missing."
    without = facts_with(tmp_path, {}, "duo_chat/feature.toml")
    found = prompt_files(without, "duo_chat", without.families["qwen"])
    assert (found.origin, found.problem) == (Origin.MISSING, "prompts/duo_chat/feature.toml is missing.")


def test_families_with_the_same_files_are_alike(some: Facts) -> None:
    row = matrix(some)["duo_chat"]
    assert alike(row["mistral"], row) == ("mixtral", "codestral")
    assert "mistral" not in alike(row["other"], row)
    assert len(alike(row["other"], row)) == len(some.families) - 4


def test_what_ships_is_complete_for_every_feature_and_family(facts: Facts) -> None:
    for family in facts.families.values():
        found = of_family(facts, family)
        assert list(found) == list(facts.features)
        assert [each.feature for each in found.values() if each.problem] == []
