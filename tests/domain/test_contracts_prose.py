"""Markdown, with headings or in bullets, and commit messages."""

import pytest

from tests.domain.contract_cases import BULLETS, COMMIT, HEADED, MARKDOWN, codes

RIGHT = "## One\nA.\n\n## Two\nB.\n"


@pytest.mark.parametrize("answer", ["Nine.", "```\ngit log\n```", "# A\n\n- b\n", "¡Sí! 九", "Okay is a word here."])
def test_free_prose_is_right(answer: str) -> None:
    assert codes(MARKDOWN, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("\n", ["empty"]),
        ("Sure, I can help with that.\n\nNine.", ["chatter_before"]),
        ("Great question! Nine.", ["chatter_before"]),
        ("Nine.\n\nIs there anything else?", ["chatter_after"]),
        ("Nine.\r\n\r\nHope this helps!\r\n", ["chatter_after"]),
        ("```markdown\n# Nine\n```", ["fenced"]),
        ("```\n- Nine\n```", ["fenced"]),
        ("Certainly!\n```md\nNine\n```\nHappy coding!", ["chatter_before", "chatter_after", "fenced"]),
    ],
)
def test_talk_and_fences_around_prose_are_named(answer: str, expected: list[str]) -> None:
    assert codes(MARKDOWN, answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        RIGHT.replace("\n", "\r\n"),
        f"\n\n{RIGHT}\n\n",
        "## One  \n### Part\nA.\n## Two\n",
        "## One\n```\n# a comment\n## Two\n```\n## Two\n",
    ],
)
def test_headings_in_their_order_are_right(answer: str) -> None:
    assert codes(HEADED, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A. B.", ["missing_heading", "missing_heading"]),
        ("## One\nA.", ["missing_heading"]),
        ("## one\nA.\n## Two\nB.", ["missing_heading", "other_heading"]),
        ("## Two\nB.\n## One\nA.", ["heading_order"]),
        ("## One\n## One\n## Two\n", ["heading_twice"]),
        (f"# Title\n{RIGHT}", ["other_heading"]),
        (f"{RIGHT}## Three\n", ["other_heading"]),
        (f"First of all.\n{RIGHT}", ["text_before_heading"]),
        (RIGHT + "word " * 12, ["too_many_words"]),
        (f"```md\n{RIGHT}```", ["fenced"]),
    ],
)
def test_what_is_wrong_with_headings_is_named(answer: str, expected: list[str]) -> None:
    assert codes(HEADED, answer) == expected


@pytest.mark.parametrize("answer", ["- One.", "- One.\n- Two.\n- Three.\n", "- One.\r\n- Ü\u2028.\r\n"])
def test_bullets_are_right(answer: str) -> None:
    assert codes(BULLETS, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("One.", ["not_a_bullet"]),
        ("* One.", ["not_a_bullet"]),
        ("-One.", ["not_a_bullet"]),
        ("- ", ["not_a_bullet"]),
        ("- One.\n  - Two.", ["not_a_bullet"]),
        ("- One.\n\n- Two.", ["empty_line"]),
        ("- 1\n- 2\n- 3\n- 4", ["too_many_bullets"]),
        ("- " + "word " * 12, ["too_many_words"]),
        ("```\n- One.\n```", ["fenced"]),
    ],
)
def test_what_is_wrong_with_bullets_is_named(answer: str, expected: list[str]) -> None:
    assert codes(BULLETS, answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "fix: count empty orders",
        "fix(shop/cart)!: zähle leere Körbe\n",
        "feat: a\r\n\r\nBecause of b.\r\n",
        "feat: a\n\n\nb\n\n- c\n",
        "fix: a\n\nhttps://example.com/" + "a" * 60 + "\n- https://example.com/" + "b" * 60,
    ],
)
def test_conventional_messages_are_right(answer: str) -> None:
    assert codes(COMMIT, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", ["empty"]),
        ("Count empty orders", ["subject_form"]),
        ("fix:count", ["subject_form"]),
        ("fix(): count", ["subject_form"]),
        ("docs: count", ["unknown_type"]),
        ("Fix: count", ["unknown_type"]),
        ("fix: count.", ["full_stop"]),
        ("fix: " + "a" * 36, ["subject_too_long"]),
        ("fix: a\nb", ["no_blank_line"]),
        ("fix: a\n\n" + "ab " * 14, ["line_too_long"]),
        ("```\nfix: a\n```", ["fenced"]),
        ('"fix: a"', ["quoted"]),
        ("“fix: a\n\nb”", ["quoted"]),
        ("```\n`fix: a`\n```", ["fenced", "quoted"]),
        ("Here is the commit message:\n\nfix: a", ["chatter_before"]),
        ("Sure!\nfix: a\n\nLet me know if you want changes.", ["chatter_before", "chatter_after"]),
    ],
)
def test_what_is_wrong_with_a_message_is_named(answer: str, expected: list[str]) -> None:
    assert codes(COMMIT, answer) == expected
