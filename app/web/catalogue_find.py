"""What the catalogue's finder asks for: its state in the address, and the answer in a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from flask import request, url_for

from app.data.facts import Facts
from app.domain.families import ReleaseState
from app.domain.features import Column
from app.domain.hardware import Gpus, read_gpus
from app.domain.listings import Level, listed_for
from app.domain.tiers import Tier
from app.queries import catalogue as query
from app.queries.catalogue import Wanted
from app.web.context import ports
from app.web.filters import figure
from app.web.numbers import whole_number

MOST_COMPARED = 4
CONTEXTS = (8_192, 16_384, 32_768, 65_536, 131_072, 200_000)
TIERS = [("", "Any"), *((tier.value, tier.label) for tier in Tier)]
# GitLab's least level is the least that can be stated at all.
LEVELS = [("", "Any level"), (Level.PARTIAL.value, "Partial or full"), (Level.FULL.value, "Full")]
_LEVEL_WORDS = {value: words.lower() for value, words in LEVELS if value}
SORTS = [
    ("", "Best first"),
    ("rating", "Rating"),
    ("votes", "Votes"),
    ("size", "Size, smallest first"),
    ("context", "Context, longest first"),
    ("name", "Name"),
]
GPU_EXAMPLES = ("1x H100 80 GB", "2x H100 80 GB", "4x H100 80 GB", "2x A100 40 GB", "4x A100 80 GB", "2x L40S 48 GB")


@dataclass(frozen=True, slots=True)
class Finder:
    """The finder's fields as typed and chosen. `want` is a column of GitLab's table or a feature; `ids` are the
    entries that were ticked to be compared.
    """

    q: str = ""
    host: str = ""
    want: str = ""
    level: str = ""
    gpus: str = ""
    tier: str = ""
    family: str = ""
    context: int = 0
    open: str = ""
    sort: str = ""
    page: int = 1
    ids: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order, the page and what is ticked was chosen."""
        return replace(self, sort="", page=1, ids=()) != Finder()

    @property
    def has_more(self) -> bool:
        """Whether one of the fields was used that are folded away at first."""
        return bool(self.tier or self.family or self.context or self.open or self.sort)


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: the words of its chip, and of the sentence for one entry and for several."""

    field: str
    chip: str
    one: str
    several: str


def finder(hosts: Mapping[str, str]) -> Finder:
    """What the address asks for; values that make no sense count as not given. `hosts` are labels by slug."""
    facts, args = ports().facts, request.args
    want = args.get("want", "")
    return Finder(
        q=args.get("q", "").strip()[:200],
        host=_known("host", hosts),
        want=want if want in facts.features or want in list(Column) else "",
        level=_known("level", [value for value, _ in LEVELS]),
        gpus=args.get("gpus", "").strip()[:40],
        tier=_known("tier", list(Tier)),
        family=_known("family", facts.families),
        context=min(whole_number(args.get("context"), 0, digits=7), max(CONTEXTS)),
        open="y" if args.get("open") == "y" else "",
        sort=_known("sort", query.SORTS),
        page=max(1, whole_number(args.get("page"), 1, digits=6)),
        ids=tuple(dict.fromkeys(each[:64] for each in args.getlist("id") if each))[: MOST_COMPARED + 1],
    )


def _known(name: str, values: Any) -> str:
    given = request.args.get(name, "")
    return given if given in values else ""


def gpus_of(wanted: Finder) -> tuple[Gpus | None, str]:
    """The GPUs that were typed, or why they cannot be read."""
    try:
        return read_gpus(wanted.gpus), ""
    except ValueError as error:
        return None, str(error)


def column_of(facts: Facts, want: str) -> str:
    """The column of GitLab's table under which a feature, or the column itself, is read."""
    return facts.features[want].column.value if want in facts.features else want


def to_query(facts: Facts, wanted: Finder, gpus: Gpus | None) -> Wanted:
    """The same for the query."""
    column = column_of(facts, wanted.want)
    return Wanted(
        q=wanted.q,
        host=wanted.host,
        family=wanted.family,
        tier=wanted.tier,
        column=column,
        listed=listed_for(facts.models.values(), column),
        level=wanted.level,
        context=wanted.context,
        open_weights=bool(wanted.open),
        gpus=gpus,
        sort=wanted.sort,
        page=wanted.page,
    )


