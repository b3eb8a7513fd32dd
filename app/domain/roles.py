"""Who acts and what their role covers."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The three roles, weakest first; a stronger one may do all that a weaker one may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, other: "Role") -> bool:
        """Tell whether this role may do what `other` may."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or a program by its token; identity is issuer and subject, never a name or an address.

    `maker` is the identity key of the person who made a program's token, "" for whoever is signed in.
    """

    issuer: str
    subject: str
    name: str
    role: Role
    groups: tuple[str, ...] = ()
    session_id: str | None = None
    maker: str = ""

    @property
    def key(self) -> str:
        """The identity as one string, for rows that name a person."""
        return identity_key(self.issuer, self.subject)

    @property
    def person(self) -> str:
        """Who speaks in the catalogue: one and the same person on the page and through all tokens that they made."""
        return self.maker or self.key


def identity_key(issuer: str, subject: str) -> str:
    """Issuer and subject as one string."""
    return f"{issuer} {subject}"


def beyond(role: Role | None) -> tuple[Role, ...]:
    """The roles that may do more than `role`; all of them where it is None."""
    return tuple(each for each in Role if role is None or not role.covers(each))


SYSTEM = Actor(issuer="modelport", subject="system", name="Modelport", role=Role.ADMIN)
