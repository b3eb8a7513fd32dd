"""Bundles through the page: given away, looked at, taken; and who is trusted."""

import io
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.queries import installations as queries
from app.services import bundles, installations, reports
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, Sender, portal_elsewhere, report
from tests.fixtures.bundles import entry as line
from tests.fixtures.catalogue import shelf
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements

pytestmark = pytest.mark.seeded

LINES = [MODEL, line(added=True, report=report(), votes={"want": 3})]
MULTIPART = "multipart/form-data; boundary=edge"
NAME = "Elsewhere <b>"


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    shelf(ports)
    return window_of(ada)


@pytest.fixture
def sender() -> Sender:
    return Sender(NAME)


def upload(window: Window, act: str, file: io.BytesIO, fragment: bool = False, **more: str) -> TestResponse:
    data: dict[str, Any] = {"file": (file, "bundle.jsonl"), **more}
    file.seek(0)
    address = f"/catalogue/exchange/{act}"
    return window.post(address, data=data, content_type="multipart/form-data", fragment=fragment)


def encoded(length: int) -> bytes:
    """A file of so many blanks as a browser sends it."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="b.jsonl"\r\n\r\n'
    return head + b" " * length + b"\r\n--edge--\r\n"


def made(sender: Sender) -> io.BytesIO:
    return sender.bundle(LINES, days=1)


def test_what_is_exported_another_portal_takes(window: Window, ports: Ports, ada: Actor, tmp_path: Path) -> None:
    page = Page(window.get("/catalogue/exchange"))
    assert "random id" in page.words("own")
    reports.report(ports, ada, ReportDraft("Granite 9", "vllm", "other", answers={"duo_chat": "works"}))
    with window.post("/catalogue/exchange/export") as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        given = io.BytesIO(answer.data)
    with portal_elsewhere(ports, tmp_path) as elsewhere:
        found = bundles.look(elsewhere, given)
    assert found.counts["reports_new"] == 1
    assert found.fingerprint == Page(window.get("/catalogue/exchange")).words("own-fingerprint")


def test_a_look_says_who_signed_and_what_is_new_and_changes_nothing(
    window: Window, ports: Ports, sender: Sender
) -> None:
    before = row_counts(ports)
    page = Page(upload(window, "look", made(sender)))
    words = page.words("look")
    assert NAME in words
    assert "Not known here yet" in words
    assert "1 model that is new here" in words
    assert row_counts(ports) == before
    assert page.value("digest")


def test_looked_at_and_taken_it_is_there(window: Window, ports: Ports, sender: Sender) -> None:
    file = made(sender)
    digest = Page(upload(window, "look", file, fragment=True)).value("digest")
    answer = upload(window, "take", made(sender), digest=digest)
    page = Page(answer)
    assert answer.status_code == 200
    assert "The bundle was taken" in page.words("look")
    (other,) = queries.others(ports.store)
    assert (other.name, other.trusted, other.reports) == (NAME, False, 1)
    assert "<b>" not in answer.text.replace("<b>Never in it:", "")
    assert window.get("/catalogue/vllm/granite-9-12b").status_code == 200
    assert "It was taken already" in Page(upload(window, "look", made(sender))).words("look")


def test_with_the_tick_its_installation_is_trusted_at_once(window: Window, ports: Ports, sender: Sender) -> None:
    digest = Page(upload(window, "look", made(sender))).value("digest")
    upload(window, "take", made(sender), digest=digest, trust="y", fragment=True)
    assert queries.others(ports.store)[0].trusted


def test_another_file_than_the_one_that_was_looked_at_is_not_taken(
    window: Window, ports: Ports, sender: Sender
) -> None:
    digest = Page(upload(window, "look", made(sender))).value("digest")
    before = row_counts(ports)
    answer = upload(window, "take", sender.bundle(LINES, days=0.5), digest=digest, fragment=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#look")
    assert "This is another file" in Page(answer).error("file")
    assert row_counts(ports) == before


@pytest.mark.parametrize("act", ["look", "take"])
def test_what_is_no_bundle_is_told_at_the_field(window: Window, ports: Ports, sender: Sender, act: str) -> None:
    before = row_counts(ports)
    altered = io.BytesIO(made(sender).getvalue().replace(b"works", b"fails"))
    for file, words in ((io.BytesIO(b"Hello\n"), "This is no bundle"), (altered, "was altered after it was signed")):
        answer = upload(window, act, file)
        assert answer.status_code == 422
        assert words in Page(answer).error("file")
    answer = window.post(f"/catalogue/exchange/{act}", data={"digest": "x"})
    assert "Choose the file" in Page(answer).error("file")
    assert row_counts(ports) == before


def test_a_file_that_is_too_large_is_refused_before_it_is_read(window: Window) -> None:
    somewhat = window.post("/catalogue/exchange/look", data=encoded(21 << 20), content_type=MULTIPART)
    assert somewhat.status_code == 422
    assert "larger than 20 MB" in Page(somewhat).error("file")
    far = window.post("/catalogue/exchange/look", data=encoded(41 << 20), content_type=MULTIPART)
    assert far.status_code == 413


def test_only_bundles_may_be_large(window: Window) -> None:
    assert window.post("/catalogue/exchange/name", data={"name": "x" * (2 << 20)}).status_code == 413


def test_trust_is_given_and_taken_back(window: Window, ports: Ports, ada: Actor, sender: Sender) -> None:
    bundles.take(ports, ada, made(sender))
    act = f"/catalogue/exchange/installations/{sender.id}/trust"
    answer = window.post(act, data={"trusted": "y"}, fragment=True)
    assert "Trust no longer" in Page(answer).words(f"installation-{sender.id}")
    window.post(act, data={"trusted": "n"})
    assert not queries.others(ports.store)[0].trusted
    assert window.post("/catalogue/exchange/installations/no/trust", data={"trusted": "y"}).status_code == 404


def test_the_name_is_stored_and_goes_with_the_next_bundle(window: Window, ports: Ports) -> None:
    window.post("/catalogue/exchange/name", data={"name": " Acme Robotics "})
    assert (found := queries.own(ports.store))
    assert found.name == "Acme Robotics"
    with window.post("/catalogue/exchange/export") as answer:
        assert b'"name":"Acme Robotics"' in answer.data


@pytest.mark.parametrize(
    ("name", "words"), [("x" * 121, "Use 120 characters"), ("at https://10.0.0.1/", "Leave out addresses")]
)
def test_a_name_that_cannot_be_is_told_at_its_field(window: Window, ports: Ports, name: str, words: str) -> None:
    page = Page(window.post("/catalogue/exchange/name", data={"name": name}))
    assert words in page.error("name")
    assert page.value("name") == name
    assert queries.own(ports.store) is None


def test_nobody_but_an_admin_gets_there(window_of: OpenWindow, ports: Ports, ed: Actor, sender: Sender) -> None:
    editor, before = window_of(ed), row_counts(ports)
    assert editor.get("/catalogue/exchange").status_code == 403
    for act in ("export", "name", "look", "take", "installations/x/trust"):
        assert upload(editor, act, made(sender)).status_code == 403
    assert row_counts(ports) == before


def test_more_installations_take_no_more_statements(window: Window, ports: Ports, ada: Actor) -> None:
    with ports.store.write() as session:
        installations.own(ports, session)
    with statements(ports.store) as few:
        window.get("/catalogue/exchange")
    for number in range(4):
        bundles.take(ports, ada, made(Sender(f"Elsewhere {number}")))
    with statements(ports.store) as many:
        assert "Elsewhere 3" in Page(window.get("/catalogue/exchange")).words("bundles")
    assert len(many) == len(few)
