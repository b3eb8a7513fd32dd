"""Taking over what a GitLab instance has: endpoints, links and assignments here; nothing is written to GitLab."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app.domain.assignments import Change, State
from app.domain.endpoints import MOST_AT_ONCE, EndpointDraft, name_key
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.instance import InstanceFeature, Provider
from app.domain.plans import UNKNOWN_KEY, endpoint_subject
from app.domain.platforms import OPENAI_COMPATIBLE, OTHER_SERVER
from app.domain.roles import Actor
from app.domain.taking_over import Found, Match
from app.models.endpoint import Endpoint
from app.models.instance import ONLY, Instance
from app.queries import taking_over as query
from app.queries.instance import actual_in
from app.queries.taking_over import Offer, links_in
from app.services import assignments, discovery, endpoints, instance_links, instance_reads, syncing
from app.services.ports import Ports

NOT_READ = "GitLab was not read yet. Read it first, then look at what there is to take over."
NOTE = "Take note that quality, cost and residency of models below the tier “supported” are yours to validate."
SAME_NAME = "An endpoint here has this name and is another model's in GitLab. Rename one of the two."
TAKEN = "Another model in GitLab is this endpoint's already."
# Those that are known here, those that lead here, and those that cannot be told apart are no endpoints to be made.
NEVER = frozenset({Match.OURS, Match.TWICE, Match.LINKED})
_STATES = {Provider.DISABLED: State.DISABLED, Provider.VENDORED: State.MANAGED, Provider.SELF_HOSTED: State.ENDPOINT}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of one model: an endpoint made of it, a link to one that is there, or neither.

    The fields are what GitLab does not tell and an endpoint may need; `server` "" stands for one that nobody named.
    """

    model_id: str
    link_to: str = ""
    skip: bool = False
    api_key: str = field(default="", repr=False)
    region: str = ""
    project: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What came of it: endpoints made and linked by their ids, features given, and those left out with the reason."""

    made: tuple[str, ...]
    linked: tuple[str, ...]
    features: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def usual(offered: Offer) -> tuple[Wish, ...]:
    """What is proposed: link what is the same, make what is new, leave what cannot be told apart."""
    return tuple(
        Wish(
            each.model.id,
            link_to=each.endpoint_id if each.match in (Match.SAME, Match.PLACE, Match.NAME) else "",
            skip=each.match in NEVER,
        )
        for each in offered.models
    )


def faults(ports: Ports, offered: Offer, wishes: Sequence[Wish]) -> Mapping[str, tuple[str, ...]]:
    """What is to be mended before these wishes come true, by `<GitLab's id>.<field>`; {} for nothing."""
    try:
        _drafts(ports, _fresh(_chosen(offered, wishes)))
    except Invalid as error:
        return error.fields
    return {}


def take_over(
    ports: Ports, actor: Actor, wishes: Sequence[Wish], *, with_features: bool, acknowledged: bool
) -> TakenOver:
    """Make endpoints and links, then give the features that nobody touched here what GitLab gives them.

    Whatever broke off is completed by doing it again: what was made is found to be the same. Raises Invalid, with
    fields named `<GitLab's id>.<field>`, NotFound.
    """
    offered = query.offer(ports.store, ports.facts, instance_reads.url_of(ports), ports.origin)
    if offered is None:
        raise NotFound(NOT_READ)
    features = offered.features if with_features else ()
    if not acknowledged and any(each.provider is Provider.SELF_HOSTED for each in features):
        raise Invalid({"acknowledged": (NOTE,)})
    chosen = _chosen(offered, wishes)
    _refuse_links(ports, chosen)
    drafts = _drafts(ports, _fresh(chosen))
    linked = [(each, wish.link_to) for each, wish in chosen if wish.link_to]
    _link(ports, linked)
    made = [*_make(ports, actor, drafts)]
    given, left_out = _give(ports, actor, features)
    _settle(ports)
    return TakenOver(tuple(made), tuple(endpoint_id for _, endpoint_id in linked), given, left_out)


def _chosen(offered: Offer, wishes: Sequence[Wish]) -> list[tuple[Found, Wish]]:
    found = {each.model.id: each for each in offered.models if each.match not in NEVER}
    return [(found[wish.model_id], wish) for wish in wishes if wish.model_id in found and not wish.skip]


def _fresh(chosen: Sequence[tuple[Found, Wish]]) -> list[tuple[Found, Wish]]:
    return [(each, wish) for each, wish in chosen if not wish.link_to]


def _refuse_links(ports: Ports, chosen: Sequence[tuple[Found, Wish]]) -> None:
    """Raise NotFound for an endpoint that is gone, Invalid for one that is another model's."""
    wanted = [(each.model.id, wish.link_to) for each, wish in chosen if wish.link_to]
    with ports.store.read() as session:
        held = set(session.scalars(select(Endpoint.id).where(Endpoint.id.in_([endpoint for _, endpoint in wanted]))))
        taken = Counter(endpoint for _, endpoint in wanted) + Counter(links_in(session).values())
    if any(endpoint not in held for _, endpoint in wanted):
        raise NotFound("There is no such endpoint any more.")
    if faults := {f"{model}.link_to": (TAKEN,) for model, endpoint in wanted if taken[endpoint] > 1}:
        raise Invalid(faults)


