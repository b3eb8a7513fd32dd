"""Platforms and servers: how a model server is spoken to, and what answers behind an OpenAI-compatible address."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.credentials import Auth
from app.domain.sources import Source

OPENAI_COMPATIBLE = "openai_compatible"
OTHER_SERVER = "other"


class KeyUse(StrEnum):
    """Whether a server asks for a key."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LongForm:
    """A name with its own, longer prefix: Bedrock's inference profiles go by `bedrock/converse/<arn>`."""

    starts: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Platform:
    """One way of speaking to a model server.

    `prefix` begins its identifiers; `gitlab_platform` is GitLab's enum value; `takes_endpoint` is False where GitLab
    asks for no address, `completed_path` what its gateway adds to one by itself. `auths` are the ways to authorise,
    its own first; `own_hosts` are the ends of host names that belong to the provider alone, `global_url` the address
    where no region stands in it.
    """

    slug: str
    label: str
    hint: str
    prefix: str
    gitlab_platform: str
    takes_endpoint: bool
    url_pattern: str
    key_header: str
    key: KeyUse
    name_word: str
    example: str
    validated: bool
    source: Source
    completed_path: str = ""
    long_forms: tuple[LongForm, ...] = ()
    auths: tuple[Auth, ...] = (Auth.KEY,)
    needs_region: bool = False
    needs_project: bool = False
    own_hosts: tuple[str, ...] = ()
    global_url: str = ""

    def address_in(self, region: str) -> str:
        """The pattern of its address, with the region in it where one is given."""
        if region == "global" and self.global_url:
            return self.global_url
        return self.url_pattern.replace("REGION", region) if region else self.url_pattern


@dataclass(frozen=True, slots=True)
class Server:
    """What answers behind an OpenAI-compatible address. `port` is the usual one; `validated`: tested by GitLab;
    `remarks` are what people trip over with it, a sentence each.
    """

    slug: str
    label: str
    hint: str
    url_pattern: str
    key_header: str
    key: KeyUse
    validated: bool
    source: Source
    port: int | None = None
    remarks: tuple[str, ...] = ()


def host_of(platform: str, server: str) -> str:
    """The host half of a pairing: the server where the platform is OpenAI-compatible, else the platform."""
    if platform != OPENAI_COMPATIBLE:
        return platform
    return server or OTHER_SERVER
