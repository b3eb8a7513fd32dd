"""Guesses from a served name, each with the rule that fired; a person confirms them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from app.domain.families import GENERAL, Family
from app.domain.listings import ListedModel, Naming

# Bedrock writes region and vendor before the model, "eu.vendor.model-1", and a version behind it, "-v1:0".
_LEADING_WORDS = re.compile(r"\A(?:[a-z]+\.)+")
_BEDROCK_VERSION = re.compile(r"-v?\d+:\d+\Z")
_AT_VERSION = re.compile(r"@.*\Z")
_DATE = re.compile(r"(?<!\d)20\d\d(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_TOKEN = re.compile(r"[a-z]+|\d+[a-z]*")
# Served names with their models, by comparable pieces.
Known = Mapping[tuple[str, ...], tuple[str, str]]
_NONE: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A slug or catalogue name, and why it is suggested: a sentence without a full stop, to follow "because"."""

    value: str
    reason: str


def suggest_family(served_name: str, platform: str, families: Mapping[str, Family]) -> Suggestion:
    """The family whose rule fits best: a name's start before a word inside it, the longer text before the shorter.

    Then a platform that serves little else; what fits nothing gets "other".
    """
    name = _base_name(served_name)
    what = "the served name" if name == served_name.strip().lower() else f"the model's part of the name, “{name}”,"
    plain = re.sub(r"[\s_:@]+", "-", name)
    start = _longest(
        (text, family) for family in families.values() for text in family.served.starts if plain.startswith(text)
    )
    if start:
        return Suggestion(start[1], f"{what} starts with “{start[0]}”")
    inside = _longest(
        (text, family) for family in families.values() for text in family.served.contains if _has_word(plain, text)
    )
    if inside:
        return Suggestion(inside[1], f"{what} contains “{inside[0]}”")
    for family in families.values():
        if platform in family.served.platforms:
            return Suggestion(family.slug, f"this platform mostly serves models of the family {family.label}")
    return Suggestion(GENERAL, "no rule knows this name")


def suggest_model(
    served_name: str, host: str, models: Mapping[str, ListedModel], naming: Naming, added: Known = _NONE
) -> Suggestion | None:
    """The catalogue model that a served name stands for, or None rather than a doubtful one.

    The name must be one of the model's, up to words that change nothing. A quantised variant is another entry, so
    it is no match unless the list names it; nor is a name on a host that hides quantisation, unless it states full
    precision. `added` are models that no list has; of the same name the list's goes first.
    """
    parts = _parts(served_name)
    hidden = host in naming.unsaid_hosts or not naming.unsaid_words.isdisjoint(parts)
    if hidden and naming.full_precision.isdisjoint(parts):
        return None
    known = _by_tokens(tuple((name, model.name) for model in models.values() for name in model.served))
    while parts:
        tokens = _tokens(parts)
        if hit := known.get(tokens):
            return Suggestion(hit[1], f"the served name reads as “{hit[0]}”")
        if hit := added.get(tokens):
            return Suggestion(hit[1], f"the served name reads as “{hit[0]}”, which was added to the catalogue")
        if parts.pop() not in naming.harmless:
            break
    return None


def known_names(served: Iterable[tuple[str, str]]) -> Known:
    """Pairs of a served name and its model, ready to be looked up; a name without letters and digits is left out."""
    found = {_tokens(_parts(name)): (name, model) for name, model in served}
    found.pop((), None)
    return found


@lru_cache(maxsize=4)
def _by_tokens(served: tuple[tuple[str, str], ...]) -> Known:
    """The same for what is listed; made once, since a server may list hundreds of names."""
    return known_names(served)


def _longest(hits: Iterable[tuple[str, Family]]) -> tuple[str, str] | None:
    best = max(hits, key=lambda hit: len(hit[0]), default=None)
    return (best[0], best[1].slug) if best else None


def _has_word(name: str, text: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(text)}", name) is not None


def _base_name(served_name: str) -> str:
    """The model's part of a name, in lower case: without path, cache prefix, region, vendor and version."""
    name = served_name.strip().lower().rstrip("/")
    name = name.rsplit("/", 1)[-1].rsplit("--", 1)[-1]
    name = _AT_VERSION.sub("", name)
    return _BEDROCK_VERSION.sub("", _LEADING_WORDS.sub("", name))


def _parts(served_name: str) -> list[str]:
    """The words of a name; the date of a snapshot is dropped, since lists name models and not snapshots."""
    return re.findall(r"[a-z0-9]+", _DATE.sub("", _base_name(served_name)))


def _tokens(parts: Iterable[str]) -> tuple[str, ...]:
    """Comparable pieces: "Llama3.1-70B" and "llama-3-1-70b" give the same."""
    return tuple(token for part in parts for token in _TOKEN.findall(part))
