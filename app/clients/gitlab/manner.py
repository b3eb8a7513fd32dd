"""How a call is made: how long it may take, whether it may be repeated, and what its failure leaves open."""

from dataclasses import dataclass

from app.domain.instance_troubles import InstanceError
from app.lib.http import Limits

MAX_BODY = 8 << 20
CONNECT_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Manner:
    """`repeats`: it may go out once more after it failed on the way. `changes`: GitLab may have done it even so."""

    limits: Limits
    repeats: bool
    changes: bool


def _limits(seconds: float, *, resends: bool = False) -> Limits:
    return Limits(seconds, first_byte=seconds, connect=CONNECT_SECONDS, max_body=MAX_BODY, resends=resends)


READ = Manner(_limits(30.0, resends=True), repeats=True, changes=False)
# GitLab asks its AI gateway meanwhile, which gives a model up to a minute; nothing is stored.
LOOK = Manner(_limits(70.0), repeats=False, changes=False)
CHANGE = Manner(_limits(30.0), repeats=False, changes=True)


class Passing(InstanceError):
    """A failure that may pass: try again after `pause` seconds, `attempts` times in all."""

    def __init__(self, code: str, words: str, pause: float, attempts: int) -> None:
        super().__init__(code, words)
        self.pause = pause
        self.attempts = attempts
