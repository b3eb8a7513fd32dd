"""Where a list goes on, as an opaque word: signed, so that nobody asks the database for anything but a place in it."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from app.api.context import ports
from app.domain.errors import Invalid

Item = TypeVar("Item")
_MARK_BYTES = 16


def write(kind: str, *place: str | int) -> str:
    """The cursor of a place in the list called `kind`."""
    body = json.dumps([kind, *place]).encode()
    return urlsafe_b64encode(_mark(body) + body).decode().rstrip("=")


def read(kind: str, cursor: str) -> list[Any]:
    """The place that a cursor of this list stands for; raises Invalid for any other."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, body = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
        if hmac.compare_digest(mark, _mark(body)):
            found, *place = json.loads(body)
            if found == kind:
                return list(place)
    except ValueError:
        pass
    raise Invalid({"cursor": ("That is no place in this list. Take `next` as it was given, or begin anew.",)})


def moment(place: Sequence[Any]) -> tuple[datetime, str]:
    """The place in a list that is ordered by time."""
    at, identity = place
    return datetime.fromisoformat(at), str(identity)


def cut(found: Sequence[Item], limit: int, place: Callable[[Item], str]) -> tuple[Sequence[Item], str | None]:
    """Of one more than `limit`, the page and the cursor of its last item, None where nothing follows."""
    if len(found) <= limit:
        return found, None
    return found[:limit], place(found[limit - 1])


def _mark(body: bytes) -> bytes:
    return hmac.new(ports().sealer.derive("api-cursor"), body, sha256).digest()[:_MARK_BYTES]
