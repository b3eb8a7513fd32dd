"""Works out many entries anew at once, by models on hosts: what a single one takes a statement for is read together."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from time import sleep
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, and_, cast, func, select, tuple_, union
from sqlalchemy.orm import Session

from app.domain.platforms import host_of
from app.models import bulk
from app.models.base import metadata
from app.models.catalogue import CatalogueModel, ForeignVotes, Installation, Pairing, Report, Vote
from app.models.endpoint import Endpoint
from app.queries import catalogue_hosts
from app.queries.confirmations import LIVE, confirmed
from app.services import catalogue_entries, catalogue_notes, catalogue_seed
from app.services.ports import Ports

BATCH = 1000
BESIDE_PAGES, REST_SECONDS = 50, 0.05
# A statement holds so many values at most.
PARAMETERS = 10_000
# A model by its slug, and a host: all their quantisations share what confirms them.
Group = tuple[str, str]
# The same, and whether it is a quantised variant.
Key = tuple[str, str, bool]
_GROUP = (Pairing.model_slug, Pairing.host)
_RUN = select(Endpoint.model, Endpoint.server, Endpoint.platform).where(Endpoint.model != "").distinct()
# Not through mapped rows, which takes twice as long; answers as text, since the same ones come again and again.
_SAID = metadata.tables["report"].c
_REPORTS = select(_SAID.pairing_id, _SAID.installation, cast(_SAID.answers, Text), _SAID.grade, _SAID.at).where(
    _SAID.state == LIVE
)
_TRUSTED = select(Installation.id).where(Installation.trusted)
_OWN_VOTES = select(Vote.pairing_id, func.count().label("number")).group_by(Vote.pairing_id)
_OTHERS_VOTES = select(ForeignVotes.pairing_id, func.sum(ForeignVotes.number).label("number")).group_by(
    ForeignVotes.pairing_id
)


class Said(NamedTuple):
    """What the figures of an entry need of a live report on it; `answers` maps features to words of Answer."""

    installation: str
    answers: Mapping[str, str]
    grade: int
    at: datetime
    trusted: bool


def refresh_groups(ports: Ports, session: Session, groups: Iterable[Group]) -> None:
    """Rating, tier and numbers of every entry of these models on these hosts, and the endpoints that run them."""
    wanted = sorted(set(groups))
    for start in range(0, len(wanted), BATCH):
        _refresh(ports, session, wanted[start : start + BATCH])


def refresh_installation(ports: Ports, installation: str) -> int:
    """Work out anew whatever an installation spoke of, in batches; the number of models on hosts."""
    reported = select(Report.pairing_id).where(Report.installation == installation)
    voted = select(ForeignVotes.pairing_id).where(ForeignVotes.installation == installation)
    spoken = union(reported, voted).subquery()
    return _refresh_chosen(ports, select(*_GROUP).join(spoken, spoken.c.pairing_id == Pairing.id))


def refresh_aged(ports: Ports) -> None:
    """Work out anew whatever was reported: reports grow old without anybody's doing.

    Nobody waits for it, so it takes little at a time and lets the pages of the same process have their turn.
    """
    _refresh_chosen(ports, select(*_GROUP).where(Pairing.reports > 0), batch=BESIDE_PAGES, rest=REST_SECONDS)


def _refresh_chosen(ports: Ports, asked: "Select[str, str]", batch: int = BATCH, rest: float = 0.0) -> int:
    with ports.store.read() as session:
        groups = sorted((row.model_slug, row.host) for row in session.execute(asked.distinct()))
    for start in range(0, len(groups), batch):
        with ports.store.write() as session:
            _refresh(ports, session, groups[start : start + batch])
        if rest:
            sleep(rest)
    return len(groups)


def _refresh(ports: Ports, session: Session, groups: Sequence[Group]) -> None:
    session.flush()
    # SQLite finds pairs in no index: by the models alone it reads those entries and not all there are.
    of_models = Pairing.model_slug.in_(sorted({slug for slug, _ in groups}))
    chosen = and_(of_models, tuple_(Pairing.model_slug, Pairing.host).in_(groups))
    # Locked like an entry that somebody votes for, so that no vote is lost between reading and writing.
    asked = (
        select(Pairing.id, Pairing.model_slug, Pairing.host, Pairing.variant, Pairing.tier, CatalogueModel.name)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
        .where(chosen)
        .order_by(Pairing.id)
        .with_for_update(of=Pairing)
    )
    pairings = session.execute(asked).all()
    values = worked_out(ports, pairings, *_spoken(session, [row.id for row in pairings]))
    bulk.change(session, "pairing", values)
    tell(ports, session, pairings, values)


def worked_out(
    ports: Ports, pairings: Sequence[Any], reports: Mapping[str, list[Any]], votes: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The columns of these entries that follow from what is said of them, each with its id.

    An entry has id, model_slug, host, variant, tier and the model's name; all of a model on a host come together,
    since they share what confirms them. Reports have what confirmations.confirmed asks for.
    """
    standings, moment = _standings(ports, pairings, reports), ports.clock()
    return [
        {
            "id": row.id,
            "updated_at": moment,
            **catalogue_entries.figures(ports, reports.get(row.id, ())),
            **standings[_key(row)],
            "votes": votes.get(row.id, 0),
        }
        for row in pairings
    ]


