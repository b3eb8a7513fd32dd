"""The GitLab instance: how it stands, what would be changed in it, and doing so."""

from flask import Blueprint, url_for

from app.api.access import current_actor
from app.api.bodies.instance import (
    InstanceAnswer,
    NewRun,
    PlanAnswer,
    PlanFilter,
    RunAnswer,
    StandingAnswer,
    WayFields,
)
from app.api.context import context, ports
from app.api.features import load
from app.api.operations import Located, operation
from app.domain.errors import NotFound
from app.domain.instance import Way
from app.domain.instance_troubles import message_of, remedy_of
from app.domain.roles import Role
from app.queries import instance as query
from app.queries import instance_runs as runs
from app.queries.feature_steps import feature_steps
from app.services import instance_choices, instance_reads, syncing
from app.services.syncing import Asked

instance = Blueprint("instance", __name__)
NOT_READ = "GitLab was not read yet: begin a reading, then ask again."


@instance.get("/instance")
@operation(Role.VIEWER, InstanceAnswer)
def show() -> InstanceAnswer:
    """Read how the instance stands; one that is not connected is no failure."""
    url = instance_reads.url_of(ports())
    known = query.reading(ports().store, url)
    plan = syncing.plan(ports()) if url else None
    return InstanceAnswer(
        connected=bool(url),
        url=url,
        read_at=known.read_at,
        gitlab_version=str(known.about.get("version", "")),
        shape=known.shape.title if known.shape else "",
        code=known.code,
        message=message_of(known.code, known.words),
        remedy=remedy_of(known.code),
        differences=len(plan.actions) + len(plan.blocked) if plan else None,
        features=_standing(*ports().facts.features),
    )


@instance.get("/instance/plan")
@operation(Role.VIEWER, PlanAnswer, query=PlanFilter, problems=(404, 409))
def plan(asked: PlanFilter) -> PlanAnswer:
    """Read what would be changed in GitLab; before the first reading nobody knows, which is 404."""
    instance_reads.client(ports())
    found = syncing.plan(ports(), delete=asked.delete, many=asked.many)
    known = query.reading(ports().store, instance_reads.url_of(ports()))
    if found is None or known.read_at is None:
        raise NotFound(NOT_READ)
    return PlanAnswer.of(found, known.read_at)


@instance.post("/instance/reads")
@operation(Role.ADMIN, RunAnswer, 202, located=True, problems=(409, 429))
def read() -> Located:
    """Begin to read GitLab."""
    instance_reads.client(ports())
    return _begun(context().instance.read(current_actor()))


@instance.post("/instance/runs")
@operation(Role.ADMIN, RunAnswer, 202, body=NewRun, body_optional=True, located=True, problems=(409, 429))
def apply(body: NewRun) -> Located:
    """Begin to change GitLab; it is read first, and nothing is done where the plan is another one than is named."""
    instance_reads.client(ports())
    asked = Asked(body.digest, body.delete, body.many)
    return _begun(context().instance.apply(current_actor(), asked))


@instance.get("/instance/runs/<run_id>")
@operation(Role.VIEWER, RunAnswer)
def run(run_id: str) -> RunAnswer:
    """Read how far a piece of work is, a reading or an application."""
    return _told(run_id)


@instance.patch("/instance/features/<name>")
@operation(Role.ADMIN, StandingAnswer, body=WayFields)
def choose(name: str, body: WayFields) -> StandingAnswer:
    """Let GitLab reach a feature's model directly or through Modelport, from the next plan on."""
    instance_choices.set_way(ports(), current_actor(), load(name).name, body.way)
    return _standing(name)[0]


def _begun(run_id: str) -> Located:
    return Located(_told(run_id), url_for("instance.run", run_id=run_id))


def _told(run_id: str) -> RunAnswer:
    found = runs.run(ports().store, run_id, ports().clock())
    if found is None:
        raise NotFound("There is no such run any more.")
    return RunAnswer.of(found)


def _standing(*names: str) -> list[StandingAnswer]:
    url = instance_reads.url_of(ports())
    steps = feature_steps(ports().store, ports().facts, url, context().origin, ports().clock())
    ways = query.ways(ports().store)
    features = ports().facts.features
    return [
        StandingAnswer.of(name, features[name].title, ways.get(name, Way.DIRECT).value, steps.get(name))
        for name in names
    ]
