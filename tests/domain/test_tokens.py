"""How tokens are written and what may be asked of one."""

import re
import string
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import Invalid
from app.domain.tokens import PATTERN, Parts, TokenDraft, check, has_ended, read
from app.lib.redact import scrub
from tests.domain.token_cases import LIMIT_CASES, NO_LIMIT, LimitCase

PARTS = Parts("0123456789abcdefghijkl", "A" * 32)
FEATURES = ("duo_chat",)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_token_is_prefix_id_secret_and_check_characters() -> None:
    prefix, public_id, tail = PARTS.text.split("_")
    assert (prefix, public_id, len(tail)) == ("mp", PARTS.public_id, 38)
    assert read(PARTS.text) == PARTS


def test_a_scanner_finds_tokens_by_the_pattern_and_knows_a_real_one_by_its_end() -> None:
    leaked = f'token = "{PARTS.text}"  # and mp_tooshort_x, and {PARTS.text[:-1]}\n'
    assert re.findall(PATTERN, leaked) == [PARTS.text]
    body, end = PARTS.text[:-6], PARTS.text[-6:]
    number = 0
    for each in end:
        number = number * 62 + (string.digits + string.ascii_uppercase + string.ascii_lowercase).index(each)
    assert number == zlib.crc32(body.encode())
    assert PARTS.text not in scrub(leaked)


def test_one_wrong_character_anywhere_is_seen() -> None:
    text = PARTS.text
    for place in range(len(text)):
        other = "b" if text[place] != "b" else "c"
        assert read(text[:place] + other + text[place + 1 :]) is None, place


@pytest.mark.parametrize(
    "text", ["", "mp", "mp__", "mp_" + "ü" * 22 + "_" + "A" * 38, PARTS.text + "A", " " + PARTS.text]
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert read(text) is None


def faults(draft: TokenDraft) -> set[str]:
    try:
        check(draft, FEATURES)
    except Invalid as error:
        return set(error.fields)
    return set()


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (TokenDraft("ci", "admin"), set()),
        (TokenDraft("ci", "", FEATURES, 365), set()),
        (TokenDraft("", "", (), 0), {"name", "role", "days"}),
        (TokenDraft("ci", "viewer", FEATURES), {"role"}),
        (TokenDraft("two\nlines", "viewer"), {"name"}),
        (TokenDraft("n" * 256, "viewer"), {"name"}),
        (TokenDraft("ci", "", ("duo_chat", "none")), {"features"}),
    ],
)
def test_a_token_has_a_name_an_end_and_either_a_role_or_features(draft: TokenDraft, fields: set[str]) -> None:
    assert faults(draft) == fields


@pytest.mark.parametrize("case", LIMIT_CASES)
def test_a_limit_that_is_none_is_told_at_its_field(case: LimitCase) -> None:
    with pytest.raises(Invalid) as refused:
        check(TokenDraft("ci", "viewer", **{case.field: case.value}), FEATURES)
    assert refused.value.fields == {case.field: (NO_LIMIT,)}


def test_a_token_ends_at_its_time_or_when_it_is_revoked() -> None:
    later = NOON + timedelta(seconds=1)
    assert not has_ended(later, None, NOON)
    assert has_ended(NOON, None, NOON)
    assert has_ended(later, NOON, NOON)
