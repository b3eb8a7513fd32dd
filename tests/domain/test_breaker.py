"""When an endpoint is left alone, and why in words."""

import pytest

from app.data.facts import Facts
from app.domain.breaker import opens, remembered, why
from app.lib.http_errors import Code

OF_SERVERS = (
    "bad_json", "stream_not_sse", "error_in_200", "html_answer",
    "credentials_missing", "credentials_unreachable", "role_refused", "service_account_refused",
)  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "opened"),
    [
        ("", False),
        ("xxxx", False),
        ("xxxxx", True),
        (".xxxxx", True),
        ("xxxx.", False),
        ("xxxxx.", False),
        ("x." * 9 + "x", False),
        (".x" * 10, True),
        ("x." * 10, False),
        ("..x" * 6 + ".x", False),
        ("x" * 20, True),
    ],
)
def test_five_in_a_row_or_half_of_twenty_are_too_many(outcomes: str, opened: bool) -> None:
    assert opens([each == "." for each in outcomes]) is opened


def test_what_is_longer_ago_than_twenty_calls_counts_no_more() -> None:
    assert remembered([False] * 5 + [True] * 20) == [True] * 20
    assert not opens([False] * 9 + [True] * 19 + [False])


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", ""),
        ("status_503", "Its server answered with status 503."),
        ("edited", "Its settings were changed."),
        ("tested", "It passed a test."),
        ("connect_refused", "The machine at this address refuses the connection."),
        ("what nobody knows", "It gave no answer that could be used."),
    ],
)
def test_a_reason_is_told_in_a_sentence(facts: Facts, reason: str, words: str) -> None:
    assert why(reason, facts.remedies) == words


@pytest.mark.parametrize("code", [*OF_SERVERS, *sorted(set(Code) - {Code.STOPPED})])
def test_whatever_counts_as_a_failure_has_words_of_its_own(facts: Facts, code: str) -> None:
    assert code in facts.remedies.rows
