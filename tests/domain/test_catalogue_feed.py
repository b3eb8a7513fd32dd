"""Feeds: the JSON that stays put, the Atom that every reader takes, and the sheet."""

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree import ElementTree

import jsonschema_rs
import pytest

from app.domain.catalogue_feed import ATOM, DOCUMENT_SCHEMA, Change, Place, address, atom, document, etag, place_of
from app.domain.catalogue_sheet import HEADS, lines
from app.domain.catalogue_whole import WholeEntry, WholeModel
from app.domain.errors import NotFound
from tests.domain.catalogue_cases import ENTRY, HOSTILE, HOSTILE_MODEL, MODEL, NOW

ORIGIN = "https://modelport.example"
FEED = f"{ORIGIN}/catalogue/changes.atom"
CHANGES = (
    Change(8, NOW, "GPT-oss-120B on vLLM", "tier", "vllm", "gpt-oss-120b", "awq", {"tier": ["other", "compatible"]}),
    Change(7, NOW - timedelta(days=1), HOSTILE, "added", "vllm", "gpt-oss-120b"),
    Change(6, NOW - timedelta(days=2), "a\x00b\ud800\ufffe", "something & <new>", "vllm", "x"),
)
NAMES = {"a": ATOM}


def read(changes: tuple[Change, ...] = CHANGES) -> ElementTree.Element:
    return ElementTree.fromstring(atom(changes, ORIGIN, FEED))  # noqa: S314 (we wrote it)


def entries_of(*models: WholeModel) -> list[tuple[WholeModel, WholeEntry]]:
    return [(model, entry) for model in models for entry in model.entries]


def test_the_document_is_as_its_schema_says() -> None:
    jsonschema_rs.meta.validate(DOCUMENT_SCHEMA)
    checker = jsonschema_rs.validator_for(DOCUMENT_SCHEMA)
    found = json.loads(json.dumps(document(entries_of(MODEL, HOSTILE_MODEL), ORIGIN, None)))
    checker.validate(found)
    assert (len(found["items"]), found["next"]) == (3, None)
    del found["items"][0]["tier"]
    assert not checker.is_valid(found)


def test_an_item_has_the_fields_that_stay_put() -> None:
    item = document(entries_of(MODEL), ORIGIN, None)["items"][0]
    assert item["levels"] == {
        "code_completion": "full", "code_generation": "full", "chat": "partial", "agent_platform": None,
    }  # fmt: skip
    told = [item[name] for name in ("model", "host", "family", "tier", "rating", "confidence", "votes")]
    assert told == ["GPT-oss-120B", "vllm", "gpt", "supported", 4.5, 0.625, 7]
    assert item["source"]["page"] == "https://docs.gitlab.com/models/"
    assert item["url"] == f"{ORIGIN}/catalogue/vllm/gpt-oss-120b"


@pytest.mark.parametrize("variant", ["", "awq", "a/b c&d=é+%2F"])
def test_a_page_leads_to_the_next_one_from_wherever_it_was_read(variant: str) -> None:
    place = Place("gpt-oss-120b", "vllm", variant)
    following = document((), ORIGIN, place)["next"]
    for page in (f"{ORIGIN}/catalogue/feed.json", f"{ORIGIN}/api/v1/catalogue/feed?after=before"):
        address = urlsplit(urljoin(page, following))
        assert (address.netloc, address.path) == (urlsplit(page).netloc, urlsplit(page).path)
        assert place_of(parse_qs(address.query, strict_parsing=True)["after"][0]) == place


@pytest.mark.parametrize("after", ["x", "a/b", "a/b/\x00", "a/b/c\n"])
def test_what_no_page_gave_is_no_place(after: str) -> None:
    with pytest.raises(NotFound):
        place_of(after)
    assert place_of("") is None


def test_a_tag_follows_the_content_and_nothing_else() -> None:
    first = etag(atom(CHANGES, ORIGIN, FEED))
    assert first == etag(atom(CHANGES, ORIGIN, FEED))
    assert first != etag(atom(CHANGES[1:], ORIGIN, FEED))
    assert (first[0], first[-1], len(first)) == ('"', '"', 34)


def test_the_feed_has_what_rfc_4287_asks_for() -> None:
    feed = read()
    assert feed.tag == f"{{{ATOM}}}feed"
    assert feed.findtext("a:id", namespaces=NAMES) == FEED
    assert feed.findtext("a:updated", namespaces=NAMES) == "2026-11-28T12:00:00Z"
    assert feed.findtext("a:author/a:name", namespaces=NAMES)
    assert [each.get("rel") for each in feed.findall("a:link", NAMES)] == ["self", "alternate"]
    entries = feed.findall("a:entry", NAMES)
    assert len({entry.findtext("a:id", namespaces=NAMES) for entry in entries}) == len(CHANGES)
    for entry in entries:
        for name in ("title", "summary"):
            assert entry.findtext(f"a:{name}", namespaces=NAMES)
        moment = datetime.fromisoformat(entry.findtext("a:updated", namespaces=NAMES) or "")
        assert moment.tzinfo is not None


def test_what_others_wrote_is_text_and_what_xml_cannot_say_is_replaced() -> None:
    titles = [each.findtext("a:title", namespaces=NAMES) for each in read().findall("a:entry", NAMES)]
    assert titles == ["GPT-oss-120B on vLLM", HOSTILE, "a\ufffdb\ufffd\ufffd"]


def test_a_change_says_what_became_of_what() -> None:
    first, _, last = read().findall("a:entry", NAMES)
    assert first.findtext("a:summary", namespaces=NAMES) == "Its tier changed. tier: other became compatible."
    assert last.findtext("a:summary", namespaces=NAMES) == "Changed: something & <new>."
    link = first.find("a:link", NAMES)
    assert link is not None
    assert link.get("href") == f"{ORIGIN}/catalogue/vllm/gpt-oss-120b?variant=awq"


def test_a_feed_without_changes_is_a_feed() -> None:
    assert read(()).findtext("a:updated", namespaces=NAMES) == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize("variant", ["a/b", "a?b", "a&b#c", "ü"])
def test_an_address_holds_whatever_a_variant_is_called(variant: str) -> None:
    path = address("", "vllm", "x", variant)
    assert path.startswith("/catalogue/vllm/x?variant=")
    assert not set("/&#ü?") & set(path.removeprefix("/catalogue/vllm/x?variant="))


def test_the_sheet_has_a_line_for_each_entry_and_no_formulas() -> None:
    formula = replace(MODEL, name="=HYPERLINK(1)", entries=(replace(ENTRY, variant="+1", stars=None),))
    rows = list(csv.DictReader("".join(lines([MODEL, formula])).splitlines()))
    assert tuple(rows[0]) == HEADS
    assert [row["model"] for row in rows] == ["GPT-oss-120B", "GPT-oss-120B", "'=HYPERLINK(1)"]
    assert (rows[2]["variant"], rows[2]["rating"], rows[0]["rating"], rows[0]["chat"]) == ("'+1", "", "4.5", "partial")
