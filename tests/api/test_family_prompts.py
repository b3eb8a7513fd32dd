"""Prompt files and what is sent with them, in JSON."""

from pathlib import Path

import pytest

from app.data.facts import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.prompts import FILES, facts_with
from tests.fixtures.stock import add_endpoint

LOST = "summarize_review/base/user.jinja"


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return facts_with(tmp_path, FILES, LOST)


def test_every_feature_is_listed_with_its_files_and_where_they_were_looked_for(viewer: Program, facts: Facts) -> None:
    answer = viewer.get("/families/codestral/prompts").json
    listed = {each["feature"]: each for each in answer["items"]}
    assert (list(listed), answer["next"]) == (list(facts.features), None)
    assert listed["code_completions"] == {
        "feature": "code_completions", "family": "codestral", "origin": "inherited", "folder": "mistral",
        "system": "code_completions/base/system.jinja", "user": "code_completions/mistral/user.jinja",
        "sends_system": True, "problem": "",
        "chain": [{"folder": "codestral", "roles": []}, {"folder": "mistral", "roles": ["user"]},
                  {"folder": "base", "roles": ["system", "user"]}],
    }  # fmt: skip
    assert [listed[name]["origin"] for name in ("generate_commit_message", "duo_chat_fix_code")] == ["own", "base"]


def test_one_prompt_is_told_with_its_text_and_what_is_sent(viewer: Program) -> None:
    found = viewer.get("/families/mixtral/prompts/duo_chat").json
    assert [each["path"] for each in found["sources"]] == ["duo_chat/mistral/system.jinja", "duo_chat/base/user.jinja"]
    assert found["sources"][0]["source"] == FILES["duo_chat/mistral/system.jinja"]
    assert [each["name"] for each in found["inputs"] if each["required"]] == ["question"]
    (message,) = found["sent"]["messages"]
    assert message["role"] == "user"
    assert message["content"].startswith("You help people.\nAnswer in Markdown.\n\n<context>")
    assert found["sent"]["parameters"] == {"temperature": 0.0, "max_tokens": 4096}
    assert found["sent"]["estimated_tokens"] > 20


def test_what_tests_found_of_an_endpoint_reshapes_the_call(viewer: Program, ports: Ports, ada: Actor) -> None:
    plain = add_endpoint(ports, ada, "Plain", quirks=("no_system", "max_completion_tokens"))
    sent = viewer.get(f"/families/other/prompts/duo_chat?endpoint={plain}").json["sent"]
    assert [each["role"] for each in sent["messages"]] == ["user"]
    assert sent["parameters"] == {"temperature": 0.0, "max_completion_tokens": 4096}
    assert "Plain refuses system text" in sent["notes"][0]


def test_a_missing_file_is_a_problem_to_read(viewer: Program) -> None:
    listed = {each["feature"]: each for each in viewer.get("/families/other/prompts").json["items"]}
    assert listed["summarize_review"]["origin"] == "missing"
    found = viewer.get("/families/other/prompts/summarize_review")
    assert (found.status_code, found.json["sent"]) == (200, None)
    assert found.json["problem"] == f"prompts/{LOST} is missing."


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/families/nobody/prompts", 404),
        ("/families/nobody/prompts/duo_chat", 404),
        ("/families/other/prompts/telepathy", 404),
        ("/families/other/prompts/duo_chat?endpoint=nobody", 404),
        ("/families/other/prompts/duo_chat?against=mistral", 422),
    ],
)
def test_what_there_is_not_is_refused(viewer: Program, path: str, status: int) -> None:
    answer = viewer.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
