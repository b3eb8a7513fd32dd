"""What the first page says: what needs attention, and the first steps while nothing is assigned."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from app.domain.coverage import Coverage, coverage
from app.domain.features import Feature, Section
from app.domain.responsibilities import REMINDED, is_valid
from app.domain.roles import Role
from app.queries import assignments, breakers, overview, responsibilities
from app.queries.assignments import Serving
from app.queries.breakers import BreakerNews, Resting
from app.queries.overview import Certificate, Changed, Health, Tested
from app.queries.responsibilities import Ending
from app.web.context import ports
from app.web.filters import ago, day
from app.web.navigation import counted
from app.web.rests import rest_told

OLD_AFTER = timedelta(days=30)
ENDS_WITHIN = timedelta(days=30)
CHANGED_WITHIN = timedelta(days=7)
MOST_TESTED = 8
MOST_CHANGED = 6
MOST_SINGLE = 5
MOST_TITLES = 3


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows, read in ten statements; `unreadable` counts keys that no key of the ring opens."""

    at: datetime
    health: Health
    total: Coverage
    sections: tuple[tuple[Section, Coverage], ...]
    tested: tuple[Tested, ...]
    changed: tuple[Changed, ...]
    resting: tuple[Resting, ...]
    breaker_news: tuple[BreakerNews, ...]
    certificates: tuple[Certificate, ...]
    responsibilities: tuple[Ending, ...]
    unreadable: int
    served: tuple[tuple[Feature, Serving], ...]

    @property
    def is_first_run(self) -> bool:
        """Whether no feature has a model yet."""
        return not self.total.with_model


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs somebody, with the way to its cure; `role` may do what `button` says."""

    outcome: str
    title: str
    text: str
    button: str
    href: str
    role: Role = Role.EDITOR


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One line of the checklist."""

    title: str
    text: str
    done: bool
    button: str = ""
    href: str = ""
    role: Role = Role.VIEWER


def read_overview(now: datetime) -> Overview:
    """Read the page's values."""
    facts, store = ports().facts, ports().store
    served = assignments.serving(store)
    by_name = {name: served.get(name, Serving(name)) for name in facts.features}
    health = overview.health(store, now - OLD_AFTER)
    counted(health.stored)
    return Overview(
        now,
        health,
        coverage(by_name.values()),
        tuple((section, coverage(by_name[each.name] for each in members)) for section, members in facts.by_section()),
        overview.worst_first(store, MOST_TESTED),
        overview.health_changes(store, now - CHANGED_WITHIN, MOST_CHANGED),
        breakers.resting(store, MOST_SINGLE),
        breakers.breaker_news(store, now - CHANGED_WITHIN, MOST_CHANGED),
        overview.ending_certificates(store, now + ENDS_WITHIN, MOST_SINGLE),
        responsibilities.ending(store, now.date() + REMINDED, MOST_SINGLE),
        sum(number for key_id, number in overview.key_ids(store).items() if not ports().sealer.knows(key_id)),
        tuple((feature, by_name[name]) for name, feature in facts.features.items()),
    )


def attention(seen: Overview) -> list[Attention]:
    """What needs somebody, the worst first."""
    soon = (*_certificates(seen), *_responsibilities(seen))
    return [*_resting(seen), *_failed(seen), *_keys(seen), *_notes(seen), *soon, *_unserved(seen), *_tests(seen.health)]


def _resting(seen: Overview) -> Iterator[Attention]:
    for each in seen.resting:
        title = f"{each.endpoint_name} rests after failed calls"
        told = [*rest_told(each.breaker, seen.at, ports().facts.remedies), serves(seen, each.features)]
        href = url_for("endpoints.show", endpoint_id=each.endpoint_id)
        yield Attention("failed", title, joined(told), "See the endpoint", href, Role.VIEWER)


def serves(seen: Overview, features: Collection[str]) -> str:
    """The features by their titles, in a sentence."""
    titles = [feature.title for feature, _ in seen.served if feature.name in features]
    return f"Serves {listed(titles)}." if titles else ""


def joined(sentences: Sequence[str]) -> str:
    """Those that say something, one after the other."""
    return " ".join(filter(None, sentences))


def _failed(seen: Overview) -> Iterator[Attention]:
    """Those that began to fail lately come first: somebody may not know yet."""
    began = {each.endpoint_id: each for each in seen.changed if each.fails_since}
    now_said = {each.id: each.summary for each in seen.tested}
    failed = [
        *(
            (key, f"{each.endpoint_name} began to fail {ago(each.at, seen.at)}", now_said.get(key) or each.summary)
            for key, each in began.items()
        ),
        *(
            (each.id, f"{each.name} failed its last test", each.summary)
            for each in seen.tested
            if each.verdict == "failed" and each.id not in began
        ),
    ][:MOST_SINGLE]
    for endpoint_id, title, said in failed:
        relying = [feature.title for feature, serving in seen.served if serving.endpoint_id == endpoint_id]
        rely = f" {listed(relying)} {'relies' if len(relying) == 1 else 'rely'} on it." if relying else ""
        href = url_for("endpoints.show", endpoint_id=endpoint_id)
        yield Attention("failed", title, f"{said}{rely}".strip(), "See the test", href, Role.VIEWER)
    if more := seen.health.failed - len(failed):
        title = f"{more} more {_endpoints(more)} failed"
        yield Attention("failed", title, "", "See them", url_for("endpoints.index", verdict="failed"), Role.VIEWER)


