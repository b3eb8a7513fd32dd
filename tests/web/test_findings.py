"""What tests found, on the endpoint's page: tiles, readiness with its reasons, what is old, certificates."""

import pytest
from sqlalchemy import select, update

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.domain.steps import Outcome, StepName, StepResult
from app.models.endpoint import Capability, Standing
from app.services import endpoints
from app.services.ports import Ports
from app.web.findings import summary
from tests.fixtures.findings import SUITED, finding, measure
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def shown(window: Window, endpoint_id: str) -> Page:
    return Page(window.get(f"/endpoints/{endpoint_id}"))


def tiles(page: Page) -> dict[str, str]:
    found = [each for each in page.tree.iter() if each.get("data-ability")]
    return {each.get("data-ability", ""): " ".join(" ".join(each.itertext()).split()) for each in found}


def test_each_ability_says_what_was_measured_and_when(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed)
    measure(ports, ed, endpoint_id, *SUITED, finding("cadence", tokens_per_second=61), finding("embeddings", "no"))
    found = tiles(shown(window, endpoint_id))
    assert len(found) == 14
    assert found["chat"] == "Chat Yes 12 ms just now"
    assert found["stream"] == "Streaming Yes first token 212 ms just now"
    assert found["quick"] == "First token 212 ms within a second just now"
    assert found["tools"] == "Tools Yes 3 of 3 just now"
    assert found["context"] == "Context 131,072 tokens where the test ends just now"
    assert found["cadence"] == "Flow of the stream Yes 61 tokens/s just now"
    assert found["embeddings"] == "Embeddings No just now"
    assert found["suffix"] == "Completions address Not measured"


def test_what_was_never_measured_offers_a_full_test_to_who_may_run_one(
    window: Window, window_of: OpenWindow, ports: Ports, ed: Actor, vi: Actor
) -> None:
    endpoint_id = add_endpoint(ports, ed)
    page = shown(window, endpoint_id)
    assert all(each.endswith("Not measured") for each in tiles(page).values())
    assert "measures what was not measured yet" in page.words("abilities")
    viewer = shown(window_of(vi), endpoint_id)
    assert 'popovertarget="full-test"' not in viewer.text
    assert f"/endpoints/{endpoint_id}/test" not in viewer.links()


def test_readiness_says_why_and_keeps_tier_and_level_beside_it(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed)
    measure(
        ports,
        ed,
        endpoint_id,
        *SUITED[:3],
        finding("tools", "partly", structured=2, tries=3),
        finding("context", "partly", 32_768),
    )
    page = shown(window, endpoint_id)
    assert "General Chat Works" in page.words("ready-duo_chat")
    agentic = page.words("ready-duo_agent_platform_agentic_chat")
    assert "With limits It calls tools in the structured form in some of the tries only. 2 more" in agentic
    assert "It reads 32,768 tokens; it is comfortable from 128,000." in agentic
    assert "Supported" in page.words("ready-duo_chat")
    assert "GitLab's level: Full" in page.words("ready-duo_chat")


def test_an_edited_endpoint_keeps_its_verdicts_and_says_that_they_are_old(
    window: Window, ports: Ports, ed: Actor
) -> None:
    endpoint_id = add_endpoint(ports, ed)
    measure(ports, ed, endpoint_id, *SUITED)
    moved = EndpointDraft(name="Mistral", server="vllm", base_url="https://other.example.com/v1", identifier="served")
    endpoints.update(ports, ed, endpoint_id, 1, moved)
    page = shown(window, endpoint_id)
    assert "Old: The endpoint was edited since this was measured. Chat, Streaming, First token," in page.words(
        "abilities"
    )
    row = page.words("ready-duo_chat")
    assert row.startswith("General Chat Works Old The endpoint was edited since this was measured.")
    assert "another version" not in page.text


def test_another_version_of_the_server_is_an_alert_with_a_test(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed)
    measure(ports, ed, endpoint_id, *SUITED)
    with ports.store.write() as session:
        session.execute(update(Capability).where(Capability.ability == "tools").values(aged="changed"))
    page = shown(window, endpoint_id)
    assert "The server shows another version or model" in page.words("abilities")
    assert "Test again in full" in page.words("abilities")


def test_the_certificates_of_the_last_test_are_shown_in_its_step_and_beside(
    window: Window, ports: Ports, ed: Actor
) -> None:
    endpoint_id = add_endpoint(ports, ed)
    links = [
        {"subject": "CN=models.example", "issuer": "CN=Root", "not_after": "2031-07-04T00:00:00+00:00"},
        {"subject": "CN=Root", "issuer": "CN=Root", "not_after": "2040-01-01T00:00:00+00:00"},
    ]
    measure(ports, ed, endpoint_id, StepResult(StepName.TLS, Outcome.PASSED, 3.0, figures={"chain": links}))
    page = shown(window, endpoint_id)
    told = "CN=models.example Issued by CN=Root, valid until 4 July 2031"
    told += " CN=Root Signed by itself, valid until 1 January 2040"
    assert told in page.words("certificates")
    assert f"Certificates it showed: 2 {told}" in page.words("test")


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["works"], "1 works"),
        (["works"] * 13 + ["limits"] * 3 + ["no", "unknown"], "13 work, 3 with limits, 1 will not work, 1 not judged"),
        (["unknown"] * 18, "18 not judged"),
        ([], ""),
    ],
)
def test_the_summary_leaves_out_what_there_is_none_of(verdicts: list[str], words: str) -> None:
    assert summary(verdicts) == words


def test_every_feature_has_a_row_that_the_matrix_leads_to(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed)
    page = shown(window, endpoint_id)
    with ports.store.read() as session:
        features = session.scalars(select(Standing.feature)).all()
    assert len([page.by_id(f"ready-{name}") for name in features]) == 18
