"""Which of GitLab's models is whose: written when something is sent, confirmed when GitLab has it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.instance import Actual, InstanceModel, Provider, Way
from app.domain.plans import Action, Link, Plan, setting_of
from app.domain.roles import SYSTEM, Actor
from app.domain.tokens import DAYS_MAX, TokenDraft
from app.models.instance import FeatureWay, InstanceFeatureRow, InstanceLink, InstanceModelRow
from app.models.rows import ensure
from app.models.token import Token
from app.services import api_tokens, audit
from app.services.ports import Ports

ENDPOINT, THROUGH, FEATURE = "endpoint:", "through:", "feature:"


def intend(ports: Ports, subject: str, key: str) -> None:
    """Note that a model is about to be sent, so that it is known again should this process end before its answer.

    `key` is the mark of the key that goes with it.
    """
    with ports.store.write() as session:
        _link(session, subject).key = key


def issue_token(ports: Ports, actor: Actor, subject: str, title: str) -> str:
    """A new token for the one feature of a `through:` subject; its text. The ones before it end when it is confirmed.

    Until then the mark is only in the link of a model that is yet to be made: GitLab has that one with this token or
    not at all. In another one the token may be the old one still, so whoever finds it unmarked sends a new one.
    """
    feature = subject.removeprefix(THROUGH)
    draft = TokenDraft(name=title[:255], features=(feature,), days=DAYS_MAX)
    with ports.store.write() as session:
        created = api_tokens.add(ports, session, actor, draft, maker=_maker(subject))
        link = _link(session, subject)
        link.token_id, link.key = created.id, "" if link.model_id else created.id
    return created.text


def confirm(ports: Ports, action: Action, model: InstanceModel, key: str | None) -> None:
    """Note that GitLab has a model as it was sent; `key` is the mark of what it was given, None for nothing new."""
    with ports.store.write() as session:
        link = _link(session, action.subject)
        link.model_id, link.agreed = model.id, asdict(model.values)
        if key is not None:
            link.key = link.token_id or "" if action.subject.startswith(THROUGH) else key
            if action.subject.startswith(THROUGH):
                _end_tokens(ports, session, action.subject, but=link.token_id)
        row = session.get(InstanceModelRow, model.id) or InstanceModelRow(id=model.id)
        row.has_key = model.has_key
        row.changed_by, row.changed_at = "", None
        for name, value in asdict(model.values).items():
            setattr(row, name, value)
        session.add(row)
        session.execute(
            update(InstanceFeatureRow)
            .where(InstanceFeatureRow.model_id == model.id)
            .values(model_name=model.values.name)
            .execution_options(synchronize_session=False)
        )


def confirm_setting(ports: Ports, feature: str, setting: str, model_name: str) -> None:
    """Note that GitLab has a feature as it was set."""
    provider, _, model_id = setting.partition(":")
    with ports.store.write() as session:
        way_row(session, feature).agreed = setting
        if row := session.get(InstanceFeatureRow, feature):
            row.provider, row.model_id, row.model_name = provider, model_id, model_name
            row.managed, row.changed_by, row.changed_at = "", "", None


def confirm_gone(ports: Ports, model_id: str) -> None:
    """Note that GitLab has a model no more."""
    with ports.store.write() as session:
        for row in session.scalars(select(InstanceLink).where(InstanceLink.model_id == model_id)):
            if row.subject.startswith(THROUGH):
                _end_tokens(ports, session, row.subject, but=None)
            session.delete(row)
        if stored := session.get(InstanceModelRow, model_id):
            session.delete(stored)


def withdraw(ports: Ports, subject: str) -> None:
    """GitLab refused it for certain: the token that was made for it ends, and what it does not have is not linked.

    A model that it has keeps the token that it holds, which is none of those that are marked here.
    """
    with ports.store.write() as session:
        link = session.get(InstanceLink, subject)
        if link is None:
            return
        if link.token_id and (made := session.get(Token, link.token_id)):
            _end(ports, session, made)
        if link.model_id:
            link.token_id, link.key = None, "" if subject.startswith(THROUGH) else link.key
        else:
            _end_tokens(ports, session, subject, but=None)
            session.delete(link)


def settle(ports: Ports, plan: Plan, actual: Actual) -> None:
    """Take over what a plan found equal: from here on a difference tells which side moved.

    Tokens of features that GitLab calls Modelport for no longer end here.
    """
    steps, stuck = ({each.subject for each in plan.actions}, {each.subject for each in plan.blocked})
    left = frozenset(plan.left)
    wanted = left | steps | stuck
    models = {each.id: each for each in actual.models}
    settings = {each.name: setting_of(each.provider, each.model_id) for each in actual.features}
    with ports.store.write() as session:
        for adopted in plan.adopted:
            _adopt(session, adopted)
        for link in session.scalars(select(InstanceLink)):
            if link.subject in left and link.model_id in models:
                link.agreed = asdict(models[link.model_id].values)
        for subject in plan.left:
            if subject.startswith(FEATURE):
                feature = subject.removeprefix(FEATURE)
                way_row(session, feature).agreed = settings[feature]
        _end_unused(ports, session, wanted, settings)


def link_to(session: Session, subject: str, model: InstanceModel, key: str) -> None:
    """Link what is here with a model that GitLab has; `key` is the mark of the one it is known to hold."""
    _adopt(session, Link(subject, model.id, model.values, key))


def way_row(session: Session, feature: str) -> FeatureWay:
    """A feature's row, made where there is none."""
    if row := session.get(FeatureWay, feature):
        return row
    ensure(session, FeatureWay, feature=feature, way=Way.DIRECT.value, agreed="")
    return session.get_one(FeatureWay, feature)


