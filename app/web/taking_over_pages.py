"""What the page for taking over shows: each of GitLab's models with what may happen to it, and what comes along."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.data.facts import Facts
from app.domain.instance import InstanceFeature, Provider
from app.domain.platforms import OPENAI_COMPATIBLE, KeyUse
from app.domain.taking_over import Found, Match
from app.queries.taking_over import Offer
from app.services.taking_over import Wish, usual
from app.web.overview_pages import listed

MAKE, LINK, LEAVE = "make", "link", "leave"
ALL, SERVING, NONE = "all", "serving", "none"
CHANGED = "This changed while the page was open. Look at it again."
TYPED = ("api_key", "region", "project")
_LABELS = {
    "name": "Name", "base_url": "Address", "identifier": "Identifier", "family": "Family", "platform": "Platform",
    "auth": "How to authorise", "server": "Server",
}  # fmt: skip
Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One of GitLab's models. `id` is fit for HTML, `name` begins the names of its controls.

    `acts` pairs the value and the words of each thing that may happen to it, `act` is the chosen one; none where it is
    left in any case. `asks` are the fields of an endpoint made from it that GitLab does not tell, `errors` sentences
    by field, those without a control of their own at `act`.
    """

    found: Found
    id: str
    name: str
    words: str
    acts: tuple[tuple[str, str], ...]
    act: str
    asks: tuple[str, ...]
    region: str
    project: str
    errors: Errors


