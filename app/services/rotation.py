"""Seals every stored secret with the first key of the ring, while the portal serves.

Each text is put in place of the very text that was read: what somebody changed in between stays, and the next round
finds it. A run that was ended in the middle is simply begun again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import CursorResult, update

from app.domain.roles import Actor
from app.lib.sealed import CannotOpen
from app.services import audit, header_values, sealed_columns
from app.services.ports import Ports
from app.services.sealed_columns import COLUMNS, SealedColumn, SealedText


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did: the texts sealed anew, those that do not open by name, and what each other key still seals."""

    key_id: str
    resealed: int
    failed: tuple[str, ...]
    remaining: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether nothing needs any key but the first."""
        return not self.remaining


def rotate(ports: Ports, actor: Actor, told: Callable[[str], None] = lambda _: None) -> Rotation:
    """Seal anew whatever another key has sealed; `told` hears of each batch. The audit log tells of a run that did."""
    done: Counter[str] = Counter()
    failed: list[str] = []
    header_values.seal_plain(ports)
    for sealed in COLUMNS:
        after = None
        while found := sealed_columns.texts(ports, sealed, but=ports.sealer.key_id, after=after):
            done[sealed.what] += _reseal(ports, sealed, found, failed)
            after = found[-1].id
            told(f"{sealed.what} …: {done[sealed.what]} sealed anew.")
    if done.total():
        _note(ports, actor, done)
    remaining = {name: number for name, number in sealed_columns.by_key(ports).items() if name != ports.sealer.key_id}
    return Rotation(ports.sealer.key_id, done.total(), tuple(failed), remaining)


def _reseal(ports: Ports, sealed: SealedColumn, found: list[SealedText], failed: list[str]) -> int:
    """One batch in one transaction; how many were sealed anew."""
    anew = []
    for each in found:
        purpose = sealed.purpose(each.id)
        try:
            anew.append((each, ports.sealer.seal(ports.sealer.open(each.text, purpose), purpose)))
        except CannotOpen:
            failed.append(f"{sealed.what} {each.name}")
    done = 0
    with ports.store.write() as session:
        for each, text in anew:
            place = update(sealed.column.class_).where(sealed.id == each.id, sealed.column == each.text)
            values = {sealed.column.key: text}
            if hasattr(sealed.column.class_, "updated_at"):
                # Nobody edited it.
                values["updated_at"] = sealed.column.class_.updated_at
            answer = session.execute(place.values(values).execution_options(synchronize_session=False))
            assert isinstance(answer, CursorResult)
            done += answer.rowcount
    return done


def _note(ports: Ports, actor: Actor, done: Counter[str]) -> None:
    changes = {what: (None, number) for what, number in done.items() if number}
    with ports.store.write() as session:
        audit.record(
            ports, session, actor, "secrets:rotate", ("secrets", ports.sealer.key_id, "Stored secrets"), changes
        )
