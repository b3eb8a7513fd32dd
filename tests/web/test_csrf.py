"""A change comes from one of our own pages, with the session's token, or it does not happen."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.domain.roles import Actor
from app.services.ports import Ports
from app.web.csrf import is_own
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.every_page import filled, routes, stock
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window

# What the provider sends is signed; a code needs the verifier of the frame that asked. No cookie opens these.
PROVEN_OTHERWISE = {"/auth/callback", "/auth/backchannel-logout", "/auth/embed/handoff"}

OURS = "http://127.0.0.1:8050"
# Each lacks one thing of a request of ours.
ATTACKS: dict[str, dict[str, Any]] = {
    "a sibling's page": {"headers": {"Sec-Fetch-Site": "same-site"}},
    "the address bar": {"headers": {"Sec-Fetch-Site": "none"}},
    "plain text": {"headers": {"Content-Type": "text/plain"}, "data": "a=b"},
    "no token": {"headers": {"X-CSRFToken": ""}},
}


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": OURS}, True),
        ({"Origin": OURS + ".evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:8051"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_only_our_own_page_is_the_source_of_a_change(headers: Mapping[str, str], own: bool) -> None:
    assert is_own(headers.get, OURS) is own


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none"])
def test_a_form_from_elsewhere_changes_nothing(window: Window, ports: Ports, site: str) -> None:
    before = row_counts(ports)
    answer = window.post("/endpoints", data=GOOD, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, row_counts(ports)) == (403, before)
    assert "did not come from a page of this portal" in answer.text


@pytest.mark.parametrize("token", ["", "forged", "IjEi.aaaa.bbbb", "x" * 5000])
def test_a_forged_or_missing_token_changes_nothing_and_keeps_nothing_secret_out(
    window: Window, ports: Ports, token: str
) -> None:
    before = row_counts(ports)
    for sent in ({"headers": {"X-CSRFToken": token}}, {"headers": {"X-CSRFToken": ""}, "data": {"csrf_token": token}}):
        answer = window.post("/endpoints", **{"data": GOOD, **sent})
        assert (answer.status_code, row_counts(ports)) == (403, before)
        assert GOOD["api_key"] not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "text/xml", "application/octet-stream", "image/png", "form", ""])
def test_a_body_that_no_page_of_ours_sends_changes_nothing(window: Window, ports: Ports, kind: str) -> None:
    before = row_counts(ports)
    answer = window.post("/endpoints", data=urlencode({**GOOD, "csrf_token": window.csrf_token}), content_type=kind)
    assert (answer.status_code, row_counts(ports)) == (415, before)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-8", "multipart/form-data"])
def test_a_form_in_either_way_is_taken(window: Window, kind: str) -> None:
    data = urlencode(GOOD) if "urlencoded" in kind else GOOD
    assert window.post("/endpoints", data=data, content_type=kind).status_code == 303


def test_every_changing_address_looks_at_source_body_and_token(
    app: Flask, window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    window, known = window_of(ada), stock(ports, ada)
    before = row_counts(ports)
    addresses = {filled(rule, known) for rule in routes(app) if "POST" in (rule.methods or set())}
    assert len(addresses) > 40
    assert addresses > PROVEN_OTHERWISE
    for address in sorted(addresses - PROVEN_OTHERWISE):
        for told, sent in ATTACKS.items():
            answer = window.post(address, data=sent.get("data", ""), headers=sent["headers"])
            assert answer.status_code in (403, 415), (address, told)
    assert row_counts(ports) == before


def test_another_persons_token_does_not_fit(window: Window, window_of: OpenWindow, ada: Actor) -> None:
    window.csrf_token = window_of(ada).csrf_token
    assert window.post("/endpoints", data=GOOD).status_code == 403


def test_a_stale_token_is_renewed_under_the_open_form(window: Window) -> None:
    window.csrf_token = "stale"
    answer = window.post("/endpoints", data=GOOD, fragment=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#alerts")
    assert "Press the button again" in answer.text
    window.csrf_token = json.loads(answer.headers["HX-Trigger"])["app:csrf"]["token"]
    assert window.post("/endpoints", data=GOOD, fragment=True).status_code == 204


def test_the_tokens_of_a_page_work_without_a_script(window: Window) -> None:
    page = Page(window.get("/endpoints/new"))
    token = page.value("csrf_token")
    assert token == page.controls("csrf-token")[0].get("content")
    answer = window.post("/endpoints", data={**GOOD, "csrf_token": token}, headers={"X-CSRFToken": ""})
    assert answer.status_code == 303


def test_reading_needs_no_token(window: Window) -> None:
    answer = window.get("/endpoints", headers={"Sec-Fetch-Site": "cross-site", "X-CSRFToken": ""})
    assert answer.status_code == 200
