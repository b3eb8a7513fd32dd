"""Every feature's contract, as shipped: an answer that it accepts, and answers that it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from app.data.facts import Facts
from app.domain.contracts import Called, breaches

FUNCTION = "def f():\n    return 0"
BLOCK = f"```python\n{FUNCTION}\n```"
READ = Called("read_file", '{"path": "src/cart.ts"}')
COMMENT = '{"file": "shop/login.py", "line": 11, "severity": "error", "text": "The password goes to a log."}'


@dataclass(frozen=True, slots=True)
class Row:
    """Of one feature: an answer that is right, and wrong ones, each with what is said of it."""

    right: str
    wrong: Sequence[tuple[str, str]]
    called: tuple[Called, ...] = ()


def fenced(most: int) -> Row:
    """A feature that answers with one block and so many words at most."""
    wrong = [
        (FUNCTION, "block_count"),
        (f"{BLOCK}\n\nAs a test:\n\n{BLOCK}", "block_count"),
        (f"{'word ' * (most + 1)}\n{BLOCK}", "too_many_words"),
        (BLOCK.removesuffix("```"), "fence_not_closed"),
        (f"Certainly! Here it is:\n{BLOCK}", "chatter_before"),
    ]
    return Row(f"{'word ' * most}\n{BLOCK}", wrong)


def headed(*headings: str) -> Row:
    """A feature that answers under these headings."""
    sections = [f"{each}\nWords.\n" for each in headings]
    right = "\n".join(sections)
    wrong = [
        ("\n".join(sections[:-1]), "missing_heading"),
        ("\n".join(reversed(sections)), "heading_order"),
        (f"{right}\n## Conclusion\nWords.", "other_heading"),
        (f"I have looked at it.\n\n{right}", "text_before_heading"),
        (right.replace("## ", "### "), "missing_heading"),
    ]
    return Row(right, wrong)


def bulleted() -> Row:
    """A feature that answers in bullets."""
    bullets = ["- Every caller has to name the tax.", "- A tax below 0 is refused."]
    wrong = [
        ("\n\n".join(bullets), "empty_line"),
        ("## Changes\n" + "\n".join(bullets), "not_a_bullet"),
        ("\n".join(bullets).replace("- ", "* "), "not_a_bullet"),
        ("\n".join(f"- {number}" for number in range(9)), "too_many_bullets"),
        (f"- {'word ' * 200}", "too_many_words"),
    ]
    return Row("\n".join(f"{each} {number}" for each in bullets for number in range(4)), wrong)


ROWS = {
    "code_completions": Row(
        "sum(line.quantity * line.cents for line in lines)",
        [
            ("```python\nsum(line.cents for line in lines)\n```", "fenced"),
            ("return sum(line.cents for line in lines)", "repeats_prefix"),
            ("0\n\n\ndef is_free(lines: list[Line]) -> bool:", "repeats_suffix"),
            ("(\n" + "    1 +\n" * 39 + ")", "too_many_lines"),
            ("0\nThis returns the sum of all lines.", "chatter_after"),
        ],
    ),
    "code_generations": Row(
        "def seconds_of(text: str) -> int:\n    return sum(int(n) * UNITS[u] for n, u in re.findall(r'(.+)(.)', text))",
        [
            ("", "empty"),
            ("Here is the function:\ndef seconds_of(text): ...", "chatter_before"),
            ("UNABLE_TO_GENERATE: the request is no code.", "refusal_not_alone"),
            ('"""Durations as people write them."""\n\nimport re\n\nUNITS = {}', "repeats_prefix"),
            ("<fim_middle>pass", "gap_mark"),
        ],
    ),
    "duo_agent_platform": Row(
        "It is mended: package.json now lists @shop/money, and the tests pass.",
        [
            ("Sure! I will look at it.", "chatter_before"),
            ('<tool_call>{"name": "read_file", "arguments": {}}</tool_call>', "call_as_text"),
            ("run_command(command='npm ci')", "call_as_text"),
        ],
        (READ, Called("run_command", '{"command": "npm ci"}')),
    ),
    "duo_agent_platform_agentic_chat": Row(
        "Two issues are about it: #3 and #7. Begin in `shop/login.py`.",
        [
            ("Two of them.\n\nLet me know if you need more.", "chatter_after"),
            ('```json\n{"name": "search_issues", "arguments": {"query": "sign-in"}}\n```', "call_as_text"),
            ("Action: search_code\nAction Input: sign-in", "call_as_text"),
        ],
        (READ, Called("search_issues", '{"query": "sign-in", "state": "opened"}')),
    ),
    "duo_chat": Row(
        "Run this:\n\n```sh\ngit log main..HEAD\n```",
        [
            ("Great question! Run `git log main..HEAD`.", "chatter_before"),
            ("Run `git log main..HEAD`.\n\nI hope this helps!", "chatter_after"),
            ("```markdown\nRun **git log**.\n```", "fenced"),
            ("<think>They want a log.</think>Run `git log`.", "reasoning"),
            ("<question>\nHow?\n</question>", "input_tag"),
        ],
    ),
    "duo_chat_explain_code": headed("## What it does", "## How it works"),
    "duo_chat_explain_vulnerability": headed("## What is wrong", "## How it can be used", "## How to fix it"),
    "duo_chat_fix_code": fenced(60),
    "duo_chat_refactor_code": fenced(60),
    "duo_chat_summarize_comments": headed("## Summary", "## Decisions", "## Open questions"),
    "duo_chat_troubleshoot_job": headed("## Cause", "## Fix"),
    "duo_chat_write_tests": fenced(60),
    "generate_commit_message": Row(
        "fix(report): count no orders as 0 on average\n\nA shop that has just been opened could not see its report.",
        [
            ("Count no orders as 0", "subject_form"),
            ("bugfix: count no orders as 0", "unknown_type"),
            ("fix: count no orders as 0.", "full_stop"),
            (f"fix: {'a' * 68}", "subject_too_long"),
            ("fix: count none\nA shop needs it.", "no_blank_line"),
            (f"fix: count none\n\n{'word ' * 15}", "line_too_long"),
            ("```\nfix: count none\n```", "fenced"),
        ],
    ),
    "glab_ask_git_command": Row(
        '{"commands": ["git reset --soft HEAD~1"], "explanation": "Takes the commit back and keeps the changes."}',
        [
            ("git reset --soft HEAD~1", "not_json"),
            ('{"commands": "git reset", "explanation": "Takes it back."}', "wrong_type"),
            ('{"commands": []}', "missing_key"),
            ('{"commands": [], "explanation": ""}', "too_short"),
            (f'{{"commands": {["a"] * 11}, "explanation": "b"}}'.replace("'", '"'), "too_many_items"),
            ('Run this: {"commands": [], "explanation": "a"}', "text_around"),
        ],
    ),
    "resolve_vulnerability": fenced(80),
    "review_merge_request": Row(
        f'{{"comments": [{COMMENT}]}}',
        [
            (f"[{COMMENT}]", "wrong_type"),
            (f'```json\n{{"comments": [{COMMENT}]}}\n```', "fenced"),
            (f'{{"comments": [{COMMENT.replace("error", "critical")}]}}', "not_in_enum"),
            (f'{{"comments": [{COMMENT.replace("11", "0")}]}}', "too_small"),
            (f'{{"comments": [{COMMENT}], "verdict": "no"}}', "unknown_key"),
        ],
    ),
    "summarize_new_merge_request": bulleted(),
    "summarize_review": bulleted(),
}
WRONG = [(feature, answer, code) for feature, row in ROWS.items() for answer, code in row.wrong]


def judged(facts: Facts, feature: str, answer: str, called: Sequence[Called] = ()) -> set[str]:
    """The codes of what is wrong with an answer to the feature's sample."""
    prompt = facts.prompts.features[feature]
    return {each.code for each in breaches(prompt.contract, answer, called, prompt.tools, prompt.samples)}


