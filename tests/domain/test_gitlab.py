"""What is copied into GitLab, held against GitLab's own schema."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from app.data.loader import Facts
from app.domain.gitlab import (
    Deployment,
    ToCopy,
    features_to_assign,
    gitlab_endpoint,
    model_to_create,
    relay_to_create,
)
from app.domain.identifiers import identify

SDL = Path(__file__).parents[1] / "data" / "gitlab_duo.graphql"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text(encoding="utf-8"))


def _deployment(
    facts: Facts, platform: str = "openai_compatible", url: str = "http://gpu:8000/v1", key: bool = True
) -> Deployment:
    chosen = facts.platforms[platform]
    return Deployment("GPU pool", chosen, facts.families["mistral"], identify(chosen, "mistral-small"), url, key)


def _faults(schema: GraphQLSchema, copied: ToCopy) -> list[GraphQLError]:
    """Parse, validate and run against a server without any data, which also checks the variables."""
    return graphql_sync(schema, copied.query, variable_values=dict(copied.variables)).errors or []


@pytest.mark.parametrize(
    "platform", ["openai_compatible", "azure_openai", "openai", "anthropic", "bedrock", "vertex_ai"]
)
def test_the_model_mutation_is_valid_for_every_platform(facts: Facts, schema: GraphQLSchema, platform: str) -> None:
    assert _faults(schema, model_to_create(_deployment(facts, platform, "https://models.example/v1"))) == []


def test_every_family_and_feature_is_one_gitlab_knows(facts: Facts, schema: GraphQLSchema) -> None:
    families = {family.gitlab_name for family in facts.families.values()}
    features = {feature.gitlab_name for feature in facts.features.values()}
    assert families <= set(schema.type_map["AiAcceptedSelfHostedModels"].values)  # type: ignore[attr-defined]
    assert features <= set(schema.type_map["AiFeatures"].values)  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["endpoint", "disabled", "managed", "unassigned"])
def test_the_assignment_mutation_is_valid_for_every_state(facts: Facts, schema: GraphQLSchema, state: str) -> None:
    copied = features_to_assign(tuple(facts.features.values()), state, "GPU pool")
    assert _faults(schema, copied) == []
    assert ("aiSelfHostedModelId" in json.dumps(copied.variables)) == (state == "endpoint")


def test_the_schema_check_can_fail(facts: Facts, schema: GraphQLSchema) -> None:
    good = features_to_assign([facts.features["duo_chat"]], "disabled")
    bad = ToCopy((), good.query, {"input": {"features": ["TEA"], "provider": "DISABLED"}})
    assert _faults(schema, bad) != []


def test_the_form_values_are_those_of_the_endpoint(facts: Facts) -> None:
    lines = {line.label: line.value for line in model_to_create(_deployment(facts)).lines}
    assert lines == {
        "Deployment name": "GPU pool",
        "Platform": "API",
        "Model family": "Mistral",
        "Endpoint": "http://gpu:8000/v1",
        "Model identifier": "custom_openai/mistral-small",
        "API Key (optional)": "",
    }


def test_a_key_is_a_placeholder_and_absent_where_there_is_none(facts: Facts) -> None:
    assert model_to_create(_deployment(facts)).variables["input"]["apiToken"].startswith("<put")  # type: ignore[index]
    assert "apiToken" not in str(model_to_create(_deployment(facts, key=False)).variables)


@pytest.mark.parametrize(
    ("platform", "url", "expected"),
    [
        ("openai_compatible", "http://gpu:8000/v1/", "http://gpu:8000/v1"),
        ("openai", "https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("azure_openai", "https://acme.openai.azure.com", "https://acme.openai.azure.com"),
        ("azure_openai", "https://acme.openai.azure.com/openai/v1/", "https://acme.openai.azure.com"),
        ("azure_openai", "https://api.acme.example/llm/openai", "https://api.acme.example/llm"),
        ("anthropic", "https://api.anthropic.com/v1", "https://api.anthropic.com"),
        ("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", None),
    ],
)
def test_the_address_is_what_gitlabs_gateway_expects(
    facts: Facts, platform: str, url: str, expected: str | None
) -> None:
    assert gitlab_endpoint(facts.platforms[platform], url) == expected


def test_an_address_without_v1_or_too_long_is_warned_of(facts: Facts) -> None:
    plain = " ".join(model_to_create(_deployment(facts, url="http://gpu:8000")).warnings)
    long = " ".join(model_to_create(_deployment(facts, url=f"http://gpu/{'x' * 255}/v1")).warnings)
    assert "end in /v1" in plain
    assert "refuses more than 255" in long
    assert "/v1" not in " ".join(model_to_create(_deployment(facts)).warnings)


def test_through_modelport_gitlab_sends_its_own_prompts_to_the_raw_feature(facts: Facts, schema: GraphQLSchema) -> None:
    copied = relay_to_create(
        facts.features["duo_chat"],
        "https://modelport.example",
        facts.platforms["openai_compatible"],
        facts.families["gpt"],
    )
    values = {line.label: line.value for line in copied.lines}
    assert values["Model identifier"] == "custom_openai/duo_chat:raw"
    assert values["Endpoint"] == "https://modelport.example/v1"
    assert _faults(schema, copied) == []
