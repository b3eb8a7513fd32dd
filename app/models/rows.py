"""A row that has to be there, whoever comes first."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.base import Model


def ensure(session: Session, table: type[Model], **values: Any) -> None:
    """Add a row with these values unless one with its key is there; of two at the same moment one waits."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(table).values(values).on_conflict_do_nothing())
