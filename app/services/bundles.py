"""Takes what another installation says of the catalogue, in two steps: a look that changes nothing, and the taking.

A taking goes in batches, each a transaction of its own that also says how far it has come: whoever is stopped at any
moment runs it again and comes to the same end.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain import bundle_kept
from app.domain.bundle_form import EntryLine, Header, ModelLine
from app.domain.bundles import COUNTS, fingerprint
from app.domain.roles import Actor
from app.lib import cycles
from app.models.catalogue import BundleTaken, ForeignVotes, Installation, Pairing
from app.services import audit, bundle_files, bundle_lines, bundle_rows, catalogue_refresh, installations
from app.services.bundle_files import Opened
from app.services.bundle_lines import Origin
from app.services.catalogue_names import Names
from app.services.ports import Ports

BATCH = 2000
TRIES = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a bundle and what taking it would do.

    `standing` of its installation: new, known, trusted, or rekeyed where it is known with another key than this one.
    `content` is the digest of the body: it stays the same when the same is exported again, while `digest` does not.

    `state`: new, begun or taken. `counts` has the names of COUNTS; `left_out` counts entries by the reason why this
    version cannot take them.
    """

    digest: str
    content: str
    installation: str
    name: str
    fingerprint: str
    standing: str
    made_at: datetime
    lines: int
    state: str
    counts: Mapping[str, int]
    left_out: Mapping[str, int]

    @property
    def told(self) -> list[tuple[int, str]]:
        """What there is of each, with its words."""
        return [(number, COUNTS[name][number > 1]) for name, number in self.counts.items() if number]


Progress = Callable[[int, int], None]


def untold(_done: int, _all: int) -> None:
    """For takings whose progress nobody waits for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a bundle is taken: `trust` its installation from now on; `again` take reports where one was refused here.

    `other_key`: take it also where its installation is known here with another key, which is trusted only anew.
    """

    trust: bool = False
    again: bool = False
    other_key: bool = False


def look(ports: Ports, file: IO[bytes], choice: Choice = Choice()) -> Look:
    """Verify a bundle and say what it would change. Raises Invalid with a sentence for one that is not taken."""
    bundle = bundle_files.opened(ports, file, other_key=choice.other_key)
    counts: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    with ports.store.read() as session:
        row = session.get(BundleTaken, bundle.digest)
        signer = session.get(Installation, bundle.header.installation.id)
        origin, names = _origin(session, bundle.header, choice), Names(session, ports.facts)
        for _, lines, facts in bundle_lines.batches(bundle.lines(), names, BATCH):
            found = bundle_lines.plan(ports, session, names, facts, origin, lines)
            counts.update(found.counts)
            left_out.update(found.left_out)
    state = "new" if row is None else "taken" if row.finished_at else "begun"
    return _look(bundle, _standing(bundle.header, signer), state, counts, left_out)


def _standing(header: Header, signer: Installation | None) -> str:
    if signer is None:
        return "new"
    if signer.public_key != header.installation.public_key:
        return "rekeyed"
    return "trusted" if signer.trusted else "known"


def _look(bundle: Opened, standing: str, state: str, counts: Mapping[str, int], left_out: Mapping[str, int]) -> Look:
    signer = bundle.header.installation
    return Look(
        digest=bundle.digest,
        content=bundle.header.sha256,
        installation=signer.id,
        name=signer.name,
        fingerprint=fingerprint(signer.public_key),
        standing=standing,
        made_at=bundle.header.made_at,
        lines=bundle.header.entries,
        state=state,
        counts={name: counts.get(name, 0) for name in COUNTS},
        left_out=dict(left_out),
    )


def take(
    ports: Ports,
    actor: Actor,
    file: IO[bytes],
    choice: Choice = Choice(),
    progress: Progress = untold,
) -> Look:
    """Take a bundle and say what was taken this time; one that was taken already changes nothing.

    For admins. `progress` is told the entries so far and in all. Raises Invalid before anything is written.
    """
    bundle = bundle_files.opened(ports, file, other_key=choice.other_key)
    counts: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    if _was_taken(ports, bundle):  # and so were all its lines found good
        _agree(ports, actor, bundle, choice)
    else:
        with bundle.checked() as lines:
            _begin(ports, actor, bundle)
            _agree(ports, actor, bundle, choice)
            for found, done in _taken(ports, bundle, choice, lines):
                counts.update(found.counts)
                left_out.update(found.left_out)
                progress(done, bundle.header.entries)
            _finish(ports, actor, bundle)
    return _look(bundle, "trusted" if choice.trust else "known", "taken", counts, left_out)


