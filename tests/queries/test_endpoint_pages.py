"""Whole endpoints page by page, and the names that all of them go by."""

from app.domain.endpoints import name_key
from app.domain.roles import Actor
from app.queries.endpoint_names import endpoint_names
from app.queries.endpoint_pages import following
from app.queries.endpoints import Filter
from app.services import endpoints
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

# The databases sort them differently; what counts is that each is met once.
NAMES = ("alpha", "Beta", "beta-2", "Éclair", "_under", "zz top", "10", "9")


def test_every_endpoint_is_met_once_in_one_statement_a_page(ports: Ports, ada: Actor) -> None:
    for name in NAMES:
        add_endpoint(ports, ada, name)
    met: list[str] = []
    with statements(ports.store) as sent:
        while page := following(ports.store, Filter(), 3, name_key(met[-1]) if met else ""):
            met += [each.name for each in page]
    assert sorted(met) == sorted(NAMES)
    assert len(sent) == 4


def test_names_come_with_slugs_and_whether_they_are_on(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "Beta")
    off = add_endpoint(ports, ada, "alpha one")
    endpoints.set_enabled(ports, ada, off, None, enabled=False)
    found = [(each.name, each.slug, each.enabled) for each in endpoint_names(ports.store)]
    assert found == [("alpha one", "alpha-one", False), ("Beta", "beta", True)]
