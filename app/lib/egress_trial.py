"""What would become of a call to an address: looked up and judged by the same rules, and connected nowhere."""

from dataclasses import dataclass

from app.lib.budget import Budget
from app.lib.dial import Dial, resolve
from app.lib.egress import Admission, Refusal
from app.lib.http_errors import Code, OutboundError
from app.lib.networks import IP, Kind, embedded, kind_of
from app.lib.urls import Address

SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Place:
    """One address that the host leads to, with its verdict: one of `refusal` and `admission` is set.

    `inside` are the IPv4 addresses that an IPv6 address stands for. `ip` and `kind` are None where only the operator's
    proxy knows the name.
    """

    ip: IP | None
    kind: Kind | None
    inside: tuple[IP, ...]
    refusal: Refusal | None
    admission: Admission | None


@dataclass(frozen=True, slots=True)
class EgressTrial:
    """`failure` is set where the look-up failed, and then there is no place. One refused place refuses the address.

    `keyless`: why no key may go along. `proxied`: the operator's proxy would make the connection. `forbidden_by`: the
    line of the settings that would forbid the address whatever else holds.
    """

    places: tuple[Place, ...]
    failure: OutboundError | None = None
    keyless: Refusal | None = None
    proxied: bool = False
    forbidden_by: str = ""

    @property
    def refusal(self) -> Refusal | None:
        """The first, since one is enough."""
        return next((each.refusal for each in self.places if each.refusal), None)


def try_out(dial: Dial, address: Address, seconds: float = SECONDS) -> EgressTrial:
    """Look the host up within so many seconds and judge every answer."""
    budget = Budget(seconds, seconds)
    budget.enter(Code.DNS_TIMEOUT, seconds)
    ips: tuple[IP | None, ...]
    try:
        ips = resolve(address.host, address.port, budget)
    except OutboundError as error:
        if dial.proxy is None or error.code is not Code.DNS_FAILED:
            return EgressTrial((), failure=error)
        ips = (None,)
    keyless = next((found for ip in ips if (found := dial.policy.may_carry_key(address, ip))), None)
    places = tuple(_place(dial, address, ip) for ip in ips)
    forbidden_by = dial.policy.forbidding(address.host, address.port)
    return EgressTrial(places, keyless=keyless, proxied=dial.goes_by_proxy(ips), forbidden_by=forbidden_by)


def _place(dial: Dial, address: Address, ip: IP | None) -> Place:
    refusal = dial.policy.judge(ip, address.port, address.host)
    admission = None if refusal else dial.policy.admission(ip, address.port, address.host)
    kind, inside = (kind_of(ip), embedded(ip)) if ip else (None, ())
    return Place(ip, kind, inside, refusal, admission)
