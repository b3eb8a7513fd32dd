"""An endpoint as it is sent and as it is answered. Types alone are read here; the rules stand in app/domain."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.api.bodies.common import Id, Paged, Plain, Stored, Taken, Told
from app.domain import notices
from app.domain.breaker import BreakerState
from app.domain.endpoints import EndpointDraft
from app.domain.platforms import OPENAI_COMPATIBLE, OTHER_SERVER
from app.domain.tiers import Tier
from app.queries.breakers import BreakerRecord
from app.queries.endpoints import SEARCH_MAX, EndpointRecord, Filter

# Long enough for any of ours; what is unknown is repeated in the answer.
Slug = Annotated[str, StringConstraints(max_length=255)]
SECRETS = ("api_key", "session_token", "client_key")
_NOTHING = EndpointDraft()
# Where nothing is stored, a secret that is left out is none.
_NEW = EndpointDraft(server=OTHER_SERVER, api_key="", session_token="", client_key="")


class EndpointFields(Taken):
    """What may be set. Null clears a field; of the secrets, which are never answered, null and "" remove what is
    stored and a name that is left out keeps it.
    """

    name: str | None = None
    platform: Slug | None = None
    server: Slug | None = None
    base_url: str | None = None
    identifier: str | None = None
    model: Slug | None = None
    family: Slug | None = None
    owner: str | None = None
    api_version: str | None = None
    key_header: str | None = None
    headers: dict[str, str | None] | None = Field(
        None, description='Merged name by name; null takes one away, "" keeps the stored value.'
    )
    quirks: list[str] | None = None
    api_key: str | None = Field(None, json_schema_extra={"writeOnly": True})
    auth: str | None = None
    region: str | None = None
    project: str | None = None
    access_key_id: str | None = None
    session_token: str | None = Field(None, json_schema_extra={"writeOnly": True})
    role_arn: str | None = None
    external_id: str | None = None
    ca_pem: Plain | None = None
    client_certificate: Plain | None = None
    client_key: Plain | None = Field(None, json_schema_extra={"writeOnly": True})
    tls_server_name: Plain | None = None

    def over(self, before: EndpointDraft) -> EndpointDraft:
        """The draft with these fields merged into it (RFC 7396)."""
        given = {name: getattr(self, name) for name in self.model_fields_set & _FIELDS}
        changed: dict[str, Any] = {name: _value(name, value, before) for name, value in given.items()}
        if changed.get("platform", before.platform) != before.platform:
            # What goes with the platform starts anew, unless it is named as well.
            own_server = OTHER_SERVER if changed["platform"] == OPENAI_COMPATIBLE else ""
            changed = {"server": own_server, "auth": "", **changed}
        return replace(before, **changed)


class NewEndpoint(EndpointFields):
    """An endpoint to add."""

    model_config = ConfigDict(json_schema_extra={"required": ["name", "base_url", "identifier"]})


class Disabling(Taken):
    """What takes the endpoint's place, where features use it; that is an admin's to say."""

    replacement_id: Id = ""
    acknowledged: bool = False


class EndpointFilter(Paged):
    """The list's filter; what is left out does not narrow."""

    q: str = Field("", max_length=SEARCH_MAX, description="Words in name, identifier, address or model.")
    platform: str = Field("", max_length=255)
    tier: Literal["", "supported", "compatible", "other"] = ""
    verdict: Literal["", "passed", "warned", "failed", "unknown", "untested"] = ""
    owner: str = Field("", max_length=255)

    def filter(self) -> Filter:
        """As the queries take it."""
        return Filter(q=self.q, platform=self.platform, tier=self.tier, verdict=self.verdict, owner=self.owner)


class BreakerAnswer(Told):
    """Whether feature calls go to an endpoint: `open` leaves it alone, `half_open` has one call try it."""

    state: BreakerState
    since: datetime | None = Field(description="Null while it is closed.")
    reason: str = Field(description="A code for the failure that opened it; empty while it is closed.")
    retry_at: datetime | None = Field(description="From when on one call tries the endpoint again.")


class EndpointAnswer(Stored):
    """An endpoint. Of its secrets it says that they are set, of its extra headers the names."""

    slug: str
    name: str
    platform: str
    server: str
    base_url: str
    identifier: str
    served_name: str
    model: str
    family: str
    owner: str
    api_version: str
    key_header: str
    headers: dict[str, str] = Field(description="Empty texts: values may be secrets, and are never answered.")
    quirks: list[str]
    has_key: bool
    key_fingerprint: str
    key_set_at: datetime | None
    auth: str
    region: str
    project: str
    access_key_id: str
    has_session_token: bool
    role_arn: str
    external_id: str
    ca_pem: str
    client_certificate: str
    has_client_key: bool
    tls_server_name: str
    enabled: bool
    tier: str
    tier_reasons: list[str]
    notice: str = Field(description="What the tier does not promise; empty for a supported one.")
    verdict: str = Field(description="Of the last test; empty before the first one.")
    probe_id: str | None
    probed_at: datetime | None
    breaker: BreakerAnswer

    @classmethod
    def of(cls, record: EndpointRecord, breaker: BreakerRecord) -> "EndpointAnswer":
        """A record as it is answered."""
        headers = dict.fromkeys(record.headers, "")
        made = {"headers": headers, "notice": notices.notice(Tier(record.tier)), "breaker": asdict(breaker)}
        return cls(**asdict(record) | made)


def draft_of(record: EndpointRecord) -> EndpointDraft:
    """A stored endpoint as a draft that keeps its secrets."""
    kept: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS if name not in SECRETS}
    return EndpointDraft(**kept | dict.fromkeys(SECRETS) | {"headers": dict.fromkeys(record.headers)})


def new_draft(given: EndpointFields) -> EndpointDraft:
    """What was sent for an endpoint that is not there yet; what was left out is at its default."""
    return given.over(_NEW)


_FIELDS = frozenset(EndpointDraft.__dataclass_fields__)


def _value(name: str, value: Any, before: EndpointDraft) -> Any:
    """One field's new value as a draft has it."""
    if name in SECRETS:
        return value or ""
    if value is None:
        return getattr(_NOTHING, name)
    if name == "headers":
        return _merged(before.headers, value)
    return tuple(value) if name == "quirks" else value


def _merged(before: Mapping[str, str | None], given: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """What is sent as it was answered, with an empty value, keeps what is stored."""
    kept = {name: value for name, value in before.items() if name not in given}
    typed = {name: value or (None if name in before else "") for name, value in given.items() if value is not None}
    return {**kept, **typed}
