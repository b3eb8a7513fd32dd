"""What pages show of proposals: their values in words, what a correction changes, where they stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.domain.proposals import FIELDS, Kind, State
from app.domain.ratings import Answer
from app.queries import proposals as query
from app.queries.proposals import ProposalRecord
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.filters import figure
from app.web.forms.proposals import as_text
from app.web.hosts import hosts

# State in words, with the badge that shows it.
STATES = {
    State.OPEN.value: ("Waits for a moderator", "info"),
    State.ASKED.value: ("Waits for an answer", "warning"),
    State.ACCEPTED.value: ("Accepted", "success"),
    State.DECLINED.value: ("Declined", "neutral"),
}
KINDS = {
    Kind.MODEL: "A model on a platform",
    Kind.PLATFORM: "A platform or server",
    Kind.CORRECTION: "A correction",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that a correction changes, in words; `moved` says that somebody else changed it since."""

    label: str
    before: str
    now: str
    after: str
    moved: bool


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """One proposal: what it asks for as lines, or of a correction as changes; `entry` is an address or empty."""

    record: ProposalRecord
    kind: str
    state: tuple[str, str]
    lines: tuple[tuple[str, str], ...]
    changes: tuple[Changed, ...]
    entry: str
    is_news: bool

    @property
    def is_decided(self) -> bool:
        """Whether nothing more is asked of anybody."""
        return self.record.state in (State.ACCEPTED, State.DECLINED)


def shown(records: Iterable[ProposalRecord]) -> list[ShownProposal]:
    """Proposals in words, in two statements however many they are."""
    records = tuple(records)
    changed, labels = query.changes_of(ports().store, records), hosts()
    return [_shown(each, labels, _told(each, changed)) for each in records]


def _shown(record: ProposalRecord, labels: Mapping[str, str], changes: tuple[Changed, ...]) -> ShownProposal:
    kind = Kind(record.kind)
    lines = () if kind is Kind.CORRECTION else tuple(_lines(record, labels))
    address = entry_address(record.host, record.slug, record.variant or "") if record.host and record.slug else ""
    is_news = record.state != State.OPEN and record.seen_at is None
    return ShownProposal(record, KINDS[kind], STATES[record.state], lines, changes, address, is_news)


def _told(record: ProposalRecord, changed: Mapping[str, tuple[Any, ...]]) -> tuple[Changed, ...]:
    waits = record.state in (State.OPEN, State.ASKED)
    return tuple(
        Changed(
            each.label,
            in_words(each.name, each.before),
            in_words(each.name, each.now),
            in_words(each.name, each.after),
            moved=waits and (each.now or None) != (each.before or None),
        )
        for each in changed.get(record.id, ())
    )


def _lines(record: ProposalRecord, labels: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for each in FIELDS[Kind(record.kind)]:
        if words := in_words(each.name, record.fields.get(each.name), labels):
            yield each.label, words


def in_words(name: str, value: Any, labels: Mapping[str, str] | None = None) -> str:
    """A value of an entry or a proposal as people read it; empty where there is none."""
    facts = ports().facts
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        titles = {each: facts.features[each].title for each in value if each in facts.features}
        return "; ".join(f"{titles.get(each, each)}: {_answer(answer)}" for each, answer in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return figure(value)
    text = as_text(value)
    if name == "family" and text in facts.families:
        return facts.families[text].label
    return labels.get(text, text) if labels and name == "host" else text


def _answer(value: Any) -> str:
    return Answer(value).label if value in set(Answer) else str(value)


def address(show: str = "", said: str = "") -> str:
    """The list of proposals; `show` is mine or a state, `said` what the page then tells."""
    return url_for("proposals.index", show=show or None, said=said or None)
