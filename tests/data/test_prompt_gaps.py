"""Gaps in code are asked for exactly in the form that families.toml states."""

import re

import pytest

from app.data.facts import Facts
from app.domain.code_gaps import CODE_GAPS, CodeGap, asked, marks
from app.domain.composing import COMPLETIONS, without_marks
from app.domain.families import Family
from tests.data.prompt_files import FAMILIES

pytestmark = pytest.mark.parametrize("slug", FAMILIES)

GAPS = (
    *CODE_GAPS,
    CodeGap("", "", ""),
    CodeGap("\n\n  x = \t", "", "1"),
    CodeGap("a\r\n", "\r\n\n", "b"),
    CodeGap(" ", "{{ 7*7 }}{prefix}{suffix}\0{# x #}\n", ""),
    CodeGap("{% raw %}", "\ufeff{% endraw %}\n\n\n", ""),
)


def _user(facts: Facts, family: Family, gap: CodeGap) -> str:
    inputs = {"prefix": gap.prefix, "suffix": gap.suffix, "language": "Python", "file_name": "a.py"}
    return facts.prompts.render(COMPLETIONS, family, inputs).user


def test_the_template_is_the_form(facts: Facts, slug: str) -> None:
    family = facts.families[slug]
    for gap in GAPS:
        if family.completion.form:
            assert _user(facts, family, gap) == asked(family.completion, gap)
        else:
            assert f"<prefix>\n{gap.prefix}\n</prefix>" in _user(facts, family, gap)


def test_a_form_is_written_in_marks_and_nothing_else(facts: Facts, slug: str) -> None:
    """So that a slip in the table, which the template would follow, does not pass for a form."""
    form = facts.families[slug].completion.form
    left = re.sub(r"\{(?:prefix|suffix|language)\}|Language: ", "", form)
    for mark in marks(facts.families[slug].completion):
        left = left.replace(mark, "")
    assert left.strip() == ""


def test_system_text_explains_the_marks_or_is_not_sent(facts: Facts, slug: str) -> None:
    family = facts.families[slug]
    system = facts.prompts.system(COMPLETIONS, family)
    if not family.completion.form:
        places = {"<prefix>", "<suffix>"}
    else:
        places = set(re.findall(r"\S+(?=\{(?:prefix|suffix)\})", family.completion.form.replace("<s>", "")))
    assert bool(system) is family.completion.system
    assert not system or [mark for mark in places if mark.rpartition("}")[2] not in system] == []


def test_nothing_that_people_write_moves_the_gap(facts: Facts, slug: str) -> None:
    family = facts.families[slug]
    if not family.completion.form:
        return
    hostile = "".join(sorted(marks(family.completion) - {"<s>"})) * 2
    inputs = {"prefix": hostile, "suffix": hostile, "language": hostile, "file_name": hostile}
    user = facts.prompts.render(COMPLETIONS, family, without_marks(inputs, COMPLETIONS, family)).user
    for mark in marks(family.completion) - {"<s>"}:
        assert user.count(mark) == family.completion.form.count(mark)
