"""Whatever the database holds of other people's words, every page, sheet and feed shows it as text."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.models.catalogue import CatalogueHardware, CatalogueModel, EntryChange, Report
from app.models.discussion import Comment, Proposal
from app.models.endpoint import Endpoint
from app.models.probe import Probe
from app.models.sign_in import Person, SignInSession
from app.models.token import Token
from app.services.ports import Ports
from tests.fixtures.every_page import every_look, stock
from tests.fixtures.portal import OpenWindow, Window

MARKUP = "<b hx-get=\"/steal\" hx-trigger='load'>b</b>"
HOSTILE = (
    f'=1+1 {MARKUP}<script>steal()</script>" onfocus=steal() x="\r\nb\u202eright \u2066 ]]> --> ${{7*7}} {{{{7*7}}}} '
)
# What none of it may become beside an element or an attribute.
ALIVE = ("<b hx-get", "<script>steal", "${49}", " 49 ")
LONG = HOSTILE + "x" * 10_000
COLUMNS: dict[Any, dict[str, Any]] = {
    Endpoint: {"name": HOSTILE, "owner": LONG, "served_name": HOSTILE, "identifier": f"custom_openai/{HOSTILE}"},
    Token: {"name": HOSTILE},
    Probe: {"summary": LONG, "person_name": HOSTILE, "target": HOSTILE},
    CatalogueModel: {"maker": HOSTILE, "licence": HOSTILE, "note": HOSTILE},
    CatalogueHardware: {"card": HOSTILE, "note": HOSTILE},
    Report: {"note": LONG, "person_name": HOSTILE},
    EntryChange: {"title": HOSTILE, "person_name": HOSTILE},
    Comment: {"text": LONG, "person_name": HOSTILE},
    Proposal: {"title": HOSTILE, "reason": LONG, "answer": HOSTILE, "person_name": HOSTILE, "decided_by": HOSTILE},
    Person: {"name": HOSTILE},
    SignInSession: {"name": HOSTILE, "claims": {HOSTILE: [HOSTILE], "groups": [LONG]}},
}


@pytest.fixture
def filled(ports: Ports, ada: Actor) -> dict[str, str]:
    """Rows by somebody whose very name is hostile, then every text in them."""
    known = stock(ports, replace(ada, name=HOSTILE))
    with ports.store.write() as session:
        for model, values in COLUMNS.items():
            wanted = {name: value for name, value in values.items() if hasattr(model, name)}
            assert wanted.keys() == values.keys(), model
            session.execute(update(model).values(**wanted))
    return known


def answers(app: Flask, window: Window, known: dict[str, str]) -> Iterator[TestResponse]:
    for address in every_look(app, known):
        yield window.get(address)
    for address in ("/audit/export.csv", "/audit/export.jsonl"):
        yield window.get(address)


class Reader(HTMLParser):
    """Reads a page as browsers do; `alive` are elements and attributes that run something and are not ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.alive: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is none of ours."""
        names = {name: value or "" for name, value in attrs}
        foreign = [name for name in names if name.startswith("on") or "steal" in name]
        if foreign or names.get("hx-get") == "/steal" or (tag == "script" and "nonce" not in names):
            self.alive.append(f"<{tag} {names}>")


def cells(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text)):
        yield from row


def test_it_is_text_on_every_page_in_every_sheet_and_every_feed(
    app: Flask, window_of: OpenWindow, ada: Actor, filled: dict[str, str], ports: Ports
) -> None:
    window = window_of(ada)
    with ports.store.write() as session:
        session.execute(update(SignInSession).values(**COLUMNS[SignInSession]))
    shown = kinds = 0
    for answer in answers(app, window, filled):
        told = f"{answer.request.path} ({answer.mimetype})"
        assert answer.status_code < 500, told
        kinds |= _judge(answer, told)
        shown += "steal" in answer.text
    assert shown > 20
    assert kinds == 0b111


def _judge(answer: TestResponse, told: str) -> int:
    """Fail where the words are alive; which kind of answer it was: a page, a sheet, or data."""
    if answer.mimetype == "text/csv":
        assert not [each for each in cells(answer.text) if each.startswith(("=", "+", "-", "@", "\t", "\r"))], told
        return 0b010
    if answer.mimetype.endswith("json"):
        json.loads(answer.text)
        return 0b100
    if answer.mimetype in ("text/html", "application/atom+xml", "text/markdown", "image/svg+xml"):
        assert [each for each in ALIVE if each in answer.text] == [], told
        assert answer.mimetype != "text/html" or Reader(answer.text).alive == [], told
        return 0b001
    return 0
