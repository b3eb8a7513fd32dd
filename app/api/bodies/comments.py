"""A comment on an entry as it is sent and as it is told."""

from datetime import datetime

from app.api.bodies.common import Id, Paged, Plain, Stored, Taken
from app.queries.comments import CommentRecord


class CommentsAsked(Paged):
    """The entry whose comments are listed, by its id."""

    entry: Id = ""


class CommentText(Taken):
    """What is said."""

    text: Plain


class NewComment(CommentText):
    """What is said, and of which entry."""

    entry_id: Id


class CommentAnswer(Stored):
    """A comment; of one that was removed the text is empty and `removed_at` is set. `own`: the token wrote it."""

    entry_id: str
    person_name: str
    own: bool
    text: str
    edited_at: datetime | None
    removed_at: datetime | None
    removed_by: str

    @classmethod
    def of(cls, record: CommentRecord, reader: str) -> "CommentAnswer":
        """A record as it is answered to `reader`, a person's key."""
        plain = {name: getattr(record, name) for name in cls.model_fields.keys() - {"entry_id", "own"}}
        return cls(**plain, entry_id=record.pairing_id, own=record.person == reader)
