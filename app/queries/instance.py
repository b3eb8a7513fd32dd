"""Reads of what is stored of the connected GitLab instance."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.instance import About, Actual, InstanceFeature, InstanceModel, ModelValues, Provider, Shape, Way
from app.models.instance import ONLY, FeatureWay, Instance, InstanceFeatureRow, InstanceLink, InstanceModelRow
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the instance at `url`. `read_at` is None before the first complete reading.

    `code` and `words` say why the last try failed, "" when it did not. `health` has GitLab's own health check, line by
    line: name, success, message, errors.
    """

    url: str = ""
    scope: str = "all"
    read_at: datetime | None = None
    tried_at: datetime | None = None
    code: str = ""
    words: str = ""
    about: Mapping[str, Any] = field(default_factory=lambda: asdict(About()))
    duo: Mapping[str, Any] = field(default_factory=dict)
    health: tuple[Mapping[str, Any], ...] = ()
    health_at: datetime | None = None
    taken_over_at: datetime | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class FeatureThere:
    """One feature setting as it was last read, and who changed it there, "" where GitLab does not say."""

    setting: InstanceFeature
    changed_by: str
    changed_at: datetime | None


def reading(store: Store, url: str) -> Reading:
    """What is known of the instance at this address."""
    with store.read() as session:
        return reading_in(session, url)


def reading_in(session: Session, url: str) -> Reading:
    """The same inside a transaction that is open; nothing where another address was read."""
    row = session.get(Instance, ONLY)
    if row is None or row.url != url:
        return Reading(url)
    values = {name: getattr(row, name) for name in Reading.__dataclass_fields__}
    about = asdict(About()) | row.about
    return Reading(**values | {"about": about, "health": tuple(row.health), "shape": _shape(row.shape)})


def actual_in(session: Session, url: str, *, only_linked: bool = False) -> Actual | None:
    """The last complete reading; None where there is none of this address. `only_linked` leaves out foreign models."""
    known = reading_in(session, url)
    if known.read_at is None or known.shape is None:
        return None
    asked = select(*InstanceModelRow.__table__.columns).order_by(InstanceModelRow.name)
    if only_linked:
        asked = asked.where(InstanceModelRow.id.in_(select(InstanceLink.model_id)))
    models = session.execute(asked)
    return Actual(
        known.shape,
        tuple(InstanceModel(row.id, _values(row), row.has_key) for row in models),
        tuple(_setting(row) for row in _features(session)),
    )


def features_there(store: Store) -> dict[str, FeatureThere]:
    """The feature settings by name, in GitLab's order."""
    with store.read() as session:
        return {row.name: FeatureThere(_setting(row), row.changed_by, row.changed_at) for row in _features(session)}


def ways(store: Store) -> dict[str, Way]:
    """The way of each feature that somebody chose one for; all others are direct."""
    with store.read() as session:
        return {row.feature: Way(row.way) for row in session.scalars(select(FeatureWay))}


def values_of(stored: Mapping[str, Any] | None) -> ModelValues | None:
    """A model's values as they are stored in JSON."""
    return ModelValues(**stored) if stored else None


def shape_stored(shape: Shape) -> dict[str, Any]:
    """A shape as it is stored in JSON."""
    return {
        "families": sorted(shape.families),
        "features": sorted(shape.features),
        "platforms": sorted(shape.platforms),
        "endpoint_required": shape.endpoint_required,
    }


def _shape(stored: Mapping[str, Any]) -> Shape | None:
    if not stored:
        return None
    names = ("families", "features", "platforms")
    return Shape(
        **{name: frozenset(stored[name]) for name in names}, endpoint_required=bool(stored["endpoint_required"])
    )


def _features(session: Session) -> list[InstanceFeatureRow]:
    return list(session.scalars(select(InstanceFeatureRow).order_by(InstanceFeatureRow.position)))


def _values(row: Any) -> ModelValues:
    return ModelValues(row.name, row.family, row.platform, row.endpoint, row.identifier)


def _setting(row: InstanceFeatureRow) -> InstanceFeature:
    families = None if row.families is None else tuple(row.families)
    return InstanceFeature(
        row.name, row.title, row.section, Provider(row.provider), row.model_id, row.model_name, row.managed, families,
        row.state,
    )  # fmt: skip
