"""The rules of an endpoint's fields."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.data.loader import Facts
from app.domain import endpoints
from app.domain.endpoints import Checked, EndpointDraft
from app.domain.errors import Invalid
from app.lib import urls
from tests.domain.endpoint_cases import AZURE, CASES, GOOD, Case

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def check(facts: Facts, named: bool = True, **values: Any) -> Checked:
    return endpoints.check(EndpointDraft(**{**GOOD, **values}), facts, urls.parse, NOW, named=named)


def faults(facts: Facts, **values: Any) -> dict[str, tuple[str, ...]]:
    with pytest.raises(Invalid) as caught:
        check(facts, **values)
    return dict(caught.value.fields)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_wrong_value_is_told_at_its_field_and_nowhere_else(facts: Facts, case: Case) -> None:
    assert faults(facts, **case.typed) == {case.field: (case.message,)}


def test_a_good_draft_comes_out_in_its_stored_form(facts: Facts) -> None:
    checked = check(facts, base_url=" http://GPU-1.models.example:8000/v1/ ", identifier="Custom_OpenAI/mistral-small")
    assert checked.base_url == "http://gpu-1.models.example:8000/v1"
    assert (checked.identifier.text, checked.identifier.served_name) == (
        "custom_openai/mistral-small",
        "mistral-small",
    )


def test_every_fault_is_told_at_once(facts: Facts) -> None:
    found = faults(facts, name="", base_url="x", identifier="", family="none", model="none", api_key="ü")
    assert set(found) == {"name", "base_url", "identifier", "family", "model", "api_key"}


def test_an_unknown_family_is_told_with_those_there_are(facts: Facts) -> None:
    (message,) = faults(facts, family="llama9")["family"]
    assert message.startswith("There is no prompt family “llama9”. Choose one of ")
    assert "other" in message


@pytest.mark.parametrize("name", ["ü" * 255, "🦙 llama", "<script>alert(1)</script>", "a'b\"c; DROP TABLE endpoint"])
def test_a_name_may_be_anything_that_can_be_read(facts: Facts, name: str) -> None:
    assert check(facts, name=name).draft.name == name


def test_a_test_of_unsaved_values_needs_no_name(facts: Facts) -> None:
    assert check(facts, named=False, name="").draft.name == ""


def test_a_platform_with_one_address_fills_in_a_blank_one(facts: Facts) -> None:
    assert check(facts, platform="openai", server="", base_url="").base_url == "https://api.openai.com/v1"
    assert faults(facts, **{**AZURE, "base_url": ""}) == {"base_url": ("Type the address of the model server.",)}


def test_half_a_character_is_no_name(facts: Facts) -> None:
    assert "name" in faults(facts, name="\ud800")


@pytest.mark.parametrize("longest", ["https://a.example/" + "p" * (2048 - 18), "http://a.example:1/v1"])
def test_an_address_may_be_as_long_as_gitlab_takes(facts: Facts, longest: str) -> None:
    assert check(facts, base_url=longest).base_url == longest


def test_an_identifier_may_be_as_long_as_gitlab_takes(facts: Facts) -> None:
    assert len(check(facts, identifier="m" * 241).identifier.text) == 255


def test_fifty_models_are_added_at_once_and_no_more() -> None:
    endpoints.check_count(["m"] * 50)
    with pytest.raises(Invalid) as caught:
        endpoints.check_count(["m"] * 51)
    assert caught.value.fields == {"models": ("Tick 50 models at most in one step; these are 51.",)}


def test_an_endpoint_that_is_there_takes_one_model() -> None:
    endpoints.check_one(["m"])
    with pytest.raises(Invalid):
        endpoints.check_one(["m", "n"])


@pytest.mark.parametrize(
    ("one", "other"), [("Llama", "LLAMA "), ("Straße", "STRASSE"), ("ﬁne", "fine"), ("é", "e\u0301"), ("\uff21", "a")]
)
def test_names_that_read_alike_are_one(one: str, other: str) -> None:
    assert endpoints.name_key(one) == endpoints.name_key(other)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Mistral Small (GPU pool A)", "mistral-small-gpu-pool-a"),
        ("  --Ünïcode & more--  ", "unicode-more"),
        ("模型", "endpoint"),
        ("x" * 200, "x" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_a_slug_is_made_of_what_an_address_takes(name: str, slug: str) -> None:
    assert endpoints.slug_of(name) == slug


def test_the_key_goes_into_the_chosen_header_else_the_servers_else_the_platforms(facts: Facts) -> None:
    azure, vllm = facts.platforms["azure_openai"], facts.servers["vllm"]
    assert endpoints.default_key_header("x-api-key", azure, None) == "x-api-key"
    assert endpoints.default_key_header("", azure, None) == "api-key"
    assert endpoints.default_key_header("", facts.platforms["openai_compatible"], vllm) == "authorization"


def test_a_key_is_in_no_text_of_a_draft() -> None:
    assert "sk-secret" not in repr(EndpointDraft(api_key="sk-secret"))


def test_only_what_a_preset_filled_in_is_a_pattern() -> None:
    assert endpoints.is_pattern(" ", ["https://HOST/v1"])
    assert endpoints.is_pattern("https://HOST/v1 ", ["https://HOST/v1"])
    assert not endpoints.is_pattern("https://mine.example/v1", ["https://HOST/v1"])
