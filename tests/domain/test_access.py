"""From claims to a role: whole and equal names only, whatever shape the claim has."""

from typing import Any

import pytest

from app.domain.access import Denial, RoleRules, access, matching
from app.domain.roles import Role

GROUPS = RoleRules("groups", ("admins",), ("editors", "writers"), ("viewers",))


def rules(claim: str) -> RoleRules:
    return RoleRules(claim, ("admins",), ("editors",), ("viewers",))


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["admins"]}, Role.ADMIN),
        ({"groups": ["editors"]}, Role.EDITOR),
        ({"groups": ["writers"]}, Role.EDITOR),
        ({"groups": ["viewers"]}, Role.VIEWER),
        ({"groups": "viewers"}, Role.VIEWER),
        ({"groups": ["x", "viewers", "y"]}, Role.VIEWER),
        ({"groups": ["viewers", "admins", "editors"]}, Role.ADMIN),
        ({"groups": [1, None, {"a": 1}, ["admins"], "editors"]}, Role.EDITOR),
        ({"groups": [f"group-{n}" for n in range(10_000)] + ["viewers"]}, Role.VIEWER),
        ({"groups": ["viewers"], "_claim_names": {"other": "src1"}}, Role.VIEWER),
    ],
)
def test_a_named_group_gives_its_role_and_the_highest_wins(claims: dict[str, Any], role: Role) -> None:
    assert access(GROUPS, claims, {}).role is role


@pytest.mark.parametrize(
    "groups",
    [
        "not-admins",
        "admins-readonly",
        "Admins",
        "ADMINS",
        " admins",
        "admins ",
        "admins\n",
        "admins,viewers",
        "admins viewers",
        '["admins"]',
        "a",
        "",
        "adm\u0131ns",
        "admins\u200b",
        "cn=admins,ou=groups",
        "/admins",
        "*",
        ".*",
        [["admins"]],
        [{"name": "admins"}],
        {"admins": True},
        {"0": "admins"},
        list("admins"),
        [True],
        [0],
        [""],
        True,
        1,
        0.5,
        None,
        [],
        {},
    ],
)
def test_whatever_is_no_whole_equal_name_gives_no_role(groups: Any) -> None:
    assert access(GROUPS, {"groups": groups}, {"groups": groups}).role is None


@pytest.mark.parametrize(
    ("claims", "denial"),
    [
        ({}, Denial.MISSING),
        ({"groups": None}, Denial.MISSING),
        ({"groups": []}, Denial.MISSING),
        ({"groups": ["everyone"]}, Denial.UNMATCHED),
        ({"groups": "everyone"}, Denial.UNMATCHED),
        ({"groups": 7}, Denial.MALFORMED),
        ({"groups": True}, Denial.MALFORMED),
        ({"groups": {"admins": True}}, Denial.MALFORMED),
        ({"groups": [["admins"]]}, Denial.MALFORMED),
        ({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}}, Denial.OVERAGE),
        ({"groups": [], "_claim_names": {"groups": "src1"}}, Denial.OVERAGE),
        ({"_claim_names": "groups"}, Denial.MISSING),
    ],
)
def test_a_refusal_says_why(claims: dict[str, Any], denial: Denial) -> None:
    outcome = access(GROUPS, claims, {})
    assert (outcome.role, outcome.denial) == (None, denial)
    assert denial.sentence.endswith(".")


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["admins"]}}),
        ('resource_access."my-client".roles', {"resource_access": {"my-client": {"roles": ["admins"]}}}),
        ('"https://example.com/groups"', {"https://example.com/groups": ["admins"]}),
        ("https://example.com/groups", {"https://example.com/groups": ["admins"]}),
        ("https://gitlab.org/claims/groups/owner", {"https://gitlab.org/claims/groups/owner": ["admins"]}),
        ("cognito:groups", {"cognito:groups": ["admins"]}),
        ("custom-groups", {"custom-groups": "admins"}),
        ("teams[].name", {"teams": [{"name": "admins", "id": 4}, {"id": 5}]}),
        ("teams[?active].name", {"teams": [{"name": "admins", "active": True}]}),
        ("[groups, roles][]", {"roles": ["admins"]}),
        ("keys(roles)", {"roles": {"admins": {"org": "x"}}}),
        ("contains(groups, 'staff') && 'admins'", {"groups": ["staff"]}),
    ],
)
def test_the_claim_is_a_path_or_a_plain_name(claim: str, claims: dict[str, Any]) -> None:
    assert access(rules(claim), claims, {}).role is Role.ADMIN


@pytest.mark.parametrize(
    "claim", ["groups[?active].name", "groups.admins", "groups[0][0]", "groups.*", "groups[*][*]", "length(groups)"]
)
def test_a_path_finds_nothing_inside_a_plain_string(claim: str) -> None:
    assert access(rules(claim), {"groups": "admins"}, {}).role is None


def test_a_path_that_does_not_fit_the_claims_is_said_to_be_the_setting() -> None:
    outcome = access(rules("keys(groups)"), {"groups": ["admins"]}, {})
    assert (outcome.role, outcome.denial) == (None, Denial.UNREADABLE)
    assert "OIDC_GROUPS_CLAIM" in Denial.UNREADABLE.sentence


def test_the_id_token_is_searched_first_then_userinfo() -> None:
    both = access(GROUPS, {"groups": ["viewers"]}, {"groups": ["admins"]})
    second = access(GROUPS, {"sub": "ada"}, {"groups": ["admins"]})
    assert (both.role, both.source) == (Role.VIEWER, "ID token")
    assert (second.role, second.source) == (Role.ADMIN, "userinfo")


def test_groups_that_no_setting_names_are_kept_for_the_page_that_says_so() -> None:
    outcome = access(GROUPS, {"groups": ["everyone", "everyone", "staff"]}, {})
    assert outcome.groups == ("everyone", "staff")


def test_a_string_is_one_name_and_no_list_of_characters() -> None:
    assert access(RoleRules("groups", ("a",)), {"groups": "admins"}, {}).role is None


def test_an_empty_setting_matches_nothing() -> None:
    assert access(RoleRules("groups"), {"groups": ["", "admins"]}, {}).role is None


def test_matches_name_the_group_and_the_setting_strongest_first() -> None:
    found = [(match.group, match.role) for match in matching(GROUPS, ("viewers", "writers", "x", "admins"))]
    assert found == [("admins", Role.ADMIN), ("writers", Role.EDITOR), ("viewers", Role.VIEWER)]
