"""What a person is called, from claims that anybody may have written."""

from typing import Any

import pytest

from app.domain.identities import claims_to_show, display_name, verified_email


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ada Admin", "preferred_username": "ada", "sub": "1"}, "Ada Admin"),
        ({"name": "", "preferred_username": "ada", "sub": "1"}, "ada"),
        ({"name": 7, "preferred_username": None, "sub": "1"}, "1"),
        ({"name": "  ", "sub": "1"}, "1"),
        ({"name": "Ada\u202e nimdA\n", "sub": "1"}, "Ada nimdA"),
        ({"name": "A" * 900, "sub": "1"}, "A" * 255),
        ({}, "unnamed"),
    ],
)
def test_the_name_is_the_first_visible_one(claims: dict[str, Any], name: str) -> None:
    assert display_name(claims) == name


def test_a_name_in_userinfo_is_better_than_the_subject_of_the_token() -> None:
    assert display_name({"sub": "1"}, {"sub": "1", "name": "Ada"}) == "Ada"


@pytest.mark.parametrize(
    ("verified", "email"),
    [(True, "ada@example.com"), (False, ""), ("true", ""), (1, ""), (None, ""), ([True], "")],
)
def test_an_address_counts_only_when_json_says_true(verified: Any, email: str) -> None:
    assert verified_email({"email": "ada@example.com", "email_verified": verified}) == email


def test_both_halves_of_an_address_come_from_the_same_place() -> None:
    assert verified_email({"email": "boss@example.com"}, {"email": "ada@example.com", "email_verified": True}) == (
        "ada@example.com"
    )


def test_claims_for_the_page_leave_out_plumbing_and_are_short() -> None:
    shown = claims_to_show({"sub": "1", "nonce": "n", "at_hash": "h", "long": "x" * 900, "groups": ["g"] * 900})
    assert list(shown) == ["sub", "long", "groups"]
    assert len(shown["long"]) == 500
    assert len(shown["groups"]) == 50