def test_every_feature_has_its_row(facts: Facts) -> None:
    assert set(ROWS) == set(facts.prompts.features) == set(facts.features)
    assert len(ROWS) == 18


@pytest.mark.parametrize("feature", ROWS)
def test_two_different_faults_are_shown(feature: str) -> None:
    assert len({code for _, code in ROWS[feature].wrong}) >= 2


@pytest.mark.parametrize("feature", ROWS)
def test_the_right_answer_is_accepted(facts: Facts, feature: str) -> None:
    row = ROWS[feature]
    assert judged(facts, feature, row.right) == set()
    assert judged(facts, feature, f"{row.right}\n".replace("\n", "\r\n")) == set()
    assert judged(facts, feature, "", row.called) == (set() if row.called else {"empty"})


@pytest.mark.parametrize(("feature", "answer", "code"), WRONG)
def test_a_wrong_answer_is_refused(facts: Facts, feature: str, answer: str, code: str) -> None:
    assert code in judged(facts, feature, answer)


def test_a_refusal_is_a_right_answer_to_a_request_for_code(facts: Facts) -> None:
    assert judged(facts, "code_generations", "UNABLE_TO_GENERATE\n") == set()


@pytest.mark.parametrize("feature", ["duo_agent_platform", "duo_agent_platform_agentic_chat"])
def test_calls_that_do_not_fit_are_refused(facts: Facts, feature: str) -> None:
    assert judged(facts, feature, "", [Called("delete_project", "{}")]) == {"unknown_tool"}
    assert judged(facts, feature, "", [Called("read_file", '{"file": "a"}')]) == {"missing_key", "unknown_key"}
    assert judged(facts, feature, "", [Called("read_file", "a")]) == {"not_json"}
