"""/metrics as Prometheus reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from werkzeug.test import Client, TestResponse

from app.domain.roles import Actor, Role
from app.services import api_tokens
from app.services.ports import Ports
from app.version import version
from tests.fixtures.api import ProgramOf
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint
from tests.fixtures.traffic import used
from tests.queries.test_usage_totals import rest

DURATION = "gen_ai_client_operation_duration_seconds"
TOKENS = "gen_ai_client_token_usage"
FIRST_TOKEN = "gen_ai_server_time_to_first_token_seconds"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

Scrape = Callable[..., TestResponse]


@pytest.fixture
def scrape(app: Flask, program_of: ProgramOf) -> Scrape:
    """Ask as Prometheus does, with a viewer's token."""
    token = program_of(Role.VIEWER).token

    def ask(accept: str = "", path: str = "/metrics") -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        return Client(app, use_cookies=False).get(path, headers=headers)

    return ask


def families(answer: TestResponse) -> dict[str, Metric]:
    assert answer.status_code == 200
    return {family.name: family for family in read_text(answer.text)}


def value(family: Metric, name: str, **labels: str) -> float:
    """The one sample of that name that has these labels."""
    found = [each.value for each in family.samples if each.name == name and labels.items() <= each.labels.items()]
    assert len(found) == 1, f"{len(found)} samples"
    return found[0]


def test_durations_are_a_histogram_by_what_was_asked_and_how_it_ended(scrape: Scrape, ports: Ports) -> None:
    used(ports, {"duration_ms": 15.0}, {"duration_ms": 900.0}, {"duration_ms": 99_000.0, "error": "total_timeout"})
    family = families(scrape())[DURATION]
    assert family.type == "histogram"
    assert value(family, f"{DURATION}_count", error_type="") == 2
    assert value(family, f"{DURATION}_sum", error_type="") == pytest.approx(0.915)
    assert value(family, f"{DURATION}_bucket", error_type="", le="0.02") == 1
    assert value(family, f"{DURATION}_bucket", error_type="total_timeout", le="81.92") == 0
    assert value(family, f"{DURATION}_bucket", error_type="total_timeout", le="+Inf") == 1


@pytest.mark.parametrize(
    ("platform", "provider"),
    [
        ("openai_compatible", "openai_compatible"),
        ("azure_openai", "azure.ai.openai"),
        ("bedrock", "aws.bedrock"),
        ("vertex_ai", "gcp.vertex_ai"),
        ("anthropic", "anthropic"),
    ],
)
def test_labels_are_those_of_the_conventions(scrape: Scrape, ports: Ports, platform: str, provider: str) -> None:
    used(ports, {"platform": platform, "operation": "text_completion"})
    (sample, *_) = families(scrape())[DURATION].samples
    assert {name: each for name, each in sample.labels.items() if name != "le"} == {
        "gen_ai_operation_name": "text_completion",
        "gen_ai_request_model": "duo_chat",
        "gen_ai_response_model": "served",
        "gen_ai_provider_name": provider,
        "modelport_endpoint": "mistral",
        "error_type": "",
    }


def test_tokens_are_counted_both_ways_and_not_by_how_it_ended(scrape: Scrape, ports: Ports) -> None:
    used(ports, {"prompt_tokens": 300, "completion_tokens": 4}, {"prompt_tokens": 5, "error": "caller_left"})
    family = families(scrape())[TOKENS]
    assert value(family, f"{TOKENS}_sum", gen_ai_token_type="input") == 305
    assert value(family, f"{TOKENS}_sum", gen_ai_token_type="output") == 4
    assert value(family, f"{TOKENS}_bucket", gen_ai_token_type="input", le="16.0") == 1
    assert value(family, f"{TOKENS}_count", gen_ai_token_type="output") == 2


def test_only_streams_have_a_first_token(scrape: Scrape, ports: Ports) -> None:
    used(ports, {"first_token_ms": 30.0}, {}, {"feature": "code_completions"})
    family = families(scrape())[FIRST_TOKEN]
    assert value(family, f"{FIRST_TOKEN}_count") == 1
    assert value(family, f"{FIRST_TOKEN}_bucket", le="0.04") == 1
    assert value(family, f"{FIRST_TOKEN}_sum") == pytest.approx(0.03)


