"""A good set of files is loaded; a broken one stops with file, row and field."""

import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any, cast

import pytest

import app.data.loader as loader
from app.data.loader import Facts, FactsError, load_facts
from tests.fixtures.facts import PROMPTS

Edit = Callable[[str, str, str], None]
EMPTY_GROUP = '[[group]]\nslug = "attic"\ntitle = "Attic"\ndescription = "Empty."\n\n'


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    for file in (*Path(loader.__file__).parent.glob("*.toml"), PROMPTS / "families.toml"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def edit(copies: Path) -> Edit:
    def replace_once(file: str, old: str, new: str) -> None:
        text = (copies / file).read_text(encoding="utf-8")
        assert old in text
        (copies / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace_once


def test_it_works(facts: Facts) -> None:
    assert (len(facts.features), len(facts.families), len(facts.platforms), len(facts.servers)) == (18, 12, 6, 9)


def test_sections_come_in_gitlabs_order_with_all_features(facts: Facts) -> None:
    sections = facts.by_section()
    assert [len(features) for _, features in sections] == [2, 6, 4, 1, 2, 3]
    assert [section.title for section, _ in sections][4] == "GitLab Duo Agent Platform"


def test_nothing_can_be_changed_after_loading(facts: Facts) -> None:
    with pytest.raises(TypeError):
        cast("dict[str, Any]", facts.models)["x"] = None
    with pytest.raises(TypeError):
        cast("dict[str, Any]", facts.models["GPT-4o"].levels)["chat"] = "full"
    with pytest.raises(FrozenInstanceError):
        facts.features["duo_chat"].title = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("models.toml", 'chat = "full"', 'chat = "fine"', "models.toml, model 1 “Claude 4 Sonnet”, field levels.chat"),
        ("models.toml", 'bedrock = "named"', 'mars = "named"', "model “Claude 4 Sonnet”, field hosts: “mars”"),
        ("models.toml", 'source = "table_19"', 'source = "hearsay"', "field source: “hearsay” is not among"),
        ("features.toml", 'families = "A"', 'families = "E"', "feature 1 “code_completions”, field families"),
        ("features.toml", "context = 2_000", 'context = "2k"', "field needs.context"),
        ("features.toml", 'title = "Code Completion"', 'titel = "Code Completion"', "field title"),
        ("platforms.toml", "port = 8000", "port = 8000.5", "server 1 “vllm”, field port"),
        ("families.toml", 'chain = ["mistral", "base"]', 'chain = ["mistral"]', "family “mistral”, field chain"),
        ("remedies.toml", "{rule}", "{rule.__class__}", "remedy “refused_by_policy”, field message"),
        ("remedies.toml", "{rule}", "{role}", "field message: “role” is not known"),
        ("symptoms.toml", '["no_chat_template"]', '["no_template"]', "symptom “no-chat-template”, field codes"),
        ("symptoms.toml", 'group = "gateway"', 'group = "attic"', "field group: “attic” is not known"),
        ("symptoms.toml", 'remedy = ["Update the gateway; its newer prompts do without."]', "remedy = []", "no steps"),
        ("symptoms.toml", "[[symptom]]", f"{EMPTY_GROUP}[[symptom]]", "group “attic”: has no symptoms"),
        ("features.toml", "[[section]]", "[[section", "features.toml: "),
    ],
)
def test_a_broken_file_stops_with_its_place(copies: Path, edit: Edit, file: str, old: str, new: str, told: str) -> None:
    edit(file, old, new)
    with pytest.raises(FactsError) as failure:
        load_facts(copies, copies)
    assert told in str(failure.value)
    assert str(failure.value).startswith(file)


def test_a_missing_file_is_named(copies: Path) -> None:
    (copies / "models.toml").unlink()
    with pytest.raises(FactsError, match=r"models\.toml"):
        load_facts(copies, copies)


def test_a_row_twice_is_refused(copies: Path, edit: Edit) -> None:
    edit("models.toml", 'name = "GPT-4 Turbo"', 'name = "GPT-4o"')
    with pytest.raises(FactsError, match="occurs twice"):
        load_facts(copies, copies)


def test_the_revision_follows_the_files(facts: Facts, copies: Path, edit: Edit) -> None:
    assert load_facts(copies, copies).revision == facts.revision
    edit("models.toml", 'chat = "full"', 'chat = "limited"')
    assert load_facts(copies, copies).revision not in (facts.revision, 0)


def test_words_for_people_alone_leave_the_revision(facts: Facts, copies: Path, edit: Edit) -> None:
    edit("symptoms.toml", "Clear the TLS checkbox", "Empty the TLS checkbox")
    assert load_facts(copies, copies).revision == facts.revision


def test_problems_name_what_may_be_chosen(facts: Facts) -> None:
    assert facts.platform_problem("openai") is None
    assert "openai_compatible" in str(facts.platform_problem("ibm"))
    assert "no servers" in str(facts.server_problem("openai", "vllm"))
    assert "vllm" in str(facts.server_problem("openai_compatible", ""))
    assert "other" in str(facts.family_problem("grok"))


def test_no_model_is_a_choice_and_an_unknown_one_is_not(facts: Facts) -> None:
    assert facts.model_problem("") is None
    assert facts.model_problem("GPT-4o") is None
    assert "GPT-9" in str(facts.model_problem("GPT-9"))


def test_every_host_has_a_name_for_people(facts: Facts) -> None:
    assert facts.host_label("openai_compatible", "vllm") == "vLLM"
    assert facts.host_label("azure_openai", "") == "Azure OpenAI"
    assert facts.host_label("openai_compatible", "") == "Another server"
