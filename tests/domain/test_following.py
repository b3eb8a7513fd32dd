"""What may be followed: an https address of a portal or a bundle, and a token that a header carries."""

import pytest

from app.domain import following
from app.domain.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (" https://Portal.example/ ", "https://portal.example/api/v1/catalogue/bundle"),
        ("https://portal.example/bundles/ours.jsonl", "https://portal.example/bundles/ours.jsonl"),
    ],
)
def test_a_portals_own_address_stands_for_its_bundle(typed: str, understood: str) -> None:
    assert following.address_of(typed) == understood


@pytest.mark.parametrize(
    "address", ["http://portal.example", "ftp://portal.example", "portal", "", "https://a@b.example"]
)
def test_what_is_no_https_address_is_told_at_its_field(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        following.address_of(address)
    assert list(refused.value.fields) == ["address"]


@pytest.mark.parametrize("token", ["two\nlines", "\u00fc", "x" * 401])
def test_what_no_header_carries_is_told_at_its_field(token: str) -> None:
    with pytest.raises(Invalid) as refused:
        following.token_of(token)
    assert list(refused.value.fields) == ["token"]
