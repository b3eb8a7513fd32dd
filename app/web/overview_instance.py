"""What the first page says of the connected GitLab: what differs, what could not be read, what ends soon."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import url_for

from app.domain.instance import Step
from app.domain.instance_troubles import message_of, remedy_of
from app.domain.roles import Role
from app.queries.feature_steps import FeatureStep
from app.queries.instance import Reading, reading
from app.services.instance_reads import url_of
from app.web import feature_ways
from app.web.context import ports
from app.web.filters import ago, day
from app.web.instance_concerns import expiry
from app.web.overview_pages import Attention, FirstStep, listed

ENDS_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Instance:
    """The connected GitLab; `steps` by feature."""

    at: datetime
    known: Reading
    steps: Mapping[str, FeatureStep] = field(default_factory=dict)


def read_instance(now: datetime) -> Instance | None:
    """What is known of the connected instance, in eleven statements; None, and no statement, without one."""
    if not feature_ways.is_connected():
        return None
    return Instance(now, reading(ports().store, url_of(ports())), feature_ways.steps())


def attention(seen: Instance | None) -> list[Attention]:
    """What needs somebody, the worst first."""
    return [*_unread(seen), *_differing(seen), *_ending(seen)] if seen else []


def last_step() -> FirstStep:
    """The end of the first steps where an instance is connected."""
    return FirstStep(
        "Bring GitLab in step",
        "See what would be changed in GitLab, then let Modelport do it. Nothing is changed unseen.",
        done=False,
        button="See the plan",
        href=url_for("instance.plan.show"),
        role=Role.ADMIN,
    )


def _unread(seen: Instance) -> Iterator[Attention]:
    if code := seen.known.code:
        text = f"{message_of(code, seen.known.words)} {remedy_of(code)}".strip()
        yield Attention(
            "failed", "GitLab could not be read", text, "See the instance", url_for("instance.index"), Role.VIEWER
        )


def _differing(seen: Instance) -> Iterator[Attention]:
    differing = [name for name in ports().facts.features if _differs(seen.steps.get(name))]
    if not differing:
        return
    title = f"{len(differing)} {'feature differs' if len(differing) == 1 else 'features differ'} from GitLab"
    text = f"{listed([ports().facts.features[name].title for name in differing])}.{_who(seen, differing)}"
    yield Attention("warned", title, text, "See the plan", url_for("instance.plan.show"), Role.VIEWER)


def _differs(step: FeatureStep | None) -> bool:
    return step is not None and step.step is Step.DIFFERS


def _who(seen: Instance, differing: list[str]) -> str:
    """Who changed features in GitLab, and which, where its audit events say so."""
    by_person: dict[str, list[str]] = {}
    last: dict[str, datetime] = {}
    for name in differing:
        step = seen.steps[name]
        if step.changed_there and step.changed_by and step.changed_at:
            by_person.setdefault(step.changed_by, []).append(ports().facts.features[name].title)
            last[step.changed_by] = max(step.changed_at, last.get(step.changed_by, step.changed_at))
    told = (
        f" {person} changed {listed(titles)} there {ago(last[person], seen.at)}."
        for person, titles in by_person.items()
    )
    return "".join(told)


def _ending(seen: Instance) -> Iterator[Attention]:
    about = seen.known.about
    if (ends := expiry(about)) and ends <= seen.at.date() + ENDS_WITHIN:
        word = "ends" if ends >= seen.at.date() else "ended"
        text = "Make another one for an administrator with the scope api, and set it as MODELPORT_GITLAB_TOKEN."
        title = f"The token for GitLab {word} on {day(ends)}"
        yield Attention("warned", title, text, "See the settings", url_for("settings.index"), Role.ADMIN)
    if about.get("licence_expired"):
        text = "Self-hosted models need a licence that holds. Renew it in GitLab's admin area."
        yield Attention("warned", "GitLab's licence has ended", text, "See the instance", url_for("instance.index"))
