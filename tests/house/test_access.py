"""Every route says who may use it, and a change is never a mere look."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.domain.roles import Actor, Role
from app.services.ports import Ports
from app.web.access import PUBLIC, SIGNED_IN, declared
from tests.fixtures.every_page import SIGN_IN, every_look, filled, routes, stock
from tests.fixtures.pages import everything_stored, row_counts
from tests.fixtures.portal import OpenWindow

LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
# What people of every role may change: what concerns themselves alone.
OWN_AFFAIRS = {
    "theme.choose", "identity.dry_run", "identity.end", "leaving.logout", "embed.handoff", "help.sample_dialog",
    # What the identity provider sends; it is proven by itself, or refused.
    "backchannel.logout", "auth.callback_by_form",
    # It renders what was typed, and stores nothing.
    "family_prompts.render",
    "catalogue.vote", "proposals.seen", "comments.add", "comments.update", "comments.delete", "comments.flag",
}  # fmt: skip


def changing(app: Flask) -> list[Rule]:
    return [rule for rule in routes(app) if (rule.methods or set()) - LOOKS]


@pytest.fixture
def known(ports: Ports, ada: Actor) -> dict[str, str]:
    """Something stored for each argument of a route."""
    return stock(ports, ada)


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    levels = {*(role.value for role in Role), PUBLIC, SIGNED_IN}
    assert [rule.rule for rule in routes(app) if declared(app, rule.endpoint) not in levels] == []
    assert len(routes(app)) > 25


def test_what_is_public_is_sign_in_and_health_alone(app: Flask) -> None:
    public = {rule.rule for rule in routes(app) if declared(app, rule.endpoint) == PUBLIC}
    assert {path for path in public if not path.startswith(SIGN_IN)} == {"/livez", "/readyz"}


def test_no_changing_route_is_a_viewers(app: Flask) -> None:
    weak = {
        rule.endpoint
        for rule in changing(app)
        if declared(app, rule.endpoint) in (SIGNED_IN, PUBLIC, Role.VIEWER.value)
    }
    assert weak <= OWN_AFFAIRS


def test_no_view_both_shows_and_changes(app: Flask) -> None:
    both = [rule.endpoint for rule in changing(app) if "GET" in (rule.methods or set())]
    assert both == ["help.sample_dialog"]


def test_every_change_is_refused_to_a_viewer_and_to_a_stranger(
    app: Flask, window_of: OpenWindow, ports: Ports, vi: Actor, known: dict[str, str]
) -> None:
    viewer, stranger = window_of(vi), window_of(None)
    before = row_counts(ports)
    refused = [rule for rule in changing(app) if rule.endpoint not in OWN_AFFAIRS]
    assert len(refused) > 10
    for rule in refused:
        assert viewer.post(filled(rule, known), data={"version": "1"}).status_code == 403, rule
        assert stranger.post(filled(rule, known), data={"version": "1"}).status_code == 401, rule
        assert stranger.post(filled(rule, known), fragment=True).status_code == 401, rule
    assert row_counts(ports) == before


def test_an_address_that_changes_something_cannot_be_opened(
    app: Flask, window_of: OpenWindow, ada: Actor, known: dict[str, str]
) -> None:
    window = window_of(ada)
    shown = {filled(rule, known) for rule in routes(app) if "GET" in (rule.methods or set())}
    for address in {filled(rule, known) for rule in changing(app)} - shown:
        status = window.get(address).status_code
        assert status in (404, 405), address


def test_looking_at_every_page_changes_nothing(
    app: Flask, window_of: OpenWindow, ports: Ports, ada: Actor, known: dict[str, str]
) -> None:
    window = window_of(ada)
    before = everything_stored(ports)
    looked = 0
    for address in every_look(app, known):
        answer = window.get(address)
        assert answer.status_code in (200, 204, 302, 303), address
        looked += answer.status_code == 200
    assert looked > 15
    assert everything_stored(ports) == before
