"""No text ends the block that it stands in."""

import random
import re
import time
import unicodedata

import pytest

from app.domain.delimiting import delimited

CLOSING = (
    "</code>",
    "</CODE>",
    "</Code >",
    "< / code >",
    "<\n/\ncode\n>",
    "</code x='1'>",
    "</code/>",
    "<code>",
    "<code\tkind=1>",
    "</code",
    "x = 1\n</code",
    "<</code>>",
    "<\\/code>",
    "\uff1c/code\uff1e",
    "\uff1c\uff0f\uff43\uff4f\uff44\uff45\uff1e",
    "\ufe64/code\ufe65",
    "\u2039/code\u203a",
    "\u3008/code\u3009",
    "\u2329/code\u232a",
    "<\u200b/code>",
    "</co\u200bde>",
    "</co\u00adde>",
    "</c\u0301ode>",
    "</\U0001d41c\U0001d428\U0001d41d\U0001d41e>",
    "</\u24d2\u24de\u24d3\u24d4>",
    "</\u017fode></code>",
)


def _tag(block: str) -> str:
    found = re.match(r"<([a-z_]+(?:-\d+)?)>\n", block)
    assert found is not None
    assert block.endswith(f"\n</{found[1]}>")
    return found[1]


def test_it_works() -> None:
    assert delimited("code", "a = 1\n") == "<code>\na = 1\n\n</code>"


@pytest.mark.parametrize("text", CLOSING)
def test_a_tag_that_stands_in_the_text_is_not_ours(text: str) -> None:
    block = delimited("code", f"a{text}b")
    assert _tag(block) == "code-2"
    assert f"\na{text}b\n" in block


@pytest.mark.parametrize("text", ["", "code", "/code>", "a > code", "</cod>", "</c", "<", "</", "c < d # code", "\0"])
def test_what_is_no_tag_of_ours_changes_nothing(text: str) -> None:
    assert _tag(delimited("code", text)) == "code"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("</code-2>", "code-3"),
        ("</code></code-3>", "code-2"),
        ("</code></code-2></code-3>", "code-4"),
        ("</code - 2>", "code-3"),
        ("</code-\uff12>", "code-3"),
        ("</code-\u0662>", "code-3"),
        ("</code-" + "9" * 5000, "code-2"),
    ],
)
def test_numbers_that_are_taken_are_passed_over(text: str, tag: str) -> None:
    assert _tag(delimited("code", text)) == tag


def test_no_mixture_of_pieces_holds_the_tag_of_its_block() -> None:
    """Judged by another rule than the one that chose it: after an opening bracket, this name and this number."""
    chance = random.Random(4)  # noqa: S311 (the same texts in every run)
    pieces = ["<", "/", ">", "code", "CODE", "-", "2", "3", " ", "\n", "x", "=", "\uff1c", "\u200b", "\uff43ode", '"']
    for _ in range(5000):
        text = "".join(chance.choices(pieces, k=chance.randrange(1, 14)))
        name, _, number = _tag(delimited("code", text)).partition("-")
        plain = unicodedata.normalize("NFKC", text).replace("\u200b", "").casefold()
        assert not re.search(rf"<\W*{name}[^\w<]*{number}(?!\d)" if number else rf"<\W*{name}", plain)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 400_000,
        "</" * 200_000,
        "</code-2>" * 40_000,
        "".join(f"</code-{n}>" for n in range(30_000)),
        "\u3008" * 400_000,
    ],
)
def test_time_grows_with_the_text_alone(text: str) -> None:
    began = time.process_time()
    _tag(delimited("code", text))
    assert time.process_time() - began < 2
