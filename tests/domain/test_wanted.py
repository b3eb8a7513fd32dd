"""What GitLab should have of endpoints and assignments: values, what it cannot take, what to know, relays and ways."""

from dataclasses import replace
from typing import Any

import pytest

from app.data.loader import Facts
from app.domain.assignments import State
from app.domain.instance import ModelValues, Provider, Way
from app.domain.plans import WantedModel
from app.domain.wanted import NEW_TOKEN, Given, Held, feature_of, model_of, relay_of, unused_ways, way_remarks

ORIGIN = "https://modelport.example"


def endpoint(facts: Facts, platform: str = "openai_compatible", family: str = "mistral", **others: Any) -> Held:
    chosen = facts.platforms[platform]
    made = Held("e1", "GPU", chosen, facts.families[family], "http://gpu.example:8000/v1", f"{chosen.prefix}m", "mark")
    return replace(made, **others)


def given(facts: Facts, name: str = "duo_chat", **others: Any) -> Given:
    made = Given(
        facts.features[name], State.ENDPOINT, endpoint_id="e1", endpoint_name="GPU", family=facts.families["gpt"]
    )
    return replace(made, **others)


def relay(facts: Facts, origin: str = ORIGIN, name: str = "duo_chat", **others: Any) -> WantedModel:
    return relay_of(given(facts, name, way=Way.THROUGH, **others), facts.platforms["openai_compatible"], origin)


# An endpoint's own model.


def test_an_endpoint_is_a_model_with_its_values_and_the_mark_of_its_key(facts: Facts) -> None:
    found = model_of(endpoint(facts))
    assert found.values == ModelValues("GPU", "MISTRAL", "API", "http://gpu.example:8000/v1", "custom_openai/m")
    assert (found.subject, found.key, found.takes_endpoint) == ("endpoint:e1", "mark", True)
    assert (found.faults, found.remarks, found.family_label) == ((), (), "Mistral")


@pytest.mark.parametrize(("platform", "gitlab_name"), [("bedrock", "BEDROCK"), ("vertex_ai", "VERTEX_AI")])
def test_of_the_clouds_gitlab_takes_neither_address_nor_key(facts: Facts, platform: str, gitlab_name: str) -> None:
    found = model_of(endpoint(facts, platform, base_url="https://cloud.example/with/a/path"))
    assert (found.values.platform, found.values.endpoint) == (gitlab_name, "")
    assert (found.key, found.takes_endpoint) == ("", False)
    assert [each for each in found.remarks if each.startswith("GitLab takes no key for this platform")]
    assert not [each for each in found.remarks if "/v1" in each]


@pytest.mark.parametrize(
    ("platform", "base_url", "address"),
    [
        ("openai_compatible", "http://gpu.example:8000/v1/", "http://gpu.example:8000/v1"),
        ("azure_openai", "https://acme.openai.azure.com/openai/v1", "https://acme.openai.azure.com"),
        ("anthropic", "https://api.anthropic.com/v1", "https://api.anthropic.com"),
    ],
)
def test_the_address_is_the_one_that_gitlab_completes(facts: Facts, platform: str, base_url: str, address: str) -> None:
    assert model_of(endpoint(facts, platform, base_url=base_url)).values.endpoint == address


def long_address(length: int) -> str:
    return f"http://gpu.example/{'x' * (length - 22)}/v1"


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"base_url": long_address(255)}, ""),
        ({"base_url": long_address(255) + "/"}, ""),
        ({"base_url": long_address(256)}, "Its address has 256 characters"),
        ({"name": "n" * 255}, ""),
        ({"name": "n" * 256}, "Its name has 256 characters; GitLab takes 255."),
        ({"identifier": "i" * 255}, ""),
        ({"identifier": "i" * 256}, "Its identifier has 256 characters; GitLab takes 255."),
    ],
)
def test_what_is_longer_than_gitlab_takes_is_a_fault(facts: Facts, others: dict[str, str], told: str) -> None:
    faults = model_of(endpoint(facts, **others)).faults
    assert len(faults) == bool(told)
    assert all(told in each for each in faults)


def test_an_address_that_gitlab_is_not_given_may_be_as_long_as_it_likes(facts: Facts) -> None:
    assert model_of(endpoint(facts, "bedrock", base_url=long_address(400))).faults == ()


@pytest.mark.parametrize(
    ("platform", "others", "told"),
    [
        ("openai_compatible", {"base_url": "http://gpu.example:8000"}, "does not end in /v1"),
        ("openai_compatible", {"base_url": "http://gpu.example/v1/models"}, "does not end in /v1"),
        ("openai_compatible", {"base_url": "http://gpu.example:8000/v1/"}, ""),
        ("openai", {"base_url": "https://api.openai.com"}, ""),
        ("openai_compatible", {"base_url": "http://localhost:8000/v1"}, "for GitLab's gateway it leads to"),
        ("openai_compatible", {"base_url": "http://127.0.0.1/v1"}, "for GitLab's gateway it leads to"),
        ("openai_compatible", {"base_url": "http://[::1]:8000/v1"}, "for GitLab's gateway it leads to"),
        ("openai_compatible", {"base_url": "http://localhost.example/v1"}, ""),
        ("openai_compatible", {"needs": ("extra headers",)}, "is sent extra headers from here"),
        ("openai_compatible", {"needs": ("extra headers", "a certificate")}, "extra headers and a certificate from"),
    ],
)
def test_what_to_know_of_an_endpoint_is_a_remark(
    facts: Facts, platform: str, others: dict[str, Any], told: str
) -> None:
    remarks = model_of(endpoint(facts, platform, **others)).remarks
    assert len(remarks) == bool(told)
    assert all(told in each for each in remarks)


