"""Which endpoints answer a call, and who may ask them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.data.facts import Facts
from app.domain.assignments import State
from app.domain.errors import CallRefused
from app.domain.routing import (
    EndpointRoute,
    FeatureRoute,
    Link,
    Routes,
    TokenRoute,
    Wanted,
    counts_as_failure,
    links,
    tries_next,
    wanted,
)

LATER = datetime(2030, 1, 1, tzinfo=UTC)
ONE = EndpointRoute("1", "one", "One", "openai_compatible", "m", "other", enabled=True, tier="other")
OFF = replace(ONE, id="2", slug="off", name="Off", enabled=False)
ROUTES = Routes(
    endpoints={"one": ONE, "off": OFF},
    features={
        "duo_chat": FeatureRoute(State.ENDPOINT, (Link(OFF, "qwen", "other"), Link(ONE, "other", "other", 1))),
        "code_completions": FeatureRoute(State.ENDPOINT, (Link(OFF, "other", "other"),)),
        "code_generations": FeatureRoute(State.DISABLED),
        "duo_chat_fix_code": FeatureRoute(State.MANAGED),
    },
)


def token(role: str = "editor", *features: str) -> TokenRoute:
    return TokenRoute("t", "", role, frozenset(features), LATER)


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("duo_chat", Wanted("duo_chat")),
        ("duo_chat:raw", Wanted("duo_chat", raw=True)),
        ("custom_openai/duo_chat:raw", Wanted("duo_chat", raw=True)),
        ("endpoint:one", Wanted(endpoint="one", raw=True)),
    ],
)
def test_what_a_model_names(model: str, asked: Wanted) -> None:
    assert wanted(model) == asked


def test_calls_are_counted_by_feature_whether_raw_or_not() -> None:
    assert [wanted(each).name for each in ("duo_chat:raw", "endpoint:one")] == ["duo_chat", "endpoint:one"]


def test_those_that_are_switched_off_are_passed_over(facts: Facts) -> None:
    (link,) = links(ROUTES, token(), Wanted("duo_chat"), facts.features)
    assert (link.endpoint.slug, link.position) == ("one", 1)


REFUSALS = [
    (token(), "nonsense", 404, "model_not_found"),
    (token(), "endpoint:nonsense", 404, "model_not_found"),
    (token(), "endpoint:off", 503, "endpoint_disabled"),
    (token(), "code_completions", 503, "endpoint_disabled"),
    (token(), "code_generations", 403, "feature_disabled"),
    (token(), "duo_chat_fix_code", 404, "feature_managed"),
    (token(), "duo_chat_write_tests", 404, "feature_unassigned"),
    (token("viewer"), "duo_chat", 403, "feature_not_allowed"),
    (token("viewer"), "endpoint:one", 403, "endpoint_not_allowed"),
    (token("", "duo_chat"), "code_generations", 403, "feature_not_allowed"),
    (token("", "duo_chat"), "endpoint:one", 403, "endpoint_not_allowed"),
]


@pytest.mark.parametrize(("shown", "model", "status", "code"), REFUSALS)
def test_what_is_refused(facts: Facts, shown: TokenRoute, model: str, status: int, code: str) -> None:
    with pytest.raises(CallRefused) as refused:
        links(ROUTES, shown, wanted(model), facts.features)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_feature_token_calls_what_it_lists(facts: Facts) -> None:
    assert links(ROUTES, token("", "duo_chat"), Wanted("duo_chat", raw=True), facts.features)


def test_what_passes_and_what_speaks_against_the_endpoint() -> None:
    assert [status for status in (400, 401, 404, 408, 413, 429, 500, 503) if tries_next(status)] == [408, 429, 500, 503]
    assert not counts_as_failure(429)
    assert counts_as_failure(503)
