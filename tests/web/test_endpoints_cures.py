"""Cures on the endpoint's form: put in, named, tested by itself, and saved by nobody but the editor."""

import pytest
from werkzeug.test import TestResponse

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.domain.steps import Fix, Outcome, StepName, StepResult
from app.queries import endpoints as query
from app.services import endpoints, probe_records, probes
from app.services.ports import Ports
from app.services.probe_records import Batch
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint
from tests.lib.authority import Issuer

CERTIFICATE = Issuer.root("The authority").pem * 5
ELSEWHERE = Fix("base_url", "http://gpu-1.models.example:8000/v2", "Use it")


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


@pytest.fixture
def stored(ports: Ports, ed: Actor) -> str:
    return endpoints.create(ports, ed, EndpointDraft(**GOOD))


def proposed(ports: Ports, actor: Actor, endpoint_id: str, fix: Fix | None) -> str:
    """What leads to the cure that a test of the endpoint has found at its step for the key."""
    (started,) = probes.start_saved(ports, actor, [endpoint_id])
    step = StepResult(StepName.AUTH, Outcome.FAILED, code="no_v1", message="No.", fix=fix)
    probe_records.record(ports, Batch({started.probe_id: [step]}, ()))
    return f"{started.probe_id}.auth"


def cured(window: Window, field: str, value: str, **typed: str) -> TestResponse:
    form = {**GOOD, "fix_field": field, "fix_value": value, **typed}
    return window.post("/endpoints/draft/form", data=form, fragment=True)


@pytest.mark.every_database
def test_a_proposed_cure_is_in_the_form_and_not_saved(window: Window, ports: Ports, ed: Actor, stored: str) -> None:
    answer = window.get(f"/endpoints/{stored}/edit?fix={proposed(ports, ed, stored, ELSEWHERE)}")
    page = Page(answer)
    assert page.value("base_url") == ELSEWHERE.value
    assert "Base URL holds the proposed value" in answer.text
    assert "load" in page.by_id("run-test").get("hx-trigger", "")
    found = query.endpoint(ports.store, stored)
    assert found
    assert found.base_url == GOOD["base_url"]


def test_a_cure_comes_from_a_test_of_the_endpoint_and_from_nowhere_else(
    window: Window, ports: Ports, ed: Actor, stored: str
) -> None:
    other = proposed(ports, ed, add_endpoint(ports, ed, "Another"), ELSEWHERE)
    own = proposed(ports, ed, stored, None)
    odd = (other, own, own.replace("auth", "chat"), "nonsense", f"{own}.x", "")
    for asked in (*(f"fix={each}" for each in odd), "fix_field=base_url&fix_value=http://gpu-1.models.example:8000/v2"):
        page = Page(window.get(f"/endpoints/{stored}/edit?{asked}"))
        assert page.value("base_url") == GOOD["base_url"], asked
        assert "load" not in page.by_id("run-test").get("hx-trigger", "")


@pytest.mark.parametrize("field", ["name", "api_key", "client_key", "version", "csrf_token", "nonsense", ""])
def test_no_cure_changes_any_other_field(window: Window, field: str) -> None:
    answer = cured(window, field, "stolen")
    assert "stolen" not in answer.text
    assert "HX-Trigger" not in answer.headers


def test_a_certificate_is_a_value_like_any_other(window: Window) -> None:
    answer = cured(window, "ca_pem", CERTIFICATE)
    assert len(CERTIFICATE) > 2048
    assert Page(answer).value("ca_pem") == CERTIFICATE.strip()
    assert "CA certificates holds the proposed value" in answer.text
    assert "app:test" in answer.headers["HX-Trigger"]


def test_where_nothing_can_be_proposed_the_field_opens_and_waits(window: Window) -> None:
    answer = cured(window, "ca_pem", "", ca_pem="typed before")
    page = Page(answer)
    field = page.by_id("ca_pem")
    assert "autofocus" in field.attrib
    assert (field.text or "").strip() == "typed before"
    (around,) = (each for each in page.tree.iter("details") if field in each.iter())
    assert around.get("open") is not None
    assert "Fill in CA certificates" in answer.text
    assert "HX-Trigger" not in answer.headers
