"""The rules of the fields that cloud platforms add to an endpoint: how to authorise, region, project, role."""

import re
from collections.abc import Iterator
from typing import Protocol

from app.domain.credentials import Auth, uses_own_identity
from app.domain.errors import Invalid
from app.domain.platforms import Platform
from app.domain.roles import Actor, Role

SESSION_TOKEN_MAX = 4096
EXTERNAL_ID_MAX = 1224

_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+){0,4}")
_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_ACCESS_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")


class CloudFields(Protocol):
    """The fields looked at here; `session_token` is None to keep the stored one."""

    @property
    def auth(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def access_key_id(self) -> str: ...
    @property
    def session_token(self) -> str | None: ...
    @property
    def role_arn(self) -> str: ...
    @property
    def external_id(self) -> str: ...


def cloud_faults(draft: CloudFields, platform: Platform, host: str) -> Iterator[tuple[str, str]]:
    """Field and sentence for everything wrong; `host` is the one that requests go to, "" where it is not known."""
    if draft.auth not in platform.auths:
        listed = ", ".join(each.value for each in platform.auths)
        yield "auth", f"{platform.label} takes no “{draft.auth}”. Choose one of {listed}."
        return
    yield from _places(draft, platform)
    if Auth(draft.auth) in (Auth.ACCESS_KEY, Auth.ROLE):
        yield from _aws(draft)
    if draft.auth == Auth.AMBIENT and host and not host.endswith(platform.own_hosts):
        ends = " or ".join(platform.own_hosts)
        yield "base_url", f"What the process itself may do goes only to the provider's own hosts, which end in {ends}."


def _places(draft: CloudFields, platform: Platform) -> Iterator[tuple[str, str]]:
    if platform.needs_region and not draft.region:
        yield "region", "Type the region, such as eu-central-1 or europe-west4."
    elif draft.region and not _REGION.fullmatch(draft.region):
        yield "region", "A region is written in small letters, digits and dashes, such as eu-central-1."
    if platform.needs_project and not draft.project:
        yield "project", "Type the project's id."
    elif draft.project and not _PROJECT.fullmatch(draft.project):
        yield (
            "project",
            "A project's id has 6 to 30 small letters, digits and dashes. Its name and number are not meant.",
        )


def _aws(draft: CloudFields) -> Iterator[tuple[str, str]]:
    if draft.auth == Auth.ACCESS_KEY and not draft.access_key_id:
        yield "access_key_id", "Type the access key id; it goes with the secret access key."
    elif draft.access_key_id and not _ACCESS_KEY_ID.fullmatch(draft.access_key_id):
        yield (
            "access_key_id",
            "An access key id has 16 or more capital letters and digits, such as AKIA and what follows.",
        )
    token = draft.session_token or ""
    if len(token) > SESSION_TOKEN_MAX:
        yield "session_token", f"Use {SESSION_TOKEN_MAX} characters at most; these are {len(token)}."
    if not token.isascii() or any(not " " < each < "\x7f" for each in token):
        yield "session_token", "A session token has no spaces or line breaks. Copy it again."
    if draft.auth == Auth.ROLE and not draft.role_arn:
        yield "role_arn", "Type the role's ARN, such as arn:aws:iam::123456789012:role/name."
    elif draft.role_arn and not _ROLE_ARN.fullmatch(draft.role_arn):
        yield "role_arn", "That is no role's ARN. It looks like arn:aws:iam::123456789012:role/name."
    if draft.external_id and not _EXTERNAL_ID.fullmatch(draft.external_id):
        yield "external_id", "An external id has 2 to 1224 letters, digits and the characters + = , . @ : / -."


def check_identity(actor: Actor, draft: CloudFields) -> None:
    """Let only admins act in the name of Modelport's own process; raises Invalid."""
    if uses_own_identity(draft.auth, draft.access_key_id) and not actor.role.covers(Role.ADMIN):
        raise Invalid({"auth": ("Only admins may choose what Modelport's own process has. Ask one, or give a key.",)})