def _keys(seen: Overview) -> Iterator[Attention]:
    if number := seen.unreadable:
        text = (
            "The key that sealed them is not in MODELPORT_SECRET_KEYS. Put it back there, or type the API keys again."
        )
        title = f"{number} stored API {'key' if number == 1 else 'keys'} cannot be read"
        yield Attention("failed", title, text, "See the settings", url_for("settings.index"), Role.ADMIN)


def _notes(seen: Overview) -> Iterator[Attention]:
    due = [feature for feature, serving in seen.served if serving.note_due]
    if due:
        title = f"{len(due)} {'assignment has' if len(due) == 1 else 'assignments have'} to be taken note of again"
        text = f"Tier, model, host or address changed: {listed([each.title for each in due])}."
        href = url_for("features.index", _anchor=due[0].name)
        yield Attention("warned", title, text, "Take note", href, Role.ADMIN)


def _certificates(seen: Overview) -> Iterator[Attention]:
    for each in seen.certificates:
        word = "ends" if each.ends > seen.at else "ended"
        title = f"The certificate of {each.endpoint_name} {word} on {day(each.ends)}"
        href = url_for("endpoints.show", endpoint_id=each.endpoint_id)
        yield Attention("warned", title, "Have it renewed on the server, then test again.", "Test again", href)


def _responsibilities(seen: Overview) -> Iterator[Attention]:
    for each in seen.responsibilities:
        word = "ends" if is_valid(each.valid_until, seen.at.date()) else "ended"
        title = f"The responsibility record of {each.endpoint_name} {word} on {day(each.valid_until)}"
        href = url_for("responsibilities.edit", endpoint_id=each.endpoint_id)
        yield Attention("warned", title, "Look at it and attest it again.", "Attest again", href, Role.ADMIN)


def _unserved(seen: Overview) -> Iterator[Attention]:
    titles = [feature.title for feature, serving in seen.served if serving.state == "unassigned"]
    if titles and not seen.is_first_run:
        title = f"{len(titles)} {'feature has' if len(titles) == 1 else 'features have'} no model"
        href = url_for("features.index", state="unassigned")
        yield Attention("warned", title, f"{listed(titles)}.", "Choose models", href, Role.ADMIN)


def _tests(health: Health) -> Iterator[Attention]:
    if number := health.untested:
        title = f"{number} {_endpoints(number)} not tested"
        href = url_for("endpoints.index", verdict="untested")
        yield Attention("warned", title, "Never, or not since the last change.", "Test now", href)
    if number := health.old:
        title = f"{number} {_endpoints(number)} last tested over {OLD_AFTER.days} days ago"
        text = "Servers and keys change; a test takes seconds."
        yield Attention("warned", title, text, "Test again", url_for("endpoints.index", sort="tested"))


def first_steps(seen: Overview, name: str, role: Role) -> list[FirstStep]:
    """The checklist of a new installation."""
    health = seen.health
    only = seen.tested[0].id if health.stored == 1 and seen.tested else ""
    there = url_for("endpoints.show", endpoint_id=only) if only else url_for("endpoints.index")
    return [
        FirstStep("Sign in with your company account", f"{name}, {role.value}.", done=True),
        FirstStep(
            "Add the first endpoint",
            "Give the server's address and, where it asks for one, a key. Modelport finds its models.",
            bool(health.stored), "New endpoint", url_for("endpoints.new"), Role.EDITOR,
        ),
        FirstStep(
            "Test it",
            "See within seconds whether it answers, and if not, why and what to do.",
            health.enabled > health.untested, "Test", there, Role.EDITOR,
        ),
        FirstStep(
            "Give a feature its model",
            "What is promised for the pair, and what is not, is said before you choose.",
            bool(seen.total.with_model), "Features", url_for("features.index"), Role.ADMIN,
        ),
        FirstStep(
            "Copy the values into GitLab",
            "Fields and GraphQL mutations stand ready beside each feature that has a model.",
            done=False,
        ),
    ]  # fmt: skip


def listed(titles: Sequence[str], most: int = MOST_TITLES) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 4 more`."""
    shown = [*titles] if len(titles) <= most else [*titles[:most], f"{len(titles) - most} more"]
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def _endpoints(number: int) -> str:
    return "endpoint" if number == 1 else "endpoints"
