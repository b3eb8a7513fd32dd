"""Reading the GitLab instance: over the network first, then what was read put on record in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.clients.gitlab.client import GitLab
from app.domain.errors import ModelportError
from app.domain.instance import About, Changed, Health, InstanceFeature, InstanceModel, Seen
from app.domain.instance_troubles import InstanceError
from app.models.instance import (
    ONLY,
    FeatureWay,
    Instance,
    InstanceFeatureRow,
    InstanceLink,
    InstanceModelRow,
)
from app.queries.instance import shape_stored
from app.services.ports import Ports

# Before the first reading nobody knows since when; what is older explains no difference of today.
FIRST_LOOK = timedelta(days=7)


class NotConnected(ModelportError):
    """No instance is set."""

    status = 409
    code = "not_connected"


def client(ports: Ports) -> GitLab:
    """The client of the connected instance; raises NotConnected."""
    if ports.instance is None:
        raise NotConnected("No GitLab instance is connected: set MODELPORT_GITLAB_URL and MODELPORT_GITLAB_TOKEN.")
    return GitLab(ports.door, ports.instance)


def url_of(ports: Ports) -> str:
    """The address of the connected instance, "" for none."""
    return str(ports.instance.address) if ports.instance else ""


def read(ports: Ports) -> Seen:
    """Read all of it and put it on record; a failure is on record too. Raises InstanceError, NotConnected."""
    gitlab = client(ports)
    since = _since(ports)
    try:
        actual = gitlab.read()
        seen = Seen(actual, _about(gitlab), _duo(gitlab), tuple(_changed(gitlab, since)))
    except InstanceError as error:
        _note_failure(ports, error)
        raise
    record(ports, seen)
    return seen


def record(ports: Ports, seen: Seen) -> None:
    """Put a complete reading in place of the one before."""
    now = ports.clock()
    with ports.store.write() as session:
        row = _row(session, url_of(ports))
        row.read_at = row.tried_at = now
        row.code = row.words = ""
        row.shape = shape_stored(seen.actual.shape)
        row.about, row.duo = asdict(seen.about), dict(seen.duo)
        _replace_models(session, seen.actual.models, seen.changed)
        _replace_features(session, seen.actual.features, seen.changed)


def record_health(ports: Ports, found: Sequence[Health]) -> None:
    """Put GitLab's own health check on record."""
    with ports.store.write() as session:
        row = _row(session, url_of(ports))
        row.health, row.health_at = [asdict(each) for each in found], ports.clock()


def _about(gitlab: GitLab) -> About:
    """What GitLab tells of itself; nothing where a proxy lets no more than its GraphQL through."""
    try:
        return gitlab.about()
    except InstanceError:
        return About()


def _duo(gitlab: GitLab) -> Mapping[str, object]:
    """GitLab's Duo settings; nothing where the account may not see them, which hinders nothing else."""
    try:
        return gitlab.duo_settings()
    except InstanceError:
        return {}


def _changed(gitlab: GitLab, since: datetime) -> Sequence[Changed]:
    """Audit events are a help, and many instances have none."""
    try:
        return gitlab.changed_since(since)
    except InstanceError:
        return ()


def _since(ports: Ports) -> datetime:
    with ports.store.read() as session:
        row = session.get(Instance, ONLY)
        known = row.read_at if row and row.url == url_of(ports) else None
    return known or ports.clock() - FIRST_LOOK


def _note_failure(ports: Ports, error: InstanceError) -> None:
    with ports.store.write() as session:
        row = _row(session, url_of(ports))
        row.tried_at, row.code, row.words = ports.clock(), error.code, error.words[:600]


def _row(session: Session, url: str) -> Instance:
    """The instance's row. What is known of another address is forgotten: its ids mean other things here."""
    row = session.get(Instance, ONLY, with_for_update=True)
    if row is None:
        row = Instance(id=ONLY, url=url)
        session.add(row)
    elif row.url != url:
        for table in (InstanceModelRow, InstanceFeatureRow, InstanceLink):
            session.execute(delete(table))
        session.execute(update(FeatureWay).values(agreed=""))
        row.url, row.read_at, row.tried_at, row.health_at, row.taken_over_at = url, None, None, None, None
        row.code = row.words = ""
        row.shape, row.about, row.duo, row.health = {}, {}, {}, []
    return row


def _replace_models(session: Session, models: Sequence[InstanceModel], changed: Sequence[Changed]) -> None:
    before = {row.id: row for row in session.scalars(select(InstanceModelRow))}
    rows = []
    for each in models:
        values = {"has_key": each.has_key, **asdict(each.values)}
        rows.append(
            {
                "id": each.id,
                **values,
                **_who((f"Self-hosted model {each.values.name}/",), values, before.get(each.id), changed),
            }
        )
    session.execute(delete(InstanceModelRow))
    if rows:
        session.execute(insert(InstanceModelRow), rows)


def _replace_features(session: Session, features: Sequence[InstanceFeature], changed: Sequence[Changed]) -> None:
    before = {row.name: row for row in session.scalars(select(InstanceFeatureRow))}
    rows = []
    for position, each in enumerate(features):
        setting = {"provider": each.provider.value, "model_id": each.model_id, "managed": each.managed}
        values = {name: getattr(each, name) for name in ("name", "title", "section", "model_name", "state")}
        values |= {"position": position, "families": None if each.families is None else list(each.families)}
        begins = (f"Feature {each.name} changed to", f"Feature {each.title} changed to")
        who = _who(begins, setting, before.get(each.name), changed)
        rows.append(values | setting | who)
    session.execute(delete(InstanceFeatureRow))
    if rows:
        session.execute(insert(InstanceFeatureRow), rows)


def _who(
    begins: tuple[str, ...],
    values: Mapping[str, object],
    before: InstanceModelRow | InstanceFeatureRow | None,
    changed: Sequence[Changed],
) -> dict[str, object]:
    """Who changed it last, as GitLab's audit events tell it; it stays known until the values change again.

    `begins` has how the texts of its events begin: a name alone may be the end, or the beginning, of another one's.
    """
    told = [each for each in changed if each.text.startswith(begins)]
    if told:
        last = max(told, key=lambda each: each.at)
        return {"changed_by": last.author[:255], "changed_at": last.at}
    if before is not None and all(getattr(before, name) == value for name, value in values.items()):
        return {"changed_by": before.changed_by, "changed_at": before.changed_at}
    return {"changed_by": "", "changed_at": None}
