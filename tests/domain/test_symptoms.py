"""Searching the symptoms of GitLab."""

from typing import Any

import pytest

from app.data.loader import Facts
from app.domain.sources import Source
from app.domain.symptoms import Symptom, matching


def symptom(slug: str, seen: str = "Seen", cause: str = "Cause.", step: str = "Step.", **more: Any) -> Symptom:
    return Symptom(slug, "group", seen, cause, (step,), Source("Title", "19.3"), **more)


def slugs(rows: tuple[Symptom, ...]) -> list[str]:
    return [row.slug for row in rows]


def test_no_words_find_everything_in_its_order(facts: Facts) -> None:
    rows = facts.symptoms.rows
    assert slugs(matching(rows.values(), "")) == slugs(matching(rows.values(), " \t")) == list(rows)


def test_what_people_see_comes_before_the_cause_and_the_cause_before_the_remedy() -> None:
    rows = [symptom("step", step="Mend the Proxy."), symptom("cause", cause="A proxy."), symptom("seen", "PROXY")]
    assert slugs(matching(rows, "proxy")) == ["seen", "cause", "step"]


def test_equals_keep_the_order_of_the_file() -> None:
    rows = [symptom(name, "Proxy") for name in "cab"]
    assert slugs(matching(rows, "proxy")) == ["c", "a", "b"]


def test_every_word_has_to_occur_wherever_it_stands() -> None:
    rows = [symptom("both", "A timeout", step="Mend the proxy."), symptom("one", "A timeout")]
    assert slugs(matching(rows, "proxy TIMEOUT")) == ["both"]
    assert matching(rows, "timeout elephant") == ()


def test_words_do_not_run_from_one_text_into_the_next() -> None:
    assert matching([symptom("apart", "Gate", says=("way",))], "gateway") == ()


@pytest.mark.parametrize("field", ["says", "settings", "codes"])
def test_exact_words_settings_and_codes_are_searched(field: str) -> None:
    found = matching([symptom("row", **{field: ("AIGW_THIS__THAT",)})], "aigw_this")
    assert slugs(found) == ["row"]


@pytest.mark.parametrize(
    ("q", "slug"),
    [
        ("A1003", "a1003-stream-failed"),
        ("I\u2019m sorry, I couldn\u2019t respond in time. Please try again. Error code: A1000", "a1000-time-out"),
        ("with on-demand throughput isn\u2019t supported", "bedrock-inference-profile"),
        ("wrong_version_number", "workflow-token"),
        ("aigw_custom_models__enabled", "custom-models-disabled"),
        ("404 v1", "endpoint-without-v1"),
        ("websocket", "agentic-chat-hangs"),
    ],
)
def test_what_an_administrator_pastes_leads_to_its_row(facts: Facts, q: str, slug: str) -> None:
    assert slugs(matching(facts.symptoms.rows.values(), q))[:1] == [slug]


def test_a_code_of_our_own_test_leads_to_what_is_seen_in_gitlab(facts: Facts) -> None:
    assert slugs(facts.symptoms.of_code("no_v1")) == ["endpoint-without-v1"]
    refused = facts.symptoms.of_code("connect_refused")
    assert slugs(refused) == ["gateway-cannot-reach-model", "model-on-the-gateways-host"]
    assert facts.symptoms.of_code("stopped") == facts.symptoms.of_code("") == ()
