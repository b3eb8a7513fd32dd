"""Which prompt families are in use."""

from app.domain.roles import Actor
from app.queries import families as query
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign


def test_a_family_counts_its_endpoints_once_and_all_features_they_serve(ports: Ports, ada: Actor) -> None:
    first = add_endpoint(ports, ada, "first")
    add_endpoint(ports, ada, "second")
    add_endpoint(ports, ada, "other", **UNLISTED)
    for feature in ("duo_chat", "duo_chat_fix_code"):
        assign(ports, ada, feature, first)
    with statements(ports.store) as sent:
        assert query.uses(ports.store) == {"mistral": query.Use(2, 2), "other": query.Use(1, 0)}
    assert len(sent) == 1


def test_members_come_by_name_and_no_more_than_asked_for(ports: Ports, ada: Actor) -> None:
    for name in ("b", "A", "c"):
        add_endpoint(ports, ada, name)
    assert [each.name for each in query.members(ports.store, "mistral", 2)] == ["A", "b"]
    assert query.members(ports.store, "qwen", 2) == ()
