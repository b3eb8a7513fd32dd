"""What a comment may hold."""

import pytest

from app.domain.comments import TEXT_MAX, check
from app.domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("  Runs on one H100.  ", "Runs on one H100."),
        ("one\r\ntwo\rthree\n\nfour", "one\ntwo\nthree\n\nfour"),
        ("a\tb", "a    b"),
        ("<b>bold</b> & [link](https://docs.example)", "<b>bold</b> & [link](https://docs.example)"),
        ("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"),
        ("x" * TEXT_MAX, "x" * TEXT_MAX),
    ],
)
def test_text_is_kept_as_it_was_written(text: str, stored: str) -> None:
    assert check(text) == stored


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write something."),
        (" \n\t ", "Write something."),
        ("x" * (TEXT_MAX + 1), "Use 4000 characters at most; these are 4001."),
        ("left\u202eright", "invisible characters"),
        ("a\u2066b", "invisible characters"),
        ("bell\a", "invisible characters"),
        ("half \ud800", "invisible characters"),
        ("line\u2028separator", "invisible characters"),
        ("my key is sk-abcdefgh12345678", "Leave out the key"),
    ],
)
def test_what_could_mislead_or_reveal_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(text)
    (sentence,) = refused.value.fields["text"]
    assert says in sentence
