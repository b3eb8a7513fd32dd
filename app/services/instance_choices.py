"""What an admin decides about the instance: the way of each feature, and which endpoints GitLab is told of."""

from app.domain.errors import Invalid, NotFound
from app.domain.instance import Way
from app.domain.roles import Actor
from app.models.instance import ONLY, Instance
from app.models.rows import ensure
from app.services import audit, instance_links, instance_reads
from app.services.ports import Ports

SCOPES = {"all": "All endpoints that are switched on", "serving": "Those that serve a feature"}


def set_way(ports: Ports, actor: Actor, feature: str, way: str) -> None:
    """Let GitLab reach a feature's model directly or through Modelport, from the next plan on.

    Raises NotFound, Invalid.
    """
    if feature not in ports.facts.features:
        raise NotFound("There is no such feature.")
    if way not in list(Way):
        raise Invalid({"way": ("Choose direct or through.",)})
    with ports.store.write() as session:
        row = instance_links.way_row(session, feature)
        session.refresh(row, with_for_update=True)
        if row.way != way:
            subject = ("feature", feature, ports.facts.features[feature].title)
            audit.record(ports, session, actor, "feature:way", subject, {"way": (row.way, way)})
            row.way = way


def set_scope(ports: Ports, actor: Actor, scope: str) -> None:
    """Which endpoints GitLab is told of: `all`, or those that are `serving`. Raises Invalid."""
    if scope not in SCOPES:
        raise Invalid({"scope": ("Choose all or serving.",)})
    with ports.store.write() as session:
        ensure(session, Instance, id=ONLY, url=instance_reads.url_of(ports))
        row = session.get_one(Instance, ONLY, with_for_update=True)
        if row.scope != scope:
            audit.record(
                ports, session, actor, "instance:scope", ("instance", ONLY, "GitLab"), {"scope": (row.scope, scope)}
            )
            row.scope = scope
