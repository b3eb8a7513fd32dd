"""Discussion, proposals, moderation and exchange in a real browser: accessible, narrow, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from app.domain.proposals import Kind, ProposalDraft
from app.domain.roles import Actor
from app.services import bundles, comments, proposals
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, Sender, report
from tests.fixtures.bundles import entry as line
from tests.fixtures.catalogue import MISTRAL, entry, report_elsewhere, shelf
from tests.fixtures.served import Enter, app, enter, models, settings

__all__ = ["app", "enter", "models", "settings"]
ADDRESS = f"/catalogue/vllm/{MISTRAL[1]}"
LINES = [MODEL, line(added=True, report=report(), votes={"want": 3})]


@pytest.fixture(autouse=True)
def _busy(ports: Ports, ada: Actor, ed: Actor, vi: Actor) -> None:
    """The shelf with something of everything."""
    shelf(ports)
    pairing_id = entry(ports, MISTRAL).id
    report_elsewhere(ports, pairing_id, "notes", 2)
    comments.add(ports, vi, pairing_id, "Which context length do you run?\nWith 131K we ran out of memory.")
    flagged = comments.add(ports, ed, pairing_id, "A word that is as long as " + "x" * 90)
    comments.flag(ports, vi, flagged, wanted=True)
    propose(ports, ed, Kind.CORRECTION, size="23.6", known_issues="Slow at first.")
    asked = propose(ports, ed, Kind.MODEL, model="Granite 9 12B", host="vllm", family="other", size="12")
    proposals.ask(ports, ada, asked, None, "Which GPU do you run it on?")
    bundles.take(ports, ada, Sender("Northwind Robotics").bundle(LINES, days=1))


def propose(ports: Ports, actor: Actor, kind: Kind, **fields: str) -> str:
    return proposals.propose(ports, actor, ProposalDraft(kind, fields, entry(ports, MISTRAL).id))


def test_every_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor) -> None:
    visit = enter(ada, ADDRESS)
    origin = visit.page.url.removesuffix(ADDRESS)
    paths = (
        ADDRESS, f"{ADDRESS}/history", "/catalogue/propose?kind=model",
        f"/catalogue/propose?kind=correction&entry={entry(ports, MISTRAL).id}", "/catalogue/proposals",
        "/catalogue/proposals?show=asked", "/catalogue/moderation", "/catalogue/exchange",
    )  # fmt: skip
    for path in paths:
        visit.page.goto(origin + path)
        visit.check_looks()


def test_a_comment_is_written_changed_and_deleted_by_keyboard(enter: Enter, vi: Actor) -> None:
    visit = enter(vi, ADDRESS)
    page = visit.page
    visit.expect_status(422)
    page.get_by_label("Add a comment").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text-error")).to_have_text("Write something.")
    expect(page.get_by_label("Add a comment")).to_be_focused()
    page.keyboard.type("65,536 and a cache in FP8.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Your comment is there.")
    mine = page.get_by_role("listitem").filter(has_text="65,536 and a cache")
    mine.get_by_role("link", name="Edit your comment").press("Enter")
    field = page.get_by_role("textbox", name="Your comment")
    expect(field).to_be_focused()
    field.fill("65,536.")
    visit.check_axe()
    page.get_by_role("button", name="Save").press("Enter")
    changed = page.get_by_role("listitem").filter(has_text=re.compile(r"changed[\s\S]*65,536\."))
    expect(changed).to_be_focused()
    changed.get_by_role("button", name="Delete your comment").press("Enter")
    page.get_by_role("button", name="Go on").press("Enter")
    expect(page.get_by_text("It was taken back")).to_be_visible()
    expect(page.get_by_text("65,536")).to_have_count(0)


def test_a_moderator_asks_in_the_dialog_and_accepts(enter: Enter, ports: Ports, ada: Actor) -> None:
    visit = enter(ada, "/catalogue/proposals")
    page = visit.page
    visit.expect_status(422)
    page.get_by_role("button", name=re.compile("^Ask about: Mistral")).press("Enter")
    question = page.get_by_label("Your question to the author")
    expect(question).to_be_focused()
    question.fill(" ")
    page.get_by_role("button", name="Ask", exact=True).press("Enter")
    expect(page.locator("#text-error")).to_have_text("Write a sentence.")
    visit.check_axe()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile("^Ask about: Mistral"))).to_be_focused()
    page.get_by_role("button", name=re.compile("^Accept: Mistral")).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The catalogue has it now.")
    expect(page.get_by_text("No proposal is in this state.")).to_be_visible()
    assert entry(ports, MISTRAL).size == 23.6


def test_a_bundle_is_looked_at_and_taken(enter: Enter, ada: Actor) -> None:
    visit = enter(ada, "/catalogue/exchange")
    page = visit.page
    visit.expect_status(422)
    page.get_by_label("File of the bundle").set_input_files({"name": "a.jsonl", "mimeType": "", "buffer": b"no\n"})
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#file-error")).to_contain_text("This is no bundle")
    good = Sender("Acme").bundle(LINES, days=1).getvalue()
    page.get_by_label("File of the bundle").set_input_files({"name": "a.jsonl", "mimeType": "", "buffer": good})
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#look")).to_contain_text("Not known here yet")
    visit.check_axe()
    page.get_by_text("Trust this installation from now on").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#toasts")).to_contain_text("The bundle was taken.")
    expect(page.get_by_role("row").filter(has_text="Acme").get_by_text("Trusted", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the bundle").click()
    assert download.value.suggested_filename.startswith("modelport-catalogue-")


def test_without_a_script_a_comment_is_written_and_flagged(enter: Enter, ed: Actor) -> None:
    page = enter(ed, ADDRESS, javascript=False, width=320).page
    page.get_by_label("Add a comment").fill("Stable for three weeks.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Stable for three weeks.")).to_be_visible()
    flag = page.get_by_role("button", name=re.compile("moderator to look at the comment of Vi"))
    flag.click()
    expect(page.get_by_role("button", name=re.compile("comment of Vi"), pressed=True)).to_be_visible()
