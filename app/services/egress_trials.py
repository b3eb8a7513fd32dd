"""Would this address be called, and by which rule: the dry run for people, programs and the command line."""

from dataclasses import dataclass

from app.domain.roles import Actor
from app.lib import urls
from app.lib.egress_trial import EgressTrial, Place
from app.lib.http import Door
from app.services import probes
from app.services.ports import Ports

NOT_READ = "It is not taken as the address of a server."


@dataclass(frozen=True, slots=True)
class PlaceVerdict:
    """One address that the host leads to; `ip` is empty where only the proxy knows it, `leads_to` in most cases.

    `setting` is what admits it or would admit it, empty where there is none.
    """

    ip: str
    kind: str
    leads_to: tuple[str, ...]
    allowed: bool
    rule: str
    sentence: str
    setting: str


@dataclass(frozen=True, slots=True)
class AddressTrial:
    """`written` is the address as it was understood, empty where it was not; the rest of the parts then are, too.

    `rule` decided: a rule of spelling, of the look-up, or of the first place that is refused. `cure` says what would
    admit the address, `forbidden_by` what would forbid it. `keyless`: why no key would go along, empty where one may.
    """

    allowed: bool
    rule: str
    sentence: str
    cure: str = ""
    written: str = ""
    scheme: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    places: tuple[PlaceVerdict, ...] = ()
    proxied: bool = False
    keyless: str = ""
    forbidden_by: str = ""


def try_for(ports: Ports, actor: Actor, text: str) -> AddressTrial:
    """The same for somebody who asks, within the limit of their tests; raises Busy."""
    probes.count_search(ports, actor)
    return try_address(ports.door, text)


def try_address(door: Door, text: str) -> AddressTrial:
    """Read the address, look its host up and judge every answer; nothing is connected and nothing sent."""
    try:
        address = urls.parse(text)
    except urls.BadAddress as error:
        return AddressTrial(False, error.code, error.message, NOT_READ)
    trial = door.try_out(address)
    allowed, rule, sentence, cure = _decided(trial)
    return AddressTrial(
        allowed,
        rule,
        sentence,
        cure,
        written=str(address),
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        path=address.path,
        places=tuple(map(_told, trial.places)),
        proxied=trial.proxied,
        keyless=trial.keyless.sentence if trial.keyless else "",
        forbidden_by=trial.forbidden_by,
    )


def _decided(trial: EgressTrial) -> tuple[bool, str, str, str]:
    if trial.failure:
        cure = "The rules judge addresses, so there is nothing to judge before the name has one."
        return False, trial.failure.code.value, trial.failure.sentence, cure
    if refusal := trial.refusal:
        return False, refusal.rule, refusal.sentence, refusal.cure
    (first, *_) = (each.admission for each in trial.places if each.admission)
    return True, first.rule, first.sentence, ""


def _told(place: Place) -> PlaceVerdict:
    found = place.refusal or place.admission
    assert found
    return PlaceVerdict(
        ip=str(place.ip or ""),
        kind=str(place.kind or "").replace("_", " "),
        leads_to=tuple(map(str, place.inside)),
        allowed=place.refusal is None,
        rule=found.rule,
        sentence=found.sentence,
        setting=found.setting or "",
    )