@dataclass(frozen=True, slots=True)
class Group:
    """Models that go with what is held here in one way; `folded` ones need nobody's attention."""

    slug: str
    title: str
    note: str
    lines: tuple[Line, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """One assignment that comes along: the feature's title, and what GitLab gives it."""

    title: str
    words: str


# Slug, title, what to know, the matches, and whether it opens only when somebody asks.
_GROUPS: tuple[tuple[str, str, str, tuple[Match, ...], bool], ...] = (
    (
        "maybe", "May be here already",
        "Linking keeps the endpoint as it is here; the next plan would make GitLab's model like it.",
        (Match.PLACE, Match.NAME), False,
    ),
    ("new", "New here", "An endpoint is made of each, not tested yet.", (Match.NEW,), False),
    ("same", "The same here", "Name, identifier and address agree. Linking changes neither side.", (Match.SAME,), True),
    (
        "twice", "Not to be told apart",
        "Several models in GitLab go by this name. Rename all but one there, then read GitLab again.",
        (Match.TWICE,), False,
    ),
    ("ours", "Lead to Modelport", "Through these GitLab calls Modelport; they are no endpoints.", (Match.OURS,), True),
    ("linked", "Linked already", "Both sides are known to be the same model.", (Match.LINKED,), True),
)  # fmt: skip


def groups(facts: Facts, offered: Offer, wishes: Mapping[str, Wish], errors: Errors) -> tuple[Group, ...]:
    """The models by how they go with what is held here, what has to be decided first."""
    by_match: defaultdict[Match, list[Line]] = defaultdict(list)
    for each in offered.models:
        by_match[each.match].append(_line(facts, each, wishes.get(each.model.id), errors))
    made = []
    for slug, title, note, matches, folded in _GROUPS:
        lines = tuple(line for match in matches for line in by_match[match])
        if lines:
            made.append(Group(slug, title, note, lines, folded and not any(line.errors for line in lines)))
    return tuple(made)


def proposed(offered: Offer, new: str) -> dict[str, Wish]:
    """What is proposed for each model by its id; `new` says which of those that are new here: all, serving or none."""
    serving = {each.model_id for each in offered.features}
    left = {
        each.model.id
        for each in offered.models
        if each.match is Match.NEW and (new == NONE or (new == SERVING and each.model.id not in serving))
    }
    return {wish.model_id: Wish(wish.model_id, skip=True) if wish.model_id in left else wish for wish in usual(offered)}


def posted(offered: Offer, form: Mapping[str, str]) -> tuple[dict[str, Wish], dict[str, tuple[str, ...]]]:
    """What the form wants of each model, by its id, and faults at fields named `<GitLab's id>.<field>`.

    A model that the form did not list is left as it is. One `server` answers for all that are OpenAI-compatible.
    """
    server = form.get("server", "")[:64]
    wishes: dict[str, Wish] = {}
    faults: dict[str, tuple[str, ...]] = {}
    for each in offered.models:
        key = each.model.id
        act = form.get(f"{key}.act", LEAVE)
        if act not in dict(_acts(each)) and act != LEAVE:
            faults[f"{key}.act"], act = (CHANGED,), LEAVE
        typed = {name: form.get(f"{key}.{name}", "") for name in TYPED}
        wishes[key] = Wish(
            key, link_to=each.endpoint_id if _links(act) else "", skip=act == LEAVE, server=server, **typed
        )
    return wishes, faults


def asks_server(groups: Sequence[Group]) -> bool:
    """Whether an endpoint may be made whose tiers go by the server behind its address."""
    lines = (line for group in groups for line in group.lines)
    return any(MAKE in dict(line.acts) and line.found.platform == OPENAI_COMPATIBLE for line in lines)


def coming(facts: Facts, features: Sequence[InstanceFeature]) -> tuple[Coming, ...]:
    """The assignments that come along, in words."""
    return tuple(Coming(facts.features[each.name].title, _given(each)) for each in features)


def has_models(features: Sequence[InstanceFeature]) -> bool:
    """Whether any of these assignments has a self-hosted model, which has to be taken note of."""
    return any(each.provider is Provider.SELF_HOSTED for each in features)


def titles(facts: Facts, names: Iterable[str]) -> tuple[str, ...]:
    """The titles of features, in their usual order."""
    wanted = frozenset(names)
    return tuple(feature.title for name, feature in facts.features.items() if name in wanted)


def _given(feature: InstanceFeature) -> str:
    if feature.provider is Provider.SELF_HOSTED:
        return feature.model_name or "A model that is gone"
    if feature.provider is Provider.DISABLED:
        return "Disabled"
    return f"GitLab's own model{f', {feature.managed}' if feature.managed else ''}"


def _line(facts: Facts, found: Found, wish: Wish | None, errors: Errors) -> Line:
    name, acts = found.model.id, tuple(_acts(found))
    return Line(
        found=found,
        id=re.sub(r"[^A-Za-z0-9]+", "-", name),
        name=name,
        words=_words(found),
        acts=acts,
        act=_act(found, wish),
        asks=_asks(facts, found) if MAKE in dict(acts) else (),
        region=wish.region if wish else "",
        project=wish.project if wish else "",
        errors=_faults(name, errors),
    )


def _faults(name: str, errors: Errors) -> Errors:
    """The faults of one model by its controls; those of what has no control stand at what happens to it."""
    own = {field.removeprefix(f"{name}."): said for field, said in errors.items() if field.startswith(f"{name}.")}
    told: dict[str, Sequence[str]] = {field: said for field, said in own.items() if field in TYPED}
    apart = [
        f"{_LABELS[field]}: {each}" if field in _LABELS else each
        for field, said in own.items()
        if field not in TYPED
        for each in said
    ]
    return {"act": apart, **told} if apart else told


def _acts(found: Found) -> Iterator[tuple[str, str]]:
    """What may happen to a model. A name that is taken here cannot be given to another endpoint."""
    if found.match in (Match.SAME, Match.PLACE, Match.NAME):
        yield f"{LINK}:{found.endpoint_id}", f"Link to {found.endpoint_name}"
    if found.match in (Match.NEW, Match.PLACE):
        yield MAKE, "Make an endpoint"
    if found.match in (Match.SAME, Match.PLACE, Match.NAME, Match.NEW):
        yield LEAVE, "Leave it"


def _act(found: Found, wish: Wish | None) -> str:
    if wish is None or wish.skip:
        return LEAVE
    return f"{LINK}:{found.endpoint_id}" if wish.link_to else MAKE


def _links(act: str) -> bool:
    return act.startswith(f"{LINK}:")


def _asks(facts: Facts, found: Found) -> tuple[str, ...]:
    platform = facts.platforms[found.platform]
    asked = (
        ("api_key", found.model.has_key or platform.key is KeyUse.REQUIRED),
        ("region", platform.needs_region),
        ("project", platform.needs_project),
    )
    return tuple(name for name, wanted in asked if wanted)


def _words(found: Found) -> str:
    """How it goes with what is held here, in a sentence."""
    differing = listed(found.differing, most=4)
    if found.match is Match.PLACE:
        return f"At the same place as {found.endpoint_name}, by another name."
    if found.match is Match.NAME:
        return f"The same name as {found.endpoint_name} here, but another {differing}."
    if found.match in (Match.SAME, Match.LINKED):
        return f"Here: {found.endpoint_name}{f', with another {differing}' if differing else ''}."
    return found.note
