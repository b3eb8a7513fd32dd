"""Following another portal's catalogue through the page: typed, looked at, agreed to, ended."""

import re

import pytest

from app.domain.roles import Actor
from app.queries import follows as queries
from app.queries import installations
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, Sender, report
from tests.fixtures.bundles import entry as line
from tests.fixtures.catalogue import shelf
from tests.fixtures.following import bundles_from
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window

PATH = "/catalogue/follows"
ADDRESS = "https://portal.example"


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    shelf(ports)
    return window_of(ada)


def test_an_address_is_looked_at_then_taken_then_left(
    window: Window, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender("Elsewhere <b>")
    bundles_from(monkeypatch, lambda: sender.bundle([MODEL, line(added=True, report=report())], days=1))
    answer = window.post(PATH, data={"address": ADDRESS, "token": "mp_secret"}, fragment=True)
    page = Page(answer)
    assert "Elsewhere <b>" in page.words("look")
    assert "1 report on an entry" in page.words("look")
    assert "mp_secret" not in answer.text
    assert installations.others(ports.store) == ()
    (kept,) = queries.followed(ports.store)
    assert (kept.state, kept.has_token) == ("new", True)
    values = {name: page.value(name) for name in ("content", "signer")}
    answer = window.post(f"{PATH}/{kept.id}/take", data={**values, "trust": "y"})
    assert "The catalogue was taken" in Page(answer).words("look")
    assert "Up to date" in Page(window.get(PATH)).words(f"follow-{kept.id}")
    (other,) = installations.others(ports.store)
    assert (other.trusted, other.reports) == (True, 1)
    window.post(f"{PATH}/{kept.id}/end")
    assert queries.followed(ports.store) == ()
    assert window.post(f"{PATH}/{kept.id}/look").status_code == 404


def test_another_key_is_shown_beside_the_one_that_was_agreed_to(
    window: Window, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Sender()
    senders = [first]
    bundles_from(monkeypatch, lambda: senders[-1].bundle([MODEL, line(report=report())], days=1))
    page = Page(window.post(PATH, data={"address": ADDRESS}))
    (kept,) = queries.followed(ports.store)
    seen = {name: page.value(name) for name in ("content", "signer")}
    window.post(f"{PATH}/{kept.id}/take", data={**seen, "trust": "y"})
    senders.append(Sender(identity=first.id))
    answer = window.post(f"{PATH}/{kept.id}/take", data={**seen, "trust": "y"})
    assert answer.status_code == 422
    assert "changed since you looked" in Page(answer).words("follow-problem")
    words = Page(window.post(f"{PATH}/{kept.id}/look")).words("look")
    assert seen["signer"] in words
    assert "trust is asked for anew" in words
    assert "Trust this installation" in words


def test_what_fails_says_what_to_do(window: Window, ports: Ports) -> None:
    page = Page(window.post(PATH, data={"address": "http://portal.example"}, fragment=True))
    assert "https://" in page.error("address")
    assert queries.followed(ports.store) == ()
    answer = window.post(PATH, data={"address": "https://127.0.0.1:9"})
    assert answer.status_code == 422
    assert re.search(r"could not be fetched.*ask whoever runs", Page(answer).words("follow-problem"))


def test_nobody_but_an_admin_gets_there(window_of: OpenWindow, ports: Ports, ed: Actor) -> None:
    editor, before = window_of(ed), row_counts(ports)
    assert editor.get(PATH).status_code == 403
    for act in ("", "/x/look", "/x/take", "/x/end"):
        assert editor.post(PATH + act, data={"address": ADDRESS}).status_code == 403
    assert row_counts(ports) == before
