"""The key of an endpoint in its pages: goes in, never comes out, and stays with its host."""

import logging
from random import sample
from string import ascii_letters

import pytest
from sqlalchemy import update

from app.config import Settings
from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.pages import Page, everything_stored, row_counts
from tests.fixtures.portal import OpenWindow, Window

KEY = GOOD["api_key"]


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


@pytest.fixture
def stored(ports: Ports, ed: Actor) -> str:
    return endpoints.create(ports, ed, EndpointDraft(**GOOD))


def record(ports: Ports, endpoint_id: str) -> EndpointRecord:
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    return found


@pytest.mark.every_database
def test_no_character_of_a_key_is_in_any_page_row_file_or_log(
    window: Window, ports: Ports, ada: Actor, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "Zq9-" + "".join(sample(ascii_letters, 40))
    endpoint_id = endpoints.create(ports, ada, EndpointDraft(**{**GOOD, "api_key": secret}))
    answers = [window.get(f"/endpoints{path}").text for path in ("", f"/{endpoint_id}", f"/{endpoint_id}/edit")]
    answers.append(window.get(f"/endpoints/new?copy={endpoint_id}").text)
    answers.append(window.post(f"/endpoints/{endpoint_id}/edit", data={**GOOD, "name": "", "api_key": secret}).text)
    answers.append(window.post("/endpoints/draft/form", data={**GOOD, "api_key": secret}).text)
    answers.append(everything_stored(ports))
    answers.append(caplog.text)
    answers += [path.read_bytes().decode("latin-1") for path in settings.data_dir.rglob("*") if path.is_file()]
    pieces = {secret[start : start + 6] for start in range(len(secret) - 5)}
    assert not [piece for piece in pieces for answer in answers if piece in answer]


@pytest.mark.parametrize(
    ("platform", "marked"), [("openai_compatible", False), ("openai", True), ("azure_openai", True)]
)
def test_a_key_is_optional_where_servers_do_without(window: Window, platform: str, marked: bool) -> None:
    page = Page(window.post("/endpoints/draft/form", data={"platform": platform, "server": "vllm"}))
    assert (page.by_id("api_key").get("required") is not None) is marked


def test_the_form_of_a_stored_endpoint_holds_all_but_the_key(window: Window, stored: str) -> None:
    page = Page(window.get(f"/endpoints/{stored}/edit"))
    assert {name: page.value(name) for name in GOOD if name != "api_key"} == {
        **{name: value for name, value in GOOD.items() if name != "api_key"},
        "identifier": "custom_openai/mistral-small-24b",
    }
    assert (page.value("api_key"), page.value("version"), page.value("endpoint_id")) == ("", "1", stored)
    assert page.by_id("api_key").get("placeholder") == "Stored; leave blank to keep it"


@pytest.mark.parametrize(
    ("typed", "has_key"),
    [({"api_key": ""}, True), ({"api_key": "  "}, True), ({"api_key": "", "remove_key": "y"}, False),
     ({"api_key": "sk-new", "remove_key": "y"}, True)],
    ids=["blank keeps", "blanks keep", "remove removes", "a new one wins"],
)  # fmt: skip
def test_the_key_field_of_a_change(
    window: Window, ports: Ports, stored: str, typed: dict[str, str], has_key: bool
) -> None:
    answer = window.post(f"/endpoints/{stored}/edit", data={**GOOD, **typed, "version": "1"})
    assert answer.headers["Location"] == f"/endpoints/{stored}"
    assert record(ports, stored).has_key is has_key


@pytest.mark.parametrize("port", ["https://gpu-1.models.example:8000/v1", "http://gpu-1.models.example:8001/v1"])
def test_another_address_asks_for_the_key_again_on_save_test_and_search(
    window: Window, ports: Ports, stored: str, port: str
) -> None:
    moved = {**GOOD, "base_url": port, "api_key": "", "version": "1", "endpoint_id": stored}
    before = row_counts(ports)
    for address in (f"/endpoints/{stored}/edit", "/endpoints/draft/test", "/endpoints/draft/models"):
        answer = window.post(address, data=moved, fragment=True)
        assert answer.status_code == 422
        assert "Type the key again" in Page(answer).error("api_key")
    assert row_counts(ports) == before


def test_a_key_that_no_longer_opens_is_told_and_breaks_nothing(window: Window, stored: str, ports: Ports) -> None:
    with ports.store.write() as session:
        sealed = ports.sealer.seal(KEY, "endpoint|another row|api_key")
        session.execute(update(Endpoint).where(Endpoint.id == stored).values(api_key=sealed))
    for path in ("", "/edit"):
        page = window.get(f"/endpoints/{stored}{path}")
        assert page.status_code == 200
        assert "cannot be read" in page.text
    assert "data-verdict" in window.get("/endpoints").text
    saved = window.post(f"/endpoints/{stored}/edit", data={**GOOD, "api_key": "sk-again", "version": "1"})
    assert saved.status_code == 303
    assert "cannot be read" not in window.get(f"/endpoints/{stored}").text