@pytest.mark.parametrize(
    ("family", "told"),
    [("mistral", ""), ("claude_3", ""), ("qwen", "the family Qwen as beta"), ("other", "the family General as beta")],
)
def test_a_family_that_gitlab_calls_beta_is_told_by_gitlabs_name(facts: Facts, family: str, told: str) -> None:
    own, through = model_of(endpoint(facts, family=family)), relay(facts, family=facts.families[family])
    for found in (own, through):
        beta = [each for each in found.remarks if "beta" in each]
        assert len(beta) == bool(told)
        assert all(told in each for each in beta)


# The model by which GitLab calls Modelport.


@pytest.mark.parametrize(("name", "title"), [("duo_chat", "General Chat"), ("code_completions", "Code Completion")])
def test_a_relay_leads_to_the_untouched_feature_here(facts: Facts, name: str, title: str) -> None:
    found = relay(facts, name=name, token="token-1")
    assert found.subject == f"through:{name}"
    assert found.values == ModelValues(
        f"Modelport: {title}", "GPT", "API", "https://modelport.example/v1", f"custom_openai/{name}:raw"
    )
    assert (found.key, found.takes_endpoint, found.faults, found.family_label) == ("token-1", True, (), "GPT")


def test_relays_of_all_features_have_names_and_identifiers_of_their_own(facts: Facts) -> None:
    found = [relay(facts, name=name).values for name in facts.features]
    assert len({each.name for each in found}) == len({each.identifier for each in found}) == len(facts.features)
    assert {each.endpoint for each in found} == {"https://modelport.example/v1"}


def test_a_relay_without_a_token_asks_for_a_new_one(facts: Facts) -> None:
    assert relay(facts).key == NEW_TOKEN


@pytest.mark.parametrize(
    ("origin", "here"),
    [
        (ORIGIN, False),
        ("http://localhost:8010", True),
        ("http://127.0.0.1:8010", True),
        ("http://[::1]:8010", True),
        ("https://localhost.example", False),
    ],
)
def test_a_relay_to_an_address_of_this_machine_is_remarked_on(facts: Facts, origin: str, here: bool) -> None:
    found = relay(facts, origin)
    assert any("MODELPORT_PUBLIC_URL" in each for each in found.remarks) is here
    assert found.values.endpoint == f"{origin}/v1"


def test_a_relay_whose_address_is_too_long_is_faulty(facts: Facts) -> None:
    assert len(relay(facts, f"https://{'m' * 250}").faults) == 1


# Features.


@pytest.mark.parametrize(
    ("state", "provider"),
    [
        (State.ENDPOINT, Provider.SELF_HOSTED),
        (State.DISABLED, Provider.DISABLED),
        (State.MANAGED, Provider.VENDORED),
        (State.UNASSIGNED, Provider.UNASSIGNED),
    ],
)
@pytest.mark.parametrize("way", [*Way])
def test_a_feature_is_given_what_its_state_and_way_say(
    facts: Facts, state: State, provider: Provider, way: Way
) -> None:
    found = feature_of(given(facts, state=state, way=way, agreed="DISABLED"))
    assert (found.name, found.title, found.provider, found.agreed) == (
        "duo_chat", "General Chat", provider, "DISABLED",
    )  # fmt: skip
    if state is State.ENDPOINT:
        assert (found.way, found.subject) == (way, "through:duo_chat" if way is Way.THROUGH else "endpoint:e1")
        assert found.remarks
    else:
        assert (found.way, found.subject, found.remarks) == (Way.DIRECT, "", ())


@pytest.mark.parametrize(
    ("way", "others", "told", "untold"),
    [
        (Way.DIRECT, {}, ("calls GPU itself", "administrators can read it"), ("fallback", "does not count")),
        (Way.DIRECT, {"fallbacks": 1}, ("Its fallbacks do not count",), ()),
        (Way.DIRECT, {"own_family": False}, ("The family GPT, chosen for this feature alone",), ()),
        (Way.DIRECT, {"own_family": False, "family": None}, ("calls GPU itself",), ("does not count",)),
        (Way.THROUGH, {}, ("a hop more", "no fallback stands", "never the endpoint's key"), ("itself",)),
        (Way.THROUGH, {"fallbacks": 1}, ("1 fallback takes over when GPU fails",), ("no fallback",)),
        (Way.THROUGH, {"fallbacks": 3}, ("3 fallbacks take over",), ("no fallback",)),
        (Way.THROUGH, {"own_family": False}, ("a hop more",), ("chosen for this feature",)),
    ],
)
def test_a_way_says_what_it_means(
    facts: Facts, way: Way, others: dict[str, Any], told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    text = " ".join(way_remarks(given(facts, way=way, **others)))
    assert [each for each in told if each not in text] == []
    assert [each for each in untold if each in text] == []


@pytest.mark.parametrize(
    ("ways", "unused"),
    [
        ({}, set()),
        ({"duo_chat": ("e1", Way.DIRECT)}, set()),
        ({"duo_chat": ("e1", Way.THROUGH)}, {"e1"}),
        ({"duo_chat": ("e1", Way.THROUGH), "code_completions": ("e1", Way.DIRECT)}, set()),
        ({"duo_chat": ("e1", Way.THROUGH), "code_completions": ("e2", Way.THROUGH)}, {"e1", "e2"}),
        ({"duo_chat": ("", Way.THROUGH)}, set()),
    ],
)
def test_an_endpoint_that_serves_only_through_modelport_is_unknown_to_gitlab(
    facts: Facts, ways: dict[str, tuple[str, Way]], unused: set[str]
) -> None:
    found = {name: given(facts, name, endpoint_id=slug, way=way) for name, (slug, way) in ways.items()}
    assert unused_ways(found) == unused
