"""The catalogue for readers and programs: feeds, a sheet and pages, each asked for again with its tag."""

import csv
import io
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from flask import Flask
from jsonschema_rs import Draft202012Validator

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.services import catalogue_entries, reports, votes
from app.services.ports import Ports
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.catalogue import MISTRAL, entry, shelf
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

pytestmark = pytest.mark.seeded

ADDRESSES = (
    "/catalogue/feed.json",
    "/catalogue/feed.schema.json",
    "/catalogue/changes.atom",
    "/catalogue.csv",
    "/catalogue.md",
    "/rules.md",
)
GPT_OSS_NAME = "GPT-oss-120B"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, vi: Actor) -> Window:
    shelf(ports)
    return window_of(vi)


def test_the_feed_has_every_entry_as_its_schema_says(window: Window) -> None:
    answer = window.get("/catalogue/feed.json")
    Draft202012Validator(window.get("/catalogue/feed.schema.json").json).validate(answer.json)
    assert len(answer.json["items"]) == 61
    assert 'rel="describedby"' in answer.headers["Link"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_it_already_gets_nothing_again(window: Window, address: str) -> None:
    first = window.get(address)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    again = window.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert window.get(address, headers={"If-None-Match": '"other"'}).data == first.data


def test_the_tag_changes_with_the_catalogue(window: Window, ports: Ports, ada: Actor) -> None:
    before = window.get("/catalogue/feed.json").headers["ETag"]
    votes.vote(ports, ada, entry(ports, MISTRAL).id, "want", wanted=True)
    changed = window.get("/catalogue/feed.json", headers={"If-None-Match": before})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != before


def test_the_feed_goes_on_until_every_entry_was_given_once(
    window: Window, ports: Ports, viewer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ports.store.write() as session:
        catalogue_entries.obtain(ports, session, GPT_OSS_NAME, "vllm", "a/b & é", "gpt")
    whole = [
        (each["model"], each["host"], each["variant"]) for each in window.get("/catalogue/feed.json").json["items"]
    ]
    monkeypatch.setattr("app.services.catalogue_outputs.FEED_PAGE", 9)
    address, met = "/catalogue/feed.json", []
    while address:
        page = window.get(address)
        same = viewer.get(address.replace("/catalogue/feed.json", "/catalogue/feed"))
        assert same.data == page.data
        met += [(each["model"], each["host"], each["variant"]) for each in page.json["items"]]
        address = urljoin(address, page.json["next"]) if page.json["next"] else ""
    assert met == whole
    assert len(set(met)) == 62


@pytest.mark.parametrize("after", ["x", "a/b", "a/b/%0A"])
def test_what_no_page_of_the_feed_gave_leads_nowhere(window: Window, viewer: Program, after: str) -> None:
    assert window.get(f"/catalogue/feed.json?after={after}").status_code == 404
    assert viewer.get(f"/catalogue/feed?after={after}").status_code in {404, 422}
    assert window.get("/catalogue/feed.json?after=zzz/vllm/").json["items"] == []


def test_changes_are_a_feed_of_pages(window: Window, ports: Ports, ada: Actor) -> None:
    reports.report(ports, ada, ReportDraft("Mistral 7B-it v0.3", "vllm", "mistral", {"duo_chat": "works"}))
    root = ElementTree.fromstring(window.get("/catalogue/changes.atom").data)  # noqa: S314 (made by us)
    assert root.findtext(f"{ATOM}title") == "Changes of the catalogue"
    told = root.findall(f"{ATOM}entry")
    assert [each.findtext(f"{ATOM}title") for each in told] == ["Mistral 7B-it v0.3 on vLLM"]
    assert told[0].find(f"{ATOM}link").get("href").endswith("/catalogue/vllm/mistral-7b-it-v0-3")  # type: ignore[union-attr]


def test_the_sheet_is_a_download_with_a_line_for_each_entry(window: Window) -> None:
    answer = window.get("/catalogue.csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="modelport-catalogue-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 61
    assert {"model", "host", "tier", "chat", "rating"} <= rows[0].keys()


def test_the_page_leads_to_its_rules(window: Window) -> None:
    page = window.get("/catalogue.md")
    assert page.mimetype == "text/markdown"
    assert "### Mistral Small 24B Instruct 2506" in page.text
    assert "(rules.md)" in page.text
    assert window.get("/rules.md").text.startswith("# How tier, rating and confidence are worked out")


def test_the_catalogue_offers_them(window: Window) -> None:
    page = Page(window.get("/catalogue"))
    offered = {each.get("href"): each.get("type") for each in page.tree.iter("link") if each.get("rel") == "alternate"}
    assert offered == {
        "/catalogue/changes.atom": "application/atom+xml",
        "/catalogue/feed.json": "application/json",
    }
    assert {"/catalogue.csv", "/catalogue.md", *offered} <= set(page.links())


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_reads_them_without_signing_in(app: Flask, address: str) -> None:
    assert app.test_client().get(address).status_code == 302


@pytest.mark.parametrize(
    ("address", "page"), [("/catalogue/feed", "feed.json"), ("/catalogue/changes.atom", "changes.atom")]
)
def test_programs_get_the_same_bytes_with_a_token(window: Window, viewer: Program, address: str, page: str) -> None:
    answer = viewer.get(address)
    assert (answer.status_code, answer.data) == (200, window.get(f"/catalogue/{page}").data)
    again = viewer.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_programs_get_nothing_without_one(program_of: ProgramOf) -> None:
    assert program_of().get("/catalogue/feed").status_code == 401
