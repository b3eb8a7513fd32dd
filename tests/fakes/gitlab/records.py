"""What the stand-in remembers, one class for each kind of thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.gitlab.ids import gid_of


@dataclass(slots=True)
class Model:
    """One self-hosted model; `family` is a key in lower case, `provider` one of API, BEDROCK, VERTEX_AI."""

    number: int
    name: str
    family: str
    provider: str
    endpoint: str | None
    identifier: str
    token: str
    created: datetime
    updated: datetime

    @property
    def gid(self) -> str:
        """Its global id."""
        return gid_of(self.number)


@dataclass(slots=True)
class Setting:
    """What one feature is given. GitLab keeps `model` (a number) when the feature is merely disabled."""

    feature: str
    provider: str = "unassigned"
    model: int | None = None
    managed: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One of GitLab's audit events; `target` is the model's name or "unknown"."""

    number: int
    author: str
    name: str
    text: str
    target: str
    target_type: str
    target_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is."""

    number: int = 1
    username: str = "root"
    name: str = "Administrator"
    is_admin: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; headers in lower case. `operation`: the first root field or the path behind /api/v4."""

    number: int
    method: str
    path: str
    operation: str
    headers: Mapping[str, str]
    name: str = ""
    query: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


class RefusedError(Exception):
    """What GitLab answers in a payload's `errors`, one string as it joins them."""


class CrashError(Exception):
    """What GitLab does not expect itself: its answer is status 500."""
