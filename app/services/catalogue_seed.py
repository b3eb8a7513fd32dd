"""Puts what Modelport ships on models and pairings into the database, and puts it there anew when it changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from app.domain import hardware as fitting
from app.domain import tiers
from app.domain.catalogue import figures, spelling, with_corrections
from app.domain.endpoints import name_key
from app.domain.features import Column
from app.domain.listings import ListedModel
from app.models import locks, search
from app.models.catalogue import HERE, SEED, CatalogueHardware, CatalogueModel, Pairing
from app.models.discussion import Comment
from app.queries.catalogue import RANKS
from app.queries.confirmations import confirmations_in
from app.services.catalogue_notes import note
from app.services.ports import Ports

_HARDWARE = ("card", "count", "memory", "need", "context", "requests", "note")
_FACTS = ("maker", "licence", "open_weights", "size", "active", "context")
# What an entry's history tells when later lists say something else.
_TOLD = ("tier", *(column.value for column in Column))


def seed(ports: Ports) -> bool:
    """Bring the shipped entries up to date; whether anything had to be done.

    What people added, reported or put right stays. An entry that is shipped no longer stays where people said
    something of it, and is theirs from then on.
    """
    with ports.store.read() as session:
        if _stored(session) == ports.facts.revision:
            return False
    with ports.store.write() as session:
        if not ports.store.is_sqlite:
            # Of processes that start together one does it; the others see that it is done.
            session.execute(select(func.pg_advisory_xact_lock(locks.SEEDING)))
        stored = _stored(session)
        if stored == ports.facts.revision:
            return False
        slugs = {name: _slug_of(session, model) for name, model in ports.facts.models.items()}
        for model in ports.facts.models.values():
            _put_model(ports, session, model, slugs)
        session.flush()
        _put_hardware(ports, session, slugs)
        _put_pairings(ports, session, slugs, first=stored is None)
    return True


def _stored(session: Session) -> int | None:
    """The revision of the facts that the shipped entries were made of; None where there are none."""
    return session.scalar(select(func.min(Pairing.rules_version)).where(Pairing.origin == SEED))


def _slug_of(session: Session, model: ListedModel) -> str:
    """The slug of a model, which is the one it has here where people added it before it was listed."""
    known = select(CatalogueModel.slug).where(CatalogueModel.name_key == name_key(model.name)[:120])
    return session.scalar(known) or model.slug


def _put_model(ports: Ports, session: Session, model: ListedModel, slugs: Mapping[str, str]) -> None:
    facts = ports.facts.model_facts[model.name]
    gone = ports.facts.deprecations.get(model.name)
    stated = [max(each.need or 0, each.count * each.memory) for each in ports.facts.hardware if each.name == model.name]
    slug = slugs[model.name]
    row = session.get(CatalogueModel, slug) or CatalogueModel(slug=slug, corrected={})
    row.name, row.name_key, row.note = model.name, name_key(model.name)[:120], model.note
    row.spelling = spelling(model.name)
    listed = {"family": model.family, **{name: getattr(facts, name) for name in _FACTS}}
    values, row.corrected = with_corrections(listed, row.corrected)
    for name, value in values.items():
        setattr(row, name, value)
    row.deprecated_since = gone.since if gone else ""
    row.replacement = slugs[gone.replacement] if gone and gone.replacement else ""
    row.source, row.origin = asdict(model.source), SEED
    row.stated_memory = min(stated, default=None)
    row.estimated_memory = fitting.estimate(row.size)
    session.add(row)


def _put_hardware(ports: Ports, session: Session, slugs: Mapping[str, str]) -> None:
    session.execute(delete(CatalogueHardware).where(CatalogueHardware.model_slug.in_(slugs.values())))
    rows = [
        {
            "model_slug": slugs[each.name],
            "card_key": each.card.lower(),
            **{name: getattr(each, name) for name in _HARDWARE},
            "source": asdict(each.source),
        }
        for each in ports.facts.hardware
    ]
    session.execute(insert(CatalogueHardware), rows)


def _put_pairings(ports: Ports, session: Session, slugs: Mapping[str, str], *, first: bool) -> None:
    # Of thousands of entries these are few.
    ours = or_(Pairing.origin == SEED, Pairing.model_slug.in_(slugs.values()))
    found = session.scalars(select(Pairing).where(Pairing.variant == "", ours))
    stored = {(row.model_slug, row.host): row for row in found}
    documents = {}
    for model in ports.facts.models.values():
        slug = slugs[model.name]
        stored_model = session.get_one(CatalogueModel, slug)
        for host in dict.fromkeys((*model.hosts, *model.compatible_hosts)):
            row = stored.pop((slug, host), None) or Pairing(model_slug=slug, host=host, variant="")
            is_new = row.id is None
            session.add(row)
            before = {} if is_new else {name: getattr(row, name) for name in _TOLD}
            row.origin, row.rules_version = SEED, ports.facts.revision
            repeat(stored_model, row)
            _stand(ports, session, row, model.name, model)
            session.flush()
            if not is_new or not first:
                _note(ports, session, row, model.name, before)
            documents[row.id] = tuple(texts_of(ports, ports.facts.hosts(), stored_model, host, ""))
    search.put(session, documents)
    _let_go(ports, session, [row for row in stored.values() if row.origin == SEED])


def _stand(ports: Ports, session: Session, row: Pairing, name: str, listed: ListedModel | None) -> None:
    """What people confirmed counts beside the lists."""
    confirmed = confirmations_in(session, name, row.host) if row.reports else None
    for column, value in standing(ports, listed, row.host, confirmed).items():
        setattr(row, column, value)


def _note(ports: Ports, session: Session, row: Pairing, name: str, before: Mapping[str, Any]) -> None:
    """A line of history for an entry that later lists bring, or of which they say something else."""
    changes = {each: [value, getattr(row, each)] for each, value in before.items() if value != getattr(row, each)}
    if changes or not before:
        note(ports, session, row, name, "levels" if before else "listed", "", changes)


def _let_go(ports: Ports, session: Session, rows: Iterable[Pairing]) -> None:
    """Entries that are shipped no longer: those that people spoke of stay, as theirs."""
    for row in rows:
        spoken = exists().where(Comment.pairing_id == row.id)
        if not (row.reports or row.votes or row.details or session.scalar(select(spoken))):
            search.remove(session, [row.id])
            session.delete(row)
            continue
        model = session.get(CatalogueModel, row.model_slug)
        assert model is not None
        row.origin = HERE
        if model.name not in ports.facts.models:
            model.origin = HERE
        _stand(ports, session, row, model.name, ports.facts.models.get(model.name))
        note(ports, session, row, model.name, "unlisted", "")


def standing(
    ports: Ports, model: ListedModel | None, host: str, confirmed: Mapping[str, tiers.Confirmation] | None = None
) -> dict[str, Any]:
    """The columns of a pairing that follow from GitLab's lists and from reports that confirm it, by feature."""
    confirmations = confirmed or {}
    verdicts = {
        name: tiers.tier(model, host, feature, confirmations.get(name), known=True)
        for name, feature in ports.facts.features.items()
    }
    best = tiers.best(verdicts.values())
    levels = {column.value: "" for column in Column}
    if model and host in model.hosts:
        levels |= {column.value: level.value for column, level in model.levels.items()}
    return {
        "tier": best.tier.value,
        "tier_rank": RANKS[best.tier.value],
        "tier_reasons": list(best.reasons),
        **levels,
    }


def repeat(model: CatalogueModel, row: Pairing) -> None:
    """Let an entry repeat what it is searched and sorted by of its model."""
    for name, value in repeated(model).items():
        setattr(row, name, value)


def repeated(model: CatalogueModel) -> dict[str, Any]:
    """The columns in which entries repeat their model."""
    return {
        "name_key": model.name_key,
        "family": model.family,
        "open_weights": model.open_weights,
        **figures(model.size, model.context, model.stated_memory, model.estimated_memory),
    }


def texts_of(ports: Ports, labels: Mapping[str, str], model: CatalogueModel, host: str, variant: str) -> Iterator[str]:
    """What a pairing is found by: the model's names, its maker and family, also as they are listed, and the host.

    `labels` maps hosts to their labels.
    """
    families = [model.family]
    yield from (model.name, model.slug, host, variant, labels.get(host, host), model.maker)
    if listed := ports.facts.models.get(model.name):
        families.append(listed.family)
        yield from (*listed.served, listed.group)
    if facts := ports.facts.model_facts.get(model.name):
        yield facts.maker
    for family in families:
        yield family
        if family in ports.facts.families:
            yield ports.facts.families[family].label
