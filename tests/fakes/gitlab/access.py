"""Who is asking, and what that allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.fakes.gitlab.state import State

NOT_YOURS = (
    "The resource that you are attempting to access does not exist or you don't have permission to perform this action"
)
READING = frozenset({"api", "read_api"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One authorised request, or an anonymous one; GraphQL answers both."""

    state: State
    is_anonymous: bool = False

    @property
    def author(self) -> str:
        """Who stands in the audit log."""
        return self.state.account.name

    @property
    def may_read(self) -> bool:
        """Whether the lists of models and features are shown."""
        return not self.is_anonymous and self.state.account.is_admin and self.state.licensed

    @property
    def may_change(self) -> bool:
        """Whether mutations are carried out."""
        return self.may_read and "api" in self.state.scopes


def token_in(headers: Mapping[str, str]) -> str:
    """The token of a request, from either header in lower case; "" without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("private-token", "")


def leaks(token: str, path: str, body: str) -> list[str]:
    """What of a request shows a token where logs would keep it."""
    query = parse_qs(urlsplit(path).query)
    found = [f"{name} in the address" for name in ("private_token", "access_token", "job_token") if name in query]
    if token in path and not found:
        found.append("the token in the address")
    if token in body:
        found.append("the token in the body")
    return found
