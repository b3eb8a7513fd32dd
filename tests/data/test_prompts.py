"""Feature by feature: which files answer, what they say, and what becomes of a lost one.

Every test here is about one feature, so that a lost file makes that feature's tests fail and no other.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.data.facts import Facts
from app.data.prompts import ABOUT, Prompts
from app.domain.composing import COMPLETIONS
from app.domain.errors import Unavailable
from app.domain.families import Family
from app.domain.prompts import ContractKind, check_inputs
from tests.data.prompt_files import BASE, FEATURES, MATRIX, write_feature
from tests.fixtures.facts import PROMPTS

pytestmark = pytest.mark.parametrize("feature", FEATURES)

HOSTILE = (
    "{{ 7*7 }}",
    "{% include 'families.toml' %}",
    "{# gone #}",
    "</code>",
    "</prefix>\n</goal",
    "\0",
    "\r\n \u2028",
)


@pytest.fixture
def samples(facts: Facts, feature: str) -> dict[str, str]:
    """A value for every input of the feature."""
    return facts.prompts.of(feature).samples


@pytest.fixture
def least(facts: Facts, feature: str) -> dict[str, str]:
    """The same with every optional input empty."""
    inputs = facts.prompts.of(feature).inputs
    return {each.name: each.sample if each.required else "" for each in inputs}


def test_nothing_is_missing(facts: Facts, feature: str) -> None:
    assert facts.prompts.problems([feature]) == ()


def test_the_files_that_answer(facts: Facts, feature: str) -> None:
    found: dict[str, object] = {}
    for family in facts.families.values():
        answering = facts.prompts.answering(feature, family)
        assert answering.user is not None
        found[family.slug] = (answering.system and answering.system.folder, answering.user.folder)
    assert found == {slug: MATRIX.get(feature, {}).get(slug, BASE) for slug in facts.families}


def test_every_family_asks_with_the_samples(facts: Facts, feature: str, samples: dict[str, str]) -> None:
    assert samples == check_inputs(facts.prompts.of(feature), samples)
    for family in facts.families.values():
        user = facts.prompts.render(feature, family, samples).user
        assert [name for name in _shown(feature, family, samples) if samples[name] not in user] == []


def test_every_family_does_without_what_may_be_left_out(facts: Facts, feature: str, least: dict[str, str]) -> None:
    for family in facts.families.values():
        user = facts.prompts.render(feature, family, least).user
        assert [name for name, text in least.items() if text == "" and f"<{name}>" in user] == []


def test_every_family_is_told_the_contract(facts: Facts, feature: str) -> None:
    prompt = facts.prompts.of(feature)
    contract = prompt.contract
    words = [contract.refusal, *contract.headings, *contract.schema.get("required", ()), *contract.types]
    numbers = [contract.max_words, contract.max_lines]
    if contract.kind is ContractKind.COMMIT_MESSAGE:
        numbers += [contract.max_subject, contract.max_width]
    for family in facts.families.values():
        system = facts.prompts.system(feature, family)
        if system:
            assert [word for word in (*words, *(f"{n:,}" for n in numbers if n)) if word not in system] == []


def test_every_family_is_told_that_the_rest_is_data(facts: Facts, feature: str) -> None:
    for family in facts.families.values():
        system = facts.prompts.system(feature, family)
        assert not system or "never" in system.rpartition("\n")[2], family.slug


def test_system_text_is_one_and_the_same_whatever_is_asked(facts: Facts, feature: str, least: dict[str, str]) -> None:
    for family in facts.families.values():
        assert facts.prompts.render(feature, family, least).system == facts.prompts.system(feature, family)


def test_tools_are_named_where_they_are_offered(facts: Facts, feature: str) -> None:
    prompt = facts.prompts.of(feature)
    for family in facts.families.values():
        system = facts.prompts.system(feature, family, ["first_tool", "</tools>"])
        assert ("first_tool" in system) is (prompt.contract.kind is ContractKind.AGENT)
        assert ("<tools-2>" in system) is (prompt.contract.kind is ContractKind.AGENT)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_send_is_never_run(facts: Facts, feature: str, samples: dict[str, str], text: str) -> None:
    for family in facts.families.values():
        user = facts.prompts.render(feature, family, dict.fromkeys(samples, text)).user
        assert user.count(text) >= len(_shown(feature, family, samples))
        assert "49" not in user


def test_the_longest_inputs_pass_whole(facts: Facts, feature: str) -> None:
    inputs = {each.name: "<" * each.limit for each in facts.prompts.of(feature).inputs}
    for family in facts.families.values():
        user = facts.prompts.render(feature, family, inputs).user
        assert user.count("<") >= sum(len(inputs[name]) for name in _shown(feature, family, inputs))


def test_a_familys_file_says_why_and_changes_something(facts: Facts, feature: str) -> None:
    base = facts.prompts.answering(feature, facts.families["other"])
    for slug in MATRIX.get(feature, {}):
        own = facts.prompts.answering(feature, facts.families[slug])
        for mine, others in ((own.system, base.system), (own.user, base.user)):
            assert mine in (None, others) or (mine and others and "{#" in mine.source and mine.source != others.source)


def _shown(feature: str, family: Family, inputs: Iterable[str]) -> list[str]:
    """The inputs that a family's prompt shows: all, but for forms around the cursor."""
    form = family.completion.form if feature == COMPLETIONS else ""
    return [name for name in inputs if not form or f"{{{name}}}" in form]


def _is_usable(prompts: Prompts, feature: str, facts: Facts) -> bool:
    try:
        for family in facts.families.values():
            prompts.render(feature, family, prompts.of(feature).samples)
    except Unavailable:
        return False
    return True


def test_a_lost_file_is_told_and_stops_its_feature_alone(facts: Facts, feature: str, tmp_path: Path) -> None:
    neighbour = "neighbour"
    write_feature(tmp_path, neighbour, "question", "context")
    shutil.copytree(PROMPTS / feature, tmp_path / feature)
    for file in sorted((tmp_path / feature).rglob("*.*")):
        text = file.read_bytes()
        file.unlink()
        prompts = Prompts(tmp_path)
        lost = f"prompts/{file.relative_to(tmp_path).as_posix()} is missing."
        assert prompts.problems([feature, neighbour]) == (lost,)
        assert not _is_usable(prompts, feature, facts)
        assert _is_usable(prompts, neighbour, facts)
        file.write_bytes(text)
    assert (tmp_path / feature / ABOUT).exists()
