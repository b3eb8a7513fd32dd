"""A dry run of the rules for outbound calls, as it is asked for and as it is told."""

from pydantic import Field

from app.api.bodies.common import Plain, Taken, Told


class NewEgressTrial(Taken):
    """The address, as it would be given for an endpoint."""

    address: Plain = Field(max_length=4096)


class EgressPlace(Told):
    """One address that the host leads to. `setting` admits it or would admit it; empty where there is none."""

    ip: str
    kind: str
    leads_to: list[str]
    allowed: bool
    rule: str
    sentence: str
    setting: str


class EgressTrialAnswer(Told):
    """What the rules say. `written` is empty where the address could not be read, `places` where it has none."""

    allowed: bool
    rule: str
    sentence: str
    cure: str
    written: str
    scheme: str
    host: str
    port: int
    path: str
    places: list[EgressPlace]
    proxied: bool
    keyless: str = Field(description="Why no key would go along; empty where one may.")
    forbidden_by: str = Field(description="The setting that would forbid the address.")