def address(wanted: Finder, **changes: Any) -> str:
    """The address of the finder with some of its state changed; what is at its default is left out."""
    state, default = replace(wanted, **changes), Finder()
    given = {each.name: getattr(state, each.name) for each in fields(state)}
    kept = {name: value for name, value in given.items() if value != getattr(default, name)}
    return url_for("catalogue.index", **({"id": kept.pop("ids")} if "ids" in kept else {}), **kept)


def parts(facts: Facts, hosts: Mapping[str, str], wanted: Finder, gpus: Gpus | None) -> tuple[Part, ...]:
    """Every condition in words, in the order of the finder."""
    return tuple(_parts(facts, hosts, wanted, gpus))


def _parts(facts: Facts, hosts: Mapping[str, str], wanted: Finder, gpus: Gpus | None) -> Iterator[Part]:
    if wanted.q:
        yield Part("q", f"“{wanted.q}”", f"matches “{wanted.q}”", f"match “{wanted.q}”")
    if wanted.host:
        label = hosts[wanted.host]
        yield Part("host", label, f"runs on {label}", f"run on {label}")
    if wanted.want:
        words = _stated(facts, wanted)
        yield Part("want", _wanted_words(facts, wanted), f"is {words}", f"are {words}")
    if gpus:
        yield Part("gpus", f"fits {gpus.text}", f"fits {gpus.text}", f"fit {gpus.text}")
    if wanted.tier:
        word = Tier(wanted.tier).label
        yield Part("tier", word, f"is of the tier {word}", f"are of the tier {word}")
    if wanted.family:
        label = facts.families[wanted.family].label
        yield Part("family", f"family {label}", f"is of the family {label}", f"are of the family {label}")
    if wanted.context:
        words = f"{figure(wanted.context)} tokens or more"
        yield Part("context", words, f"reads {words}", f"read {words}")
    if wanted.open:
        yield Part("open", "open weights", "has open weights", "have open weights")


def _stated(facts: Facts, wanted: Finder) -> str:
    level = f" with the level {_LEVEL_WORDS[wanted.level]}" if wanted.level else ""
    return f"stated for {_title(facts, wanted.want)}{level}"


def _wanted_words(facts: Facts, wanted: Finder) -> str:
    return ", ".join(filter(None, (_title(facts, wanted.want), _LEVEL_WORDS.get(wanted.level))))


def _title(facts: Facts, want: str) -> str:
    return facts.features[want].title if want in facts.features else Column(want).label


def sentence(total: int, in_all: int, conditions: tuple[Part, ...], *, more: bool = False) -> str:
    """Such as `12 of 61 entries run on vLLM and have open weights`; `more` where `total` is not all that fit."""
    entries = f"{figure(in_all)} {'entry' if in_all == 1 else 'entries'}"
    if not conditions:
        return entries
    words = [part.one if total == 1 else part.several for part in conditions]
    said = " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    number = f"{'More than ' if more else ''}{figure(total)}" if total else "None"
    return f"{number} of {entries} {said}"


def host_groups(hosts: Mapping[str, str], with_entries: tuple[str, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Hosts to choose from: those that have entries, then all others."""
    having = [(slug, label) for slug, label in hosts.items() if slug in with_entries]
    rest = [(slug, label) for slug, label in hosts.items() if slug not in with_entries]
    return [("With entries", having), ("Nobody has reported any yet", rest)]


def want_groups(facts: Facts) -> list[tuple[str, list[tuple[str, str]]]]:
    """GitLab's columns, each with the features that are read under it."""
    return [
        (
            column.label,
            [(column.value, f"{column.label}, all of it")]
            + [(each.name, each.title) for each in facts.features.values() if each.column is column],
        )
        for column in Column
    ]


def family_choices(facts: Facts, with_entries: tuple[str, ...]) -> list[tuple[str, str]]:
    """The families that have entries."""
    chosen = [each for each in facts.families.values() if each.slug in with_entries]
    return [("", "Any"), *((each.slug, _with_state(each.label, each.state)) for each in chosen)]


def _with_state(label: str, state: ReleaseState) -> str:
    return f"{label} ({state.label.lower()})" if state.label else label