def test_buckets_never_fall_and_end_with_the_count(scrape: Scrape, ports: Ports) -> None:
    used(ports, *({"duration_ms": n * 777.0, "first_token_ms": n * 61.0, "prompt_tokens": n**4} for n in range(60)))
    read = families(scrape())
    for name in (DURATION, TOKENS, FIRST_TOKEN):
        runs: dict[Any, list[float]] = {}
        for each in read[name].samples:
            if each.name.endswith("_bucket"):
                runs.setdefault(tuple(label for label in each.labels.items() if label[0] != "le"), []).append(
                    each.value
                )
        assert all(run == sorted(run) and run[-1] == 60 for run in runs.values()), name


def test_a_scrape_by_a_later_worker_never_falls(scrape: Scrape, ports: Ports) -> None:
    def counts() -> dict[Any, float]:
        found = families(scrape()).values()
        return {(each.name, *each.labels.items()): each.value for family in found for each in family.samples}

    used(ports, {"prompt_tokens": 5, "error": "broken"}, {})
    before = counts()
    # Each call of used() is a meter of its own, as another process has one.
    used(ports, {"prompt_tokens": 5}, {"feature": "another"})
    after = counts()
    assert all(after[key] >= value for key, value in before.items())
    assert after != before


def test_resting_endpoints_and_the_version_are_told(scrape: Scrape, ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "Well")
    rest(ports, add_endpoint(ports, ada, "Ill"))
    read = families(scrape())
    resting = {each.labels["modelport_endpoint"]: each.value for each in read["modelport_endpoint_resting"].samples}
    assert resting == {"ill": 1, "well": 0}
    assert read["modelport_build_info"].samples[0].labels == {"version": version()}


def test_series_are_bounded_and_what_is_left_out_is_told(
    scrape: Scrape, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.collector.MOST_PAIRS", 3)
    used(ports, *({"endpoint": f"e{n}", "first_token_ms": 5.0} for n in range(9)))
    read = families(scrape())
    assert {each.labels["modelport_endpoint"] for each in read[TOKENS].samples} == {"e0", "e1", "e2"}
    assert value(read["modelport_usage_pairs_left_out"], "modelport_usage_pairs_left_out") == 6
    assert sum(len(family.samples) for family in read.values()) < 3 * 75


def test_names_full_of_quotes_are_read_back_as_they_are(scrape: Scrape, ports: Ports) -> None:
    evil = 'a"b\\c\nd{e="f"} 1'
    used(ports, {"feature": evil, "served_name": evil})
    labels = families(scrape())[DURATION].samples[0].labels
    assert (labels["gen_ai_request_model"], labels["gen_ai_response_model"]) == (evil, evil)


def test_openmetrics_is_spoken_to_who_asks_for_it(scrape: Scrape, ports: Ports) -> None:
    used(ports, {"first_token_ms": 5.0}, {"error": "broken"})
    answer = scrape(OPENMETRICS)
    assert answer.content_type.startswith("application/openmetrics-text")
    assert {DURATION, TOKENS, FIRST_TOKEN, "modelport_build"} <= {each.name for each in read_openmetrics(answer.text)}
    assert scrape().content_type.startswith("text/plain; version=0.0.4")


def test_an_installation_without_calls_is_scraped_as_well(scrape: Scrape) -> None:
    assert families(scrape())[DURATION].samples == []


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpw", "Bearer ", "Bearer mp_unknown_token"])
def test_without_a_good_token_nothing_is_told(app: Flask, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for path in ("/metrics", "/metrics/", "/metrics/x"):
        answer = Client(app).get(path, headers=headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "modelport_build" not in answer.text


def test_a_cookie_a_token_for_features_and_a_revoked_one_are_refused(
    app: Flask, window_of: OpenWindow, program_of: ProgramOf, ports: Ports, ada: Actor
) -> None:
    assert window_of(ada).get("/metrics").status_code == 401
    features, revoked = program_of(None, "duo_chat").token, program_of(Role.ADMIN).token
    asked = {"Authorization": f"Bearer {revoked}"}
    assert Client(app).get("/metrics", headers=asked).status_code == 200
    bearer = api_tokens.authenticate(ports, revoked)
    api_tokens.revoke(ports, ada, bearer.token_id)
    assert Client(app).get("/metrics", headers=asked).status_code == 401
    assert Client(app).get("/metrics", headers={"Authorization": f"Bearer {features}"}).status_code == 403


def test_nothing_else_is_below_the_address(scrape: Scrape) -> None:
    assert scrape(path="/metrics/x").status_code == 404
