"""Sign-ins under way."""

from datetime import datetime

from sqlalchemy import func, select

from app.models.sign_in import SignInTransaction as Row
from app.models.store import Store


def attempts_since(store: Store, network: str, moment: datetime) -> int:
    """How many sign-ins were begun or answered wrongly from a network and not completed."""
    with store.read() as session:
        where = (Row.network == network, Row.created_at > moment)
        return session.execute(select(func.count()).select_from(Row).where(*where)).scalar_one()


def is_known(store: Store, transaction_id: str) -> bool:
    """Whether such a sign-in is under way."""
    with store.read() as session:
        return session.execute(select(Row.id).where(Row.id == transaction_id)).first() is not None
