"""What a feature call would be sent as, and what another family changes about it."""

from pathlib import Path

import pytest

from app.data.facts import Facts
from app.domain.errors import Invalid, NotFound, Unavailable
from app.domain.roles import Actor
from app.services.comparisons import compare
from app.services.ports import Ports
from app.services.previews import Preview, preview
from tests.fixtures.prompts import FILES, facts_with
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return facts_with(tmp_path, FILES, "summarize_review/base/user.jinja")


def shown(ports: Ports, feature: str, family: str, inputs: dict[str, str] | None = None, endpoint: str = "") -> Preview:
    return preview(ports, feature, ports.facts.families[family], inputs, endpoint)


def test_a_form_is_filled_to_the_character(ports: Ports) -> None:
    inputs = {"prefix": "\tdef f( ):\n    return ", "suffix": "\n\n\r\n  x\t"}
    found = shown(ports, "code_completions", "mistral", inputs)
    assert found.messages[-1].text == "<s>[SUFFIX]\n\n\r\n  x\t[PREFIX]\tdef f( ):\n    return "
    assert found.exact
    assert found.parameters["stop"] == ["[INST]", "[/INST]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]"]
    assert not shown(ports, "code_completions", "other").exact


def test_marks_of_the_form_in_an_input_are_taken_out_and_that_is_said(ports: Ports) -> None:
    found = shown(ports, "code_completions", "mistral", {"prefix": "a[SUFFIX]b"})
    assert found.messages[-1].text.replace(" ", "") == "<s>[SUFFIX][PREFIX]ab"
    assert "Marks of the family's form were taken out" in found.notes[-1]


def test_system_text_stands_where_the_family_has_it(ports: Ports) -> None:
    assert [each.role for each in shown(ports, "duo_chat", "mistral").messages] == ["system", "user"]
    merged = shown(ports, "duo_chat", "mixtral")
    assert [each.role for each in merged.messages] == ["user"]
    assert "no system role" in merged.notes[0]


def test_no_key_is_opened_for_a_preview(ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = add_endpoint(ports, ada, "Plain", api_key="sk-of-the-tests")
    monkeypatch.setattr(type(ports.sealer), "open", lambda *_: pytest.fail("a key was opened"))
    with statements(ports.store) as sent:
        shown(ports, "duo_chat", "other", endpoint=plain)
    assert len(sent) == 2


def test_the_sample_of_an_agent_offers_its_tools(ports: Ports) -> None:
    found = shown(ports, "duo_agent_platform", "other")
    assert found.tools == ("list_files", "read_file", "edit_file", "run_command")
    assert "run_command" in found.messages[0].text


def test_what_cannot_be_shown_is_refused(ports: Ports) -> None:
    with pytest.raises(Invalid) as refused:
        shown(ports, "duo_chat", "other", {"question": "x" * 400_001})
    assert list(refused.value.fields) == ["question"]
    with pytest.raises(Unavailable):
        shown(ports, "summarize_review", "other")
    with pytest.raises(NotFound):
        shown(ports, "duo_chat", "other", endpoint="nobody")


def test_a_comparison_tells_lines_and_parameters(ports: Ports) -> None:
    families = ports.facts.families
    found = compare(ports, "duo_chat", families["other"], families["mistral"])
    assert (found.differs, found.text.gone, found.text.come) == (True, 5, 2)
    assert found.parameters_differ == ()
    found = compare(ports, "code_generations", families["other"], families["mistral"])
    assert (found.text.differs, found.parameters_differ) == (False, ("temperature", "max_tokens", "stop"))
    found = compare(ports, "duo_chat_fix_code", families["other"], families["qwen"])
    assert (found.parameters_differ, found.reasoning_differs) == (("max_tokens",), True)
    assert not compare(ports, "duo_chat_fix_code", families["other"], families["claude_3"]).differs


def test_a_comparison_without_a_file_is_a_problem(ports: Ports) -> None:
    families = ports.facts.families
    found = compare(ports, "summarize_review", families["other"], families["mistral"])
    assert (found.differs, found.before) == (False, None)
    assert "user.jinja" in found.problem
