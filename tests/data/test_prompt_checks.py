"""A template that could let people's text out of its block is refused when it is loaded, and the sandbox holds."""

from pathlib import Path

import pytest
from jinja2 import TemplateError

from app.data import templates
from app.data.faults import FactsError
from app.data.prompts import Prompts
from tests.data.prompt_files import write_feature
from tests.fixtures.facts import PROMPTS

CHAT, GAPS = "chat", "code_completions"


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Two features' files, to be spoilt."""
    write_feature(tmp_path, CHAT, "question", "context")
    write_feature(tmp_path, GAPS, "prefix", "suffix")
    return tmp_path


def _refused(root: Path, path: str, text: str) -> str:
    (root / path).write_text(text, encoding="utf-8")
    with pytest.raises(FactsError) as failure:
        Prompts(root)
    assert failure.value.file == path
    return str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ question }}",
        "{{ question | upper }}",
        "{{ question ~ context }}",
        '{{ "Asked: " ~ question }}',
        "{{ question if context }}",
        '{{ data("question", question) if context else question }}',
        '{{ data("question", question) ~ context }}',
        '{{ data("question", question) | upper }}',
        '{{ data("question", context) }}',
        '{{ data("question", question ~ context) }}',
        '{{ data("context", question.upper()) }}',
        "{{ data(question, question) }}",
        '{{ data(*["question", question]) }}',
        '{{ data(name="question", text=question) }}',
        "{{ verbatim(question) }}",
        "{{ [question] }}",
        "{% block all %}{{ question }}{% endblock %}",
        "{% if context %}{% if question %}{{ question }}{% endif %}{% endif %}",
        "{% if not context %}x{% elif question %}{{ question }}{% endif %}",
        "{% if not context %}x{% else %}{{ question }}{% endif %}",
    ],
)
def test_a_value_is_never_printed_bare(copies: Path, text: str) -> None:
    assert "line 2" in _refused(copies, f"{CHAT}/base/user.jinja", f"Question:\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "{% for each in question %}x{% endfor %}",
        "{% set data = question %}",
        "{% macro data(a, b) %}{{ b }}{% endmacro %}",
        "{% include question %}",
        '{% include "chat/base/system.jinja" %}',
        '{% import "chat/base/system.jinja" as other %}',
        "{% filter upper %}x{% endfilter %}",
        "{% with data = question %}{% endwith %}",
        "{% call data('question', question) %}{% endcall %}",
        "{% autoescape true %}x{% endautoescape %}",
        '{% if question.startswith("x") %}x{% endif %}',
        '{% if question["x"] %}x{% endif %}',
        "{% if data.__globals__ %}x{% endif %}",
    ],
)
def test_templates_are_text_with_conditions(copies: Path, text: str) -> None:
    _refused(copies, f"{CHAT}/base/user.jinja", text)


@pytest.mark.parametrize(
    "parent", ["question", '"chat/base/system.jinja"', '"code_completions/base/user.jinja"', '"x"']
)
def test_a_family_extends_the_file_beside_it_alone(copies: Path, parent: str) -> None:
    assert "extends" in _refused(copies, f"{CHAT}/base/user.jinja", f"{{% extends {parent} %}}")


def test_an_unknown_variable_is_told_with_those_that_are_known(copies: Path) -> None:
    told = _refused(copies, f"{CHAT}/base/user.jinja", '{{ data("quesion", quesion) }}')
    assert "“quesion” is not there; this file knows context, question, tools" in told


def test_system_text_has_no_inputs(copies: Path) -> None:
    assert "“question”" in _refused(copies, f"{CHAT}/base/system.jinja", '{{ data("question", question) }}')


def test_only_a_familys_form_around_the_cursor_is_verbatim(copies: Path) -> None:
    _refused(copies, f"{GAPS}/base/user.jinja", "{{ verbatim(prefix) }}")


@pytest.mark.parametrize("text", ["{{ question", "{% if %}", "{% endif %}", "{{ question | nothing_like_it }}"])
def test_a_broken_template_is_told(copies: Path, text: str) -> None:
    _refused(copies, f"{CHAT}/base/user.jinja", text)


def test_what_is_no_text_is_told(copies: Path) -> None:
    (copies / CHAT / "base" / "user.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(FactsError, match=r"chat/base/user\.jinja"):
        Prompts(copies)


def test_a_file_that_is_not_listed_is_told(copies: Path) -> None:
    (copies / CHAT / "qwen").mkdir()
    assert "not listed in chat/feature.toml" in _refused(copies, f"{CHAT}/qwen/user.jinja", "Hello")


def test_a_file_of_another_role_is_told(copies: Path) -> None:
    assert "system.jinja or user.jinja" in _refused(copies, f"{CHAT}/base/assistant.jinja", "Hello")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "question"', 'name = "tools"', "cannot be a variable"),
        ('name = "question"', 'name = "data"', "cannot be a variable"),
        ('name = "question"', 'name = "the question"', "cannot be a variable"),
        ('gpt = ["system"]', 'gpt = ["assistant"]', "field families.gpt.0"),
        ('gpt = ["system"]', 'gpt = ["system"]\n[extra]', "field extra"),
        ('kind = "markdown"', 'kind = "marckdown"', "field contract.kind"),
        ("[contract]", "[contract", "feature.toml: "),
    ],
)
def test_what_surrounds_templates_is_checked(copies: Path, old: str, new: str, told: str) -> None:
    path = copies / CHAT / "feature.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FactsError) as failure:
        Prompts(copies)
    assert told in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ data.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__ }}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ x.append(1) }}",
        "{{ missing }}",
        "{% include '../families.toml' %}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_the_sandbox_holds_without_the_check(text: str) -> None:
    with pytest.raises(TemplateError):
        templates.environment(PROMPTS).from_string(text).render(x=[])
