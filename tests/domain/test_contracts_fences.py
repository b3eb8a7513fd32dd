"""Fenced blocks and code inside lines, as CommonMark reads them."""

import pytest

from app.domain.contracts_fences import Block, Parts, parts, prose, whole


def test_blocks_and_the_lines_around_them() -> None:
    found = parts("Before\n```py\na\n\nb\n```\nafter\n")
    assert found == Parts((Block("py", "a\n\nb", closed=True),), ("Before", *[""] * 5, "after"))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("```\r\na\r\nb\r\n```\r\n", "a\nb"),
        ("````md\n```\na\n```\n````", "```\na\n```"),
        ("~~~\n```\n~~~", "```"),
        ("```\n    ```\n```", "    ```"),
        ("   ```\na\n  `````  ", "a"),
        ("```\na\x0cb\u2028c\n```", "a\x0cb\u2028c"),
        ("```\n```", ""),
    ],
)
def test_what_a_block_holds(text: str, content: str) -> None:
    assert [(each.content, each.closed) for each in parts(text).blocks] == [(content, True)]


@pytest.mark.parametrize("text", ["``\na\n``", "    ```\na", "```a`b\nc", "a ```\nb"])
def test_what_is_no_fence(text: str) -> None:
    assert parts(text).blocks == ()


def test_a_fence_that_is_not_closed_reaches_to_the_end() -> None:
    assert parts("```py\na\n~~~\n``").blocks == (Block("py", "a\n~~~\n``", closed=False),)


@pytest.mark.parametrize("line", ["```PY", "``` py", "```\tpy title=a.py", "~~~ py ~~~"])
def test_the_first_word_behind_a_fence_is_its_info(line: str) -> None:
    assert parts(line).blocks[0].info == "py"


def test_whole_is_one_block_and_nothing_beside() -> None:
    assert whole("\n```\na\n```\n \n") == Block("", "a", closed=True)
    assert whole("x\n```\na\n```") is None
    assert whole("```\na\n```\n```\nb\n```") is None
    assert whole("") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a `b` c `d`", "a  c "),
        ("a ``b ` c`` d", "a  d"),
        ("a ` b", "a ` b"),
        ("a `` b ` c `", "a `` b "),
        ("`a`\n```\nb\n```\nc", "\n\n\n\nc"),
        ("`", "`"),
        ("", ""),
    ],
)
def test_prose_is_what_is_no_code(text: str, left: str) -> None:
    assert prose(text) == left
