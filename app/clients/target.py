"""Who is spoken to: one deployment with its address, its names and what proves us there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.credentials import Auth
from app.lib.tls import SYSTEM_ROOTS, TlsOptions
from app.lib.urls import Address


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Live credentials that sign requests to AWS."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A live OAuth 2 token."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a cloud platform wants to know beside the key.

    `auth` is the kind; the target's `api_key` is then the secret access key, or the service account's JSON.
    """

    region: str = ""
    project: str = ""
    auth: Auth = Auth.KEY
    access_key_id: str = ""
    session_token: str | None = field(default=None, repr=False)
    role_arn: str = ""
    external_id: str = ""


PLAIN_KEY = Cloud()


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment as a dialect speaks to it; nothing secret shows in a repr.

    `granted` are the live credentials that `clients/credentials` obtained for `cloud`, where it takes more than a key.
    """

    platform: str
    server: str
    address: Address
    served_name: str
    api_key: str | None = field(default=None, repr=False)
    key_header: str = "authorization"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_version: str = ""
    quirks: frozenset[str] = frozenset()
    tls: TlsOptions = SYSTEM_ROOTS
    cloud: Cloud = PLAIN_KEY
    granted: AwsKeys | AccessToken | None = field(default=None, repr=False)

    @property
    def carries_secret(self) -> bool:
        """Whether requests show who asks, which must not go over an open line to the outside."""
        # An extra header's value may be what a gateway asks for in place of a key.
        return bool(self.api_key) or bool(self.headers) or self.cloud.auth is not Auth.KEY

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be told: keys, tokens, and what was obtained with them."""
        found: list[str | None] = [self.api_key, self.cloud.session_token, self.tls.client_key]
        if isinstance(self.granted, AwsKeys):
            found += [self.granted.secret_access_key, self.granted.session_token]
        elif self.granted:
            found.append(self.granted.text)
        return tuple(each for each in found if each)