def _spoken(session: Session, pairings: Sequence[str]) -> tuple[Mapping[str, list[Said]], Mapping[str, int]]:
    """The live reports and the number of votes of each entry."""
    reports: dict[str, list[Said]] = defaultdict(list)
    votes: dict[str, int] = defaultdict(int)
    trusted = set(session.scalars(_TRUSTED))
    for start in range(0, len(pairings), PARAMETERS):
        chosen = pairings[start : start + PARAMETERS]
        for pairing, who, answers, grade, at in session.execute(_REPORTS.where(_SAID.pairing_id.in_(chosen))).all():
            reports[pairing].append(Said(who, _answers(answers), grade, at, who in trusted))
        for asked, column in ((_OWN_VOTES, Vote.pairing_id), (_OTHERS_VOTES, ForeignVotes.pairing_id)):
            for row in session.execute(asked.where(column.in_(chosen))):
                votes[row.pairing_id] += int(row.number)
    return reports, votes


@lru_cache(maxsize=4096)
def _answers(written: str) -> Mapping[str, str]:
    """Answers as they are stored; the same object for the same text."""
    return MappingProxyType(json.loads(written))


def _key(row: Any) -> Key:
    return row.model_slug, row.host, bool(row.variant)


def _standings(
    ports: Ports, pairings: Sequence[Any], reports: Mapping[str, list[Any]]
) -> Mapping[Key, Mapping[str, Any]]:
    """Tier, levels and reasons of each, worked out once for all that lists and reports say the same of.

    All quantisations share what confirms their model, and only the usual one has what GitLab's lists say of it.
    """
    told: dict[Group, list[Any]] = defaultdict(list)
    names: dict[Key, str] = {}
    for row in pairings:
        names[_key(row)] = row.name
        told[row.model_slug, row.host] += reports.get(row.id, [])
    shared: dict[Any, Mapping[str, Any]] = {}
    found: dict[Key, Mapping[str, Any]] = {}
    for key, name in names.items():
        slug, host, quantised = key
        listed = None if quantised else ports.facts.models.get(name)
        confirmations = confirmed(told[slug, host])
        same = ((name, host) if listed else None, frozenset(confirmations.items()))
        if same not in shared:
            shared[same] = catalogue_seed.standing(ports, listed, host, confirmations)
        found[key] = shared[same]
    return found


def tell(ports: Ports, session: Session, pairings: Sequence[Any], values: Sequence[Mapping[str, Any]]) -> None:
    """Note the tiers that changed, and let the endpoints follow that run one of these models.

    Entries are those that `worked_out` was given, with the tier that they had, and `values` is what it gave.
    """
    changed = [(row, each["tier"]) for row, each in zip(pairings, values, strict=True) if row.tier != each["tier"]]
    labels = catalogue_hosts.labels_in(session, ports.facts) if changed else {}
    changes = []
    for row, to in changed:
        label = labels.get(row.host, row.host)
        changes.append(catalogue_notes.change(ports, row.id, row.name, label, "tier", {"tier": [row.tier, to]}))
    bulk.insert(session, "entry_change", changes)
    run = {(row.model, host_of(row.platform, row.server)) for row in session.execute(_RUN)} if pairings else set()
    for name, host in sorted({(row.name, row.host) for row in pairings} & run):
        catalogue_entries.refresh_endpoints(ports, session, name, host)
