"""The catalogue page by page: every entry once, in the finder's order, on both databases."""

import pytest

from app.queries import catalogue_lists as lists
from app.queries.catalogue import Wanted
from app.queries.catalogue_lists import Place
from app.services.ports import Ports
from tests.fixtures.catalogue import MISTRAL, entry, report_elsewhere, shelf

pytestmark = pytest.mark.seeded


@pytest.mark.parametrize("sort", list(lists.ORDERS))
def test_pages_go_on_after_a_place_and_give_every_entry_once(ports: Ports, sort: str) -> None:
    shelf(ports)
    report_elsewhere(ports, entry(ports, MISTRAL).id, number=3)
    whole = [each.id for each, _ in lists.following(ports.store, Wanted(sort=sort), 1000)]
    found: list[str] = []
    place: Place = ()
    while page := lists.following(ports.store, Wanted(sort=sort), 20, place):
        found += [each.id for each, _ in page]
        place = page[-1][1]
    assert found == whole
    assert len(set(whole)) == 61