def _was_taken(ports: Ports, bundle: Opened) -> bool:
    with ports.store.read() as session:
        row = session.get(BundleTaken, bundle.digest)
        return row is not None and row.finished_at is not None


def _agree(ports: Ports, actor: Actor, bundle: Opened, choice: Choice) -> None:
    if choice.trust:
        installations.trust(ports, actor, bundle.header.installation.id, trusted=True)
    elif choice.other_key:
        # Whether it was changed just now or by a run that was stopped here.
        catalogue_refresh.refresh_installation(ports, bundle.header.installation.id)


def _taken(ports: Ports, bundle: Opened, choice: Choice, lines: IO[bytes]) -> Iterator[tuple[bundle_lines.Plan, int]]:
    """Each batch after it was taken, with the entries so far."""
    with ports.store.read() as session:
        names = Names(session, ports.facts)
    for start, batch, facts in bundle_lines.batches(map(bundle_kept.read, lines), names, BATCH):
        yield _take(ports, bundle, names, choice, start, batch, facts), start + len(batch)


def _origin(session: Session, header: Header, choice: Choice) -> Origin:
    newer = exists().where(
        BundleTaken.installation == header.installation.id, BundleTaken.at > header.made_at
    )  # fmt: skip
    return Origin(header.installation.id, votes=not session.scalar(select(newer)), again=choice.again)


def _begin(ports: Ports, actor: Actor, bundle: Opened) -> None:
    """Note that the taking begins, the first time."""
    header, signer = bundle.header, bundle.header.installation
    with ports.store.write() as session:
        if session.get(BundleTaken, bundle.digest) is not None:
            return
        known = session.get(Installation, signer.id)
        if known is None:
            known = Installation(id=signer.id, public_key=signer.public_key, first_seen_at=ports.clock())
            session.add(known)
        elif known.public_key != signer.public_key:
            installations.change_key(ports, session, actor, known, signer.public_key)
        if _origin(session, header, Choice()).votes:
            known.name = signer.name
            # A bundle has all votes of its installation: what it does not name is gone, and is cleared at the end.
            theirs = update(ForeignVotes).where(ForeignVotes.installation == signer.id)
            session.execute(theirs.values(number=0))
        session.flush()
        values = {"digest": bundle.digest, "installation": signer.id, "at": header.made_at, "person_name": actor.name}
        session.execute(insert(BundleTaken), [values])
        subject = ("installation", signer.id, signer.name or signer.id)
        changes = {"bundle": (None, bundle.digest), "entries": (None, header.entries)}
        audit.record(ports, session, actor, "bundle:take", subject, changes)


def _take(
    ports: Ports,
    bundle: Opened,
    names: Names,
    choice: Choice,
    start: int,
    lines: list[EntryLine],
    facts: dict[str, ModelLine],
) -> bundle_lines.Plan:
    """One batch; what another run took meanwhile is passed over. Somebody may add the same entry at the same moment."""
    for more in reversed(range(TRIES)):
        try:
            with cycles.unsearched(), ports.store.write() as session:
                row = session.get_one(BundleTaken, bundle.digest, with_for_update=True)
                origin, left = _origin(session, bundle.header, choice), lines[max(0, row.done - start) :]
                if not left:
                    return bundle_lines.Plan(origin, names.hosts)
                found = bundle_lines.plan(ports, session, names, facts, origin, left)
                bundle_rows.write(ports, session, found)
                row.done = start + len(lines)
                return found
        except IntegrityError:
            if not more:
                raise
            with ports.store.read() as session:
                names.read(session)
    raise AssertionError("a taking gives up by raising")


def _finish(ports: Ports, actor: Actor, bundle: Opened) -> None:
    """Clear the votes that were not named again, and note the end."""
    installation = bundle.header.installation.id
    while True:
        with ports.store.write() as session:
            gone: list[str] = []
            if _origin(session, bundle.header, Choice()).votes:
                cleared = (ForeignVotes.installation == installation) & (ForeignVotes.number == 0)
                asked = select(ForeignVotes.pairing_id).where(cleared).distinct().limit(BATCH)
                gone = list(session.scalars(asked))
                session.execute(delete(ForeignVotes).where(cleared, ForeignVotes.pairing_id.in_(gone)))
                _refresh(ports, session, gone)
            if len(gone) < BATCH:
                row = session.get_one(BundleTaken, bundle.digest)
                row.finished_at, row.person_name = ports.clock(), actor.name
                return


def _refresh(ports: Ports, session: Session, pairings: list[str]) -> None:
    rows = session.execute(select(Pairing.model_slug, Pairing.host).where(Pairing.id.in_(pairings)))
    catalogue_refresh.refresh_groups(ports, session, [(row.model_slug, row.host) for row in rows])