def _adopt(session: Session, adopted: Link) -> None:
    link = _link(session, adopted.subject)
    link.model_id, link.key = adopted.model_id, adopted.key
    link.agreed = asdict(adopted.values) if adopted.values else None
    session.flush()


def _link(session: Session, subject: str) -> InstanceLink:
    row = session.get(InstanceLink, subject)
    if row is None:
        endpoint_id = subject.removeprefix(ENDPOINT) if subject.startswith(ENDPOINT) else None
        row = InstanceLink(subject=subject, endpoint_id=endpoint_id, model_id="", key="")
        session.add(row)
    return row


def _maker(subject: str) -> str:
    """Whose the tokens of one subject are, so that none of them is forgotten."""
    return f"instance {subject}"


def _end_tokens(ports: Ports, session: Session, subject: str, but: str | None) -> None:
    alive = select(Token).where(Token.maker == _maker(subject), Token.revoked_at.is_(None))
    for token in session.scalars(alive):
        if token.id != but:
            _end(ports, session, token)


def _end(ports: Ports, session: Session, token: Token) -> None:
    if token.revoked_at is None:
        token.revoked_at = ports.clock()
        audit.record(ports, session, SYSTEM, "token:revoke", ("token", token.id, token.name))


def _end_unused(ports: Ports, session: Session, wanted: Collection[str], settings: Mapping[str, str]) -> None:
    """A token whose model is not wanted, and given to no feature in GitLab any more, is of no use, and a risk.

    So is one whose model is gone from GitLab, or never came there.
    """
    prefix = _maker(THROUGH)
    alive = select(Token.maker).where(Token.maker.startswith(prefix), Token.revoked_at.is_(None)).distinct()
    for maker in session.scalars(alive).all():
        subject = THROUGH + maker.removeprefix(prefix)
        link = session.get(InstanceLink, subject)
        used = link and link.model_id and setting_of(Provider.SELF_HOSTED, link.model_id) in settings.values()
        if subject in wanted or used:
            continue
        _end_tokens(ports, session, subject, but=None)
        if link and link.model_id:
            link.key, link.token_id = "", None
        elif link:
            session.delete(link)
