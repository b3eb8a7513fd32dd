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
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person; identity is issuer and subject, never a name or an e-mail address."""

    issuer: str
    subject: str
    name: str
    role: Role
    groups: tuple[str, ...] = ()
    session_id: str | None = None

    @property
    def key(self) -> str:
        """The identity as one string, for rows that name a person."""
        return f"{self.issuer} {self.subject}"


SYSTEM = Actor(issuer="modelport", subject="system", name="Modelport", role=Role.ADMIN)
