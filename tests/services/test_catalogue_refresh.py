"""Many entries worked out anew at once come to what each by itself comes to, and age shows without anybody's doing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.roles import Actor
from app.models.catalogue import Pairing
from app.queries import catalogue
from app.services import catalogue_entries, catalogue_refresh, catalogue_seed, reports
from app.services.ports import Ports
from tests.services.test_reports import draft, from_elsewhere

pytestmark = pytest.mark.seeded


def test_one_by_one_and_all_at_once_come_to_the_same(ports: Ports, ada: Actor) -> None:
    catalogue_seed.seed(ports)
    ids = [
        reports.report(ports, ada, draft(model="Mistral Small 24B Instruct 2506", variant=variant))
        for variant in ("", "AWQ")
    ]
    for each in ids:
        from_elsewhere(ports, each, trusted=True)
    with ports.store.write() as session:
        for each in ids:
            row = session.get(Pairing, each)
            assert row
            catalogue_entries.refresh(ports, session, row)
    alone = catalogue.entries(ports.store, ids)
    catalogue_refresh.refresh_aged(ports)
    together = catalogue.entries(ports.store, ids)
    for one, other in zip(alone, together, strict=True):
        assert replace(one, updated_at=other.updated_at) == other
    assert [each.levels["chat"] for each in together] == ["full", ""], "a quantised variant is not what GitLab lists"


def test_what_grew_old_is_worked_out_a_little_at_a_time(
    ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [reports.report(ports, ada, draft(model=f"Granite {number}")) for number in range(3)]
    rests: list[float] = []
    monkeypatch.setattr("app.services.catalogue_refresh.BESIDE_PAGES", 1)
    monkeypatch.setattr("app.services.catalogue_refresh.sleep", rests.append)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(days=400))
    catalogue_refresh.refresh_aged(later)
    assert [each.needs_test for each in catalogue.entries(ports.store, ids)] == [True] * 3
    assert len(rests) == 3


def test_reports_grow_old_without_anybodys_doing(ports: Ports, ada: Actor) -> None:
    chosen = reports.report(ports, ada, draft())
    from_elsewhere(ports, chosen, trusted=True)
    (young,) = catalogue.entries(ports.store, [chosen])
    later = replace(ports, clock=lambda: ports.clock() + timedelta(days=400))
    catalogue_refresh.refresh_aged(later)
    (old,) = catalogue.entries(ports.store, [chosen])
    assert (young.needs_test, old.needs_test) == (False, True)
    assert old.stars == young.stars
    assert old.confidence < young.confidence
