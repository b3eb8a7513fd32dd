"""`sync take-over`: endpoints and assignments made of what GitLab has, as far as that can be done without a page."""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.cli.console import OK, WRONG, Refused, answer, say
from app.cli.installation import operator
from app.cli.sync_words import plain
from app.cli.tables import table
from app.domain.errors import Invalid
from app.domain.instance import Provider
from app.domain.planning import told
from app.domain.taking_over import Found, Match
from app.queries import taking_over as query
from app.queries.taking_over import KeyMissing, Offer
from app.services import instance_reads, taking_over
from app.services.ports import Ports
from app.services.taking_over import TakenOver

HEADS = ("MODEL IN GITLAB", "BECOMES", "NOTE")
FEATURE_HEADS = ("FEATURE", "IS GIVEN")
KEYS_TOLD = 1000
NOTHING = TakenOver((), (), (), ())
BECOMES = {
    Match.LINKED: "linked already with {name}",
    Match.SAME: "linked with {name}",
    Match.PLACE: "linked with {name}",
    Match.NAME: "linked with {name}",
    Match.NEW: "a new endpoint",
    Match.OURS: "nothing: it leads to Modelport",
    Match.TWICE: "nothing: another one has its name",
}
Faults = Mapping[str, Mapping[str, Sequence[str]]]


def execute(ports: Ports, arguments: argparse.Namespace) -> int:
    """Show what is or would be made; 1 where something had to be left out. Raises Refused."""
    offered = query.offer(ports.store, ports.facts, instance_reads.url_of(ports), ports.origin)
    assert offered is not None  # it was read a moment ago
    wishes = taking_over.usual(offered)
    faults = _by_model(taking_over.faults(ports, offered, wishes))
    if not arguments.json:
        _show(ports, offered, faults, with_features=not arguments.no_features)
    taken = NOTHING
    if not arguments.dry_run:
        _refuse_unacknowledged(offered, arguments)
        good = [each for each in wishes if each.model_id not in faults]
        try:
            taken = taking_over.take_over(
                ports, operator(), good, with_features=not arguments.no_features, acknowledged=True
            )
        except Invalid as error:
            raise Refused(*(plain(f"{name}: {' '.join(said)}") for name, said in error.fields.items())) from error
    _conclude(ports, offered, faults, taken, arguments)
    return WRONG if faults or taken.left_out else OK


def _by_model(faults: Mapping[str, Sequence[str]]) -> Faults:
    found: defaultdict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for place, sentences in faults.items():
        model_id, _, name = place.partition(".")
        found[model_id][name] = sentences
    return found


def _refuse_unacknowledged(offered: Offer, arguments: argparse.Namespace) -> None:
    served = any(each.provider is Provider.SELF_HOSTED for each in offered.features)
    if served and not (arguments.acknowledge or arguments.no_features):
        raise Refused(taking_over.NOTE, "--acknowledge does so; --no-features takes over the models alone.")


def _show(ports: Ports, offered: Offer, faults: Faults, *, with_features: bool) -> None:
    if not offered.models:
        print("GitLab has no self-hosted model.", flush=True)
    else:
        rows = [_row(each, faults.get(each.model.id, {})) for each in offered.models]
        print(table(HEADS, rows), flush=True)
    if with_features and offered.features:
        features = ports.facts.features
        given = [(features[each.name].title, plain(told(each))) for each in offered.features]
        print(table(FEATURE_HEADS, given), flush=True)


def _row(found: Found, faults: Mapping[str, Sequence[str]]) -> tuple[str, str, str]:
    name = plain(found.model.values.name)
    if faults:
        return name, "nothing: see the note", plain(" ".join(_sentences(faults)))
    differing = f"Differs in: {', '.join(found.differing)}." if found.differing else ""
    becomes = BECOMES[found.match].format(name=found.endpoint_name)
    return name, becomes, plain(" ".join(filter(None, (differing, found.note))))


def _sentences(faults: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, sentences in faults.items():
        yield f"{name}: {' '.join(sentences)}"


def _conclude(ports: Ports, offered: Offer, faults: Faults, taken: TakenOver, arguments: argparse.Namespace) -> None:
    keys = _keys_missing(ports, offered, faults, dry_run=arguments.dry_run)
    if arguments.json:
        answer(_data(offered, faults, taken, keys, arguments))
        return
    titles = ports.facts.features
    for feature, reason in taken.left_out:
        say(plain(f"{titles[feature].title} was left as it is: {reason}"))
    if keys:
        names = plain(", ".join(each.name for each in keys))
        say(f"GitLab does not hand out keys. Type them here on the endpoints' pages: {names}.")
    if arguments.dry_run:
        say("Nothing was taken over.")
    else:
        say(f"Made: {len(taken.made)}. Linked: {len(taken.linked)}. Features given: {len(taken.features)}.")


def _keys_missing(ports: Ports, offered: Offer, faults: Faults, *, dry_run: bool) -> Sequence[KeyMissing]:
    """Endpoints without the key that GitLab has; before they are made they have no id."""
    missing = query.keys_missing(ports.store, KEYS_TOLD)
    if not dry_run:
        return missing
    new = [each.model for each in offered.models if each.match is Match.NEW and each.model.id not in faults]
    return (*missing, *(KeyMissing("", model.values.name) for model in new if model.has_key))


def _data(
    offered: Offer, faults: Faults, taken: TakenOver, keys: Sequence[KeyMissing], arguments: argparse.Namespace
) -> dict[str, Any]:
    features = () if arguments.no_features else offered.features
    return {
        "dry_run": arguments.dry_run,
        "models": [_model_data(each, faults.get(each.model.id, {})) for each in offered.models],
        "features": [{"name": each.name, "given": plain(told(each))} for each in features],
        "made": taken.made,
        "linked": taken.linked,
        "given": taken.features,
        "left_out": [{"feature": feature, "reason": plain(reason)} for feature, reason in taken.left_out],
        "keys_missing": [{"endpoint_id": each.endpoint_id, "name": plain(each.name)} for each in keys],
    }


def _model_data(found: Found, faults: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "id": plain(found.model.id),
        "name": plain(found.model.values.name),
        "match": found.match.value,
        "endpoint_id": found.endpoint_id,
        "differing": found.differing,
        "faults": {name: [plain(each) for each in sentences] for name, sentences in faults.items()},
    }
