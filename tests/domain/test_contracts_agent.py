"""Agents: reports, calls of offered tools, and calls that are only written."""

import pytest

from app.domain.contracts import Called
from tests.domain.contract_cases import AGENT, MARKDOWN, codes, sentences

READ = '{"path": "a.py"}'


@pytest.mark.parametrize(
    "answer",
    [
        "## Done\n\n- Added it.\n",
        "Run `read_file(a.py)` or write `<tool_call>`.",
        "```json\n" + '{"name": "shop", "version": "1.0"}' + "\n```",
        "The function read_file(path) opens it.",
        "Action: none was needed.",
        "```python\nread_file('a.py')\n```",
    ],
)
def test_a_report_is_right(answer: str) -> None:
    assert codes(AGENT, answer) == []


@pytest.mark.parametrize("answer", ["", "I look at the file first.", "Sure, I look at it."])
def test_a_call_that_fits_is_right(answer: str) -> None:
    assert codes(AGENT, answer, [Called("read_file", READ), Called("read_file", f" {READ}\r\n")]) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Called("write_file", READ), ["unknown_tool"]),
        (Called("", READ), ["unknown_tool"]),
        (Called("read_file", ""), ["not_json"]),
        (Called("read_file", "path=a.py"), ["not_json"]),
        (Called("read_file", "[]"), ["arguments_not_object"]),
        (Called("read_file", "null"), ["arguments_not_object"]),
        (Called("read_file", "{}"), ["missing_key"]),
        (Called("read_file", '{"path": "a", "line": 1}'), ["unknown_key"]),
        (Called("read_file", '{"path": 1}'), ["wrong_type"]),
        (Called("read_file", '{"path": ""}'), ["too_short"]),
        (Called("read_file", '{"path": "a", "path": "b"}'), ["duplicate_key"]),
    ],
)
def test_what_is_wrong_with_a_call_is_named(call: Called, expected: list[str]) -> None:
    assert codes(AGENT, "", [call]) == expected


@pytest.mark.parametrize(
    "answer",
    [
        '<tool_call>\n{"name": "read_file", "arguments": {"path": "a"}}\n</tool_call>',
        "<function=read_file><parameter=path>a</parameter></function>",
        '<invoke name="read_file">',
        "[TOOL_CALLS][]",
        "<|tool_call_begin|>",
        '{"name": "read_file", "arguments": {"path": "a"}}',
        '[{"function": {"name": "read_file", "arguments": "{}"}}]',
        'I look:\n```json\n{"name": "read_file", "parameters": {"path": "a"}}\n```',
        "```tool_code\nread_file('a')\n```",
        "Thought: look.\r\nAction: read_file\r\nAction Input: a",
        "**Action:** read_file",
        "read_file(path='a')",
        'read_file {"path": "a"}',
    ],
)
def test_a_call_that_is_only_written_is_named(answer: str) -> None:
    assert codes(AGENT, answer) == ["call_as_text"]


def test_talk_around_a_report_is_named() -> None:
    answer = "Certainly! I did it.\n\nIt is done.\n\nLet me know if you need anything."
    assert codes(AGENT, answer) == ["chatter_before", "chatter_after"]
    assert codes(AGENT, "```markdown\n# Done\n```") == ["fenced"]


def test_no_call_is_right_where_no_tool_was_offered() -> None:
    assert codes(MARKDOWN, "Nine.", [Called("a", "{}")]) == ["unexpected_call"]
    assert codes(AGENT, "", [Called("a", "{}")], tools=()) == ["unknown_tool"]


def test_the_sentence_names_the_call() -> None:
    assert sentences(AGENT, "", [Called("write", READ)]) == "There is no tool “write”; offered are read_file."
    assert sentences(AGENT, "", [Called("read_file", "{}")]) == "Call of read_file: $: “path” is missing."
