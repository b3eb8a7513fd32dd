"""A taking that is killed at any statement, again and again, comes to the same end as one that nobody disturbs."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from app.domain.roles import SYSTEM, Actor
from app.models.catalogue import BundleTaken, CatalogueModel, EntryChange, ForeignVotes, Pairing, Report
from app.models.store import Store
from app.services import audit, bundles, catalogue_seed
from app.services.bundles import Choice
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, NOW, TESTED, Sender, entry, portal_elsewhere, report

HOSTS = ("vllm", "sglang", "tgi", "ollama", "litellm")
TRUSTED = Choice(trust=True)


class Killed(BaseException):
    """As if the process were gone: nothing in the application catches it."""


@pytest.fixture
def here(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Ports:
    """Small batches, so that there are many moments to be killed at, and an audit log that has begun."""
    monkeypatch.setattr(bundles, "BATCH", 3)
    still = replace(ports, clock=lambda: NOW)
    catalogue_seed.seed(still)
    with still.store.write() as session:
        audit.record(still, session, SYSTEM, "bundle:export", ("installation", "here", "here"))
    return still


@contextmanager
def killed_after(store: Store, statements: int) -> Iterator[None]:
    """Killed at the statement after so many; the end of a transaction counts as one."""
    left = [statements]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    events = ("before_cursor_execute", "commit")
    for name in events:
        event.listen(store.engine, name, count)
    try:
        yield
    finally:
        for name in events:
            event.remove(store.engine, name, count)


def files(sender: Sender) -> tuple[io.BytesIO, io.BytesIO]:
    """A bundle, and a later one that supersedes, takes back, adds, and names fewer votes."""
    first = [MODEL, *(entry(host=host, report=report(5, evidence=TESTED), votes={"want": 3}) for host in HOSTS)]
    taken_back = {"at": report(5)["at"], "state": "withdrawn"}
    second = [
        MODEL,
        entry(host="vllm", report=report(3, answers={"duo_chat": "fails"}), votes={"want": 2, "works": 1}),
        entry(host="sglang", report=taken_back),
        entry(host="tgi", report=report(5, evidence=TESTED)),
        *(entry(model=f"Other {number}", report=report(4)) for number in range(4)),
    ]
    return sender.bundle(first, days=4), sender.bundle(second, days=2)


def told(ports: Ports) -> dict[str, list[Any]]:
    """All that a taking writes, by names instead of ids."""
    with ports.store.read() as session:
        key = (Pairing.model_slug, Pairing.host, Pairing.variant)
        figures = (
            Pairing.tier, Pairing.tier_reasons, Pairing.stars, Pairing.confidence, Pairing.reports,
            Pairing.installations, Pairing.answers, Pairing.votes, Pairing.origin, Pairing.rating_words,
        )  # fmt: skip
        asked = {
            "pairings": select(*key, *figures),
            "models": select(CatalogueModel.slug, CatalogueModel.name, CatalogueModel.size, CatalogueModel.origin),
            "reports": select(*key, Report.at, Report.state, Report.answers, Report.grade).join(Pairing),
            "votes": select(*key, ForeignVotes.kind, ForeignVotes.number).join(Pairing),
            "changes": select(*key, EntryChange.what, EntryChange.changes).join(
                Pairing, Pairing.id == EntryChange.pairing_id
            ),
            "bundles": select(BundleTaken.digest, BundleTaken.done, BundleTaken.finished_at),
        }
        return {name: sorted(map(str, session.execute(each))) for name, each in asked.items()}


def finish(take: Callable[[], object], store: Store, statements: int, more: int) -> int:
    """Run it until it comes to its end, each time a few statements further; the number of times it was killed."""
    killed = 0
    while True:
        try:
            with killed_after(store, statements):
                take()
        except Killed:
            killed += 1
            statements += more
        else:
            return killed


@pytest.mark.parametrize(("statements", "more"), [(0, 1), (3, 7), (25, 13)])
def test_killed_anywhere_it_comes_to_the_same_end(
    here: Ports, ada: Actor, tmp_path: Path, statements: int, more: int
) -> None:
    sender = Sender()
    with portal_elsewhere(here, tmp_path) as undisturbed:
        catalogue_seed.seed(undisturbed)
        for file in files(sender):
            bundles.take(undisturbed, ada, file, TRUSTED)
        expected = told(undisturbed)
    killed = 0
    for file in files(sender):
        killed += finish(lambda file=file: bundles.take(here, ada, file, TRUSTED), here.store, statements, more)  # type: ignore[misc]
    assert killed > 3
    assert told(here) == expected


def test_what_was_begun_is_told_and_goes_on(here: Ports, ada: Actor) -> None:
    first, _ = files(Sender())
    seen: list[tuple[int, int]] = []

    def stop(done: int, everything: int) -> None:
        seen.append((done, everything))
        raise Killed

    with pytest.raises(Killed):
        bundles.take(here, ada, first, progress=stop)
    assert seen == [(3, 5)]
    look = bundles.look(here, first)
    assert (look.state, look.counts["reports_known"], look.counts["reports_new"]) == ("begun", 3, 2)
    assert bundles.take(here, ada, first).counts["reports_new"] == 2
    assert bundles.look(here, first).state == "taken"


def test_two_takings_at_once_share_the_work(here: Ports, ada: Actor) -> None:
    first, _ = files(Sender())
    other = io.BytesIO(first.getvalue())
    nested = []

    def meanwhile(done: int, _everything: int) -> None:
        if done == 3:
            nested.append(bundles.take(here, ada, other))

    outer = bundles.take(here, ada, first, progress=meanwhile)
    assert (nested[0].counts["reports_new"], outer.counts["reports_new"]) == (2, 3)
    assert len(told(here)["reports"]) == 5
