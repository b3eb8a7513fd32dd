"""Other portals' catalogues that are followed: list, one, follow, look, take, end."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, url_for

from app.api.access import current_actor
from app.api.bodies.common import ListOf
from app.api.bodies.follows import Agreement, FollowAnswer, LookAnswer, NewFollow
from app.api.context import ports
from app.api.operations import Located, operation
from app.domain.errors import DatabaseAway, Invalid, NotFound, Unavailable
from app.domain.roles import Role
from app.queries import follows as query
from app.services import follows as service
from app.services.bundle_fetch import WHILE_WAITING

follows = Blueprint("follows", __name__)


def _told(follow_id: str) -> FollowAnswer:
    record = query.one(ports().store, follow_id)
    if record is None:
        raise NotFound(service.GONE)
    return FollowAnswer.model_validate(record)


@contextmanager
def _told_at_the_address() -> Iterator[None]:
    """That the other portal gives no bundle is a matter of its address or token, and no fault of this one."""
    try:
        yield
    except DatabaseAway:
        raise
    except Unavailable as error:
        raise Invalid({"address": (error.message,)}, error.message) from error


@follows.get("/catalogue/follows")
@operation(Role.ADMIN, ListOf[FollowAnswer])
def index() -> ListOf[FollowAnswer]:
    """List what is followed, by address."""
    return ListOf[FollowAnswer](items=[FollowAnswer.model_validate(each) for each in query.followed(ports().store)])


@follows.post("/catalogue/follows")
@operation(Role.ADMIN, FollowAnswer, 201, body=NewFollow, located=True)
def create(body: NewFollow) -> Located:
    """Keep an address to be followed once somebody has looked; doing it again changes nothing but the token."""
    follow_id = service.follow(ports(), current_actor(), body.address, body.token)
    return Located(_told(follow_id), url_for("follows.show", follow_id=follow_id))


@follows.get("/catalogue/follows/<follow_id>")
@operation(Role.ADMIN, FollowAnswer)
def show(follow_id: str) -> FollowAnswer:
    """Read how one stands."""
    return _told(follow_id)


@follows.post("/catalogue/follows/<follow_id>/look")
@operation(Role.ADMIN, LookAnswer)
def look(follow_id: str) -> LookAnswer:
    """Fetch what is there and say what taking it would change; the catalogue stays as it is."""
    with _told_at_the_address():
        return LookAnswer.model_validate(service.look(ports(), follow_id, limits=WHILE_WAITING))


@follows.post("/catalogue/follows/<follow_id>/take")
@operation(Role.ADMIN, LookAnswer, body=Agreement)
def take(follow_id: str, body: Agreement) -> LookAnswer:
    """Take what was looked at and agree to whose it is: from then on it is fetched by itself."""
    with _told_at_the_address():
        taken = service.take(
            ports(), current_actor(), follow_id, body.content, body.signer, body.choice(), WHILE_WAITING
        )
    return LookAnswer.model_validate(taken)


@follows.delete("/catalogue/follows/<follow_id>")
@operation(Role.ADMIN)
def end(follow_id: str) -> None:
    """Follow it no longer; what was taken stays."""
    service.unfollow(ports(), current_actor(), follow_id)