def _drafts(ports: Ports, chosen: Sequence[tuple[Found, Wish]]) -> list[tuple[Found, EndpointDraft]]:
    """All of them without a fault, or Invalid with the faults of all."""
    drafts: list[tuple[Found, EndpointDraft]] = []
    faults: dict[str, tuple[str, ...]] = {}
    with ports.store.read() as session:
        names = set(session.scalars(select(Endpoint.name_key)))
    added = discovery.local(ports)
    for each, wish in chosen:
        draft = _draft(ports, each, wish, added)
        if name_key(draft.name) in names:
            faults[f"{each.model.id}.name"] = (SAME_NAME,)
        try:
            endpoints.check(ports, draft)
        except Invalid as error:
            faults |= {f"{each.model.id}.{name}": sentences for name, sentences in error.fields.items()}
        drafts.append((each, draft))
    if faults:
        raise Invalid(faults)
    return drafts


def _draft(ports: Ports, each: Found, wish: Wish, added: discovery.Local) -> EndpointDraft:
    values = each.model.values
    server = (wish.server or OTHER_SERVER) if each.platform == OPENAI_COMPATIBLE else ""
    served = values.identifier.partition("/")[2] or values.identifier
    _, model = discovery.suggest(ports, each.platform, server, served, added)
    return EndpointDraft(
        name=values.name,
        platform=each.platform,
        # GitLab does not know which server answers there: whoever does, chooses it on the endpoint's page.
        server=server,
        base_url=each.base_url,
        identifier=values.identifier,
        model=model.value if model else "",
        family=each.family,
        api_key=wish.api_key.strip(),
        region=wish.region.strip(),
        project=wish.project.strip(),
    )


def _make(ports: Ports, actor: Actor, drafts: Sequence[tuple[Found, EndpointDraft]]) -> Iterator[str]:
    for start in range(0, len(drafts), MOST_AT_ONCE):
        some = drafts[start : start + MOST_AT_ONCE]
        ids = endpoints.create_several(ports, actor, [draft for _, draft in some])
        _link(ports, [(each, endpoint_id) for (each, _), endpoint_id in zip(some, ids, strict=True)])
        yield from ids


def _link(ports: Ports, pairs: Sequence[tuple[Found, str]]) -> None:
    with ports.store.write() as session:
        for each, endpoint_id in pairs:
            key = UNKNOWN_KEY if each.model.has_key else ""
            instance_links.link_to(session, endpoint_subject(endpoint_id), each.model, key)


def _give(
    ports: Ports, actor: Actor, features: Sequence[InstanceFeature]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    with ports.store.read() as session:
        links: Mapping[str, str] = links_in(session)
    given, left_out = [], []
    for each in features:
        endpoint_id = links.get(each.model_id, "")
        if each.provider is Provider.SELF_HOSTED and not endpoint_id:
            left_out.append((each.name, f"{each.model_name or 'Its model'} was not taken over."))
            continue
        # One by one, as a person would: GitLab is served like this already, whether or not it was measured here.
        try:
            assignments.change(
                ports, actor, Change(each.name, 0, _STATES[each.provider], endpoint_id, acknowledged=True)
            )
        except Conflict as error:
            left_out.append((each.name, str(error)))
        except Invalid as error:
            left_out.append((each.name, " ".join(words for sentences in error.fields.values() for words in sentences)))
        else:
            given.append(each.name)
    return tuple(given), tuple(left_out)


def _settle(ports: Ports) -> None:
    plan = syncing.plan(ports)
    with ports.store.read() as session:
        actual = actual_in(session, instance_reads.url_of(ports))
    if plan is not None and actual is not None:
        instance_links.settle(ports, plan, actual)
    with ports.store.write() as session:
        if row := session.get(Instance, ONLY):
            row.taken_over_at = ports.clock()
