"""Which role follows from a person's claims: exact group names, the highest role wins, no group means no access.

Peers fell here by matching parts of names ("not-admins" contains "admins"), by reading a plain string as a list of
characters, and by a default role for whoever has none. So only whole, equal strings count, and there is no default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from app.domain.roles import Role

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RoleRules:
    """Where the groups stand (a JMESPath, or a claim's plain name) and which exact names give which role."""

    claim: str
    admin: tuple[str, ...] = ()
    editor: tuple[str, ...] = ()
    viewer: tuple[str, ...] = ()

    def names(self, role: Role) -> tuple[str, ...]:
        """The groups whose members get `role`."""
        return {Role.ADMIN: self.admin, Role.EDITOR: self.editor, Role.VIEWER: self.viewer}[role]


class Denial(StrEnum):
    """Why no role follows."""

    MISSING = "missing"
    OVERAGE = "overage"
    MALFORMED = "malformed"
    UNREADABLE = "unreadable"
    UNMATCHED = "unmatched"

    @property
    def sentence(self) -> str:
        """The reason for people."""
        return _SENTENCES[self]


_SENTENCES = {
    Denial.MISSING: "The identity provider sent no groups in that claim.",
    Denial.OVERAGE: (
        "The identity provider left the groups out because there are too many, and points to another place for them. "
        "Have it send only the groups that are assigned to this application."
    ),
    Denial.MALFORMED: "The claim came, but it holds no list of group names.",
    Denial.UNREADABLE: "The setting OIDC_GROUPS_CLAIM does not fit the claims that came.",
    Denial.UNMATCHED: "None of the groups that came is named in a role setting.",
}


@dataclass(frozen=True, slots=True)
class Match:
    """One group of the person that a setting names."""

    group: str
    role: Role


@dataclass(frozen=True, slots=True)
class Access:
    """What the claims amount to. `source` is "ID token", "userinfo" or "" where no group came."""

    role: Role | None
    groups: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    source: str = ""
    denial: Denial | None = None


def access(rules: RoleRules, id_token: Claims, userinfo: Claims) -> Access:
    """The role that follows from the claims, searched in the ID token, then in userinfo."""
    denial = Denial.MISSING
    for source, claims in (("ID token", id_token), ("userinfo", userinfo)):
        try:
            found = _search(rules.claim, claims)
        except JMESPathError:
            denial = Denial.UNREADABLE
            continue
        groups = _names(found)
        if groups:
            return _matched(rules, groups, source)
        denial = _worse(denial, _why_none(rules.claim, found, claims))
    return Access(None, denial=denial)


def matching(rules: RoleRules, groups: Sequence[str]) -> tuple[Match, ...]:
    """The groups that the settings name, strongest role first."""
    came = frozenset(groups)
    return tuple(Match(name, role) for role in reversed(Role) for name in rules.names(role) if name in came)


def _search(claim: str, claims: Claims) -> Any:
    # "https://example.com/groups" and "cognito:groups" are no JMESPath, yet they are what providers call their claims.
    try:
        expression = jmespath.compile(claim)
    except JMESPathError:
        return claims.get(claim)
    return expression.search(dict(claims))


def _names(found: Any) -> tuple[str, ...]:
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list):
        return ()
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))


def _matched(rules: RoleRules, groups: tuple[str, ...], source: str) -> Access:
    matches = matching(rules, groups)
    if not matches:
        return Access(None, groups, (), source, Denial.UNMATCHED)
    return Access(matches[0].role, groups, matches, source)


def _why_none(claim: str, found: Any, claims: Claims) -> Denial:
    # Entra leaves the groups out beyond 200 and points elsewhere: their absence says nothing about the person.
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, Mapping) and any(str(name) in claim for name in elsewhere):
        return Denial.OVERAGE
    return Denial.MISSING if found is None or found in ("", []) else Denial.MALFORMED


def _worse(one: Denial, other: Denial) -> Denial:
    """The more telling of two reasons."""
    order = (Denial.MISSING, Denial.MALFORMED, Denial.OVERAGE, Denial.UNREADABLE)
    return max(one, other, key=order.index)
