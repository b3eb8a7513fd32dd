"""What GitLab stores of a model, compared: what differs, and what are two spellings of one thing."""

from dataclasses import fields, replace

import pytest

from app.domain.instance import ModelValues
from app.domain.model_values import NOTHING, differences, fit_for, platform_of, same, same_address
from tests.domain.instance_cases import EIGHTEEN, NINETEEN, values

HERE = values("gpu")


def test_equal_values_do_not_differ() -> None:
    assert same(HERE, replace(HERE))
    assert [*differences(HERE, HERE)] == []


@pytest.mark.parametrize(
    ("field", "other", "label"),
    [
        ("name", "GPU", "Name"),
        ("name", "gpu ", "Name"),
        ("platform", "BEDROCK", "Platform"),
        ("family", "GPT", "Family"),
        ("endpoint", "http://gpu.example:8001/v1", "Endpoint"),
        ("identifier", "custom_openai/GPU", "Identifier"),
        ("identifier", "", "Identifier"),
    ],
)
def test_each_field_counts_and_is_told_before_and_after(field: str, other: str, label: str) -> None:
    wanted = replace(HERE, **{field: other})
    (told,) = differences(HERE, wanted)
    assert (told.label, told.before, told.after) == (label, getattr(HERE, field), other)
    assert not same(HERE, wanted)


def test_the_fields_come_in_the_order_of_gitlabs_form() -> None:
    told = [each.label for each in differences(NOTHING, HERE)]
    assert told == ["Name", "Platform", "Family", "Endpoint", "Identifier"]
    assert len(told) == len(fields(ModelValues))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://gpu:8000/v1", "http://gpu:8000/v1/"),
        ("http://gpu:8000/v1", "HTTP://GPU:8000/v1"),
        ("http://gpu:80/v1", "http://gpu/v1"),
        ("https://gpu:443/v1", "https://gpu/v1"),
        ("https://gpu", "https://gpu/"),
        (" http://gpu/v1 ", "http://gpu/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1/"),
        ("http://gpu:99999/v1", " http://gpu:99999/v1"),
        ("http://[gpu/v1", "http://[gpu/v1 "),
        ("", "  "),
    ],
)
def test_spellings_of_one_address_are_the_same(one: str, other: str) -> None:
    assert same_address(one) == same_address(other)
    assert same(replace(HERE, endpoint=one), replace(HERE, endpoint=other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://gpu/v1", "https://gpu/v1"),
        ("http://gpu/v1", "http://gpu"),
        ("http://gpu/v1", "http://gpu/V1"),
        ("http://gpu/v1", "http://gpu:8080/v1"),
        ("http://gpu:443/v1", "http://gpu/v1"),
        ("http://gpu/v1", "http://gpu/v1?tenant=a"),
        ("http://gpu/v1?tenant=A", "http://gpu/v1?tenant=a"),
        ("http://gpu:99999/v1", "http://gpu/v1"),
        ("http://gpu/v1", ""),
    ],
)
def test_other_addresses_are_others(one: str, other: str) -> None:
    assert same_address(one) != same_address(other)
    assert not same(replace(HERE, endpoint=one), replace(HERE, endpoint=other))


def test_an_address_counts_only_where_gitlab_asks_for_one() -> None:
    moved = replace(HERE, endpoint="http://elsewhere/v1")
    assert same(HERE, moved, takes_endpoint=False)
    assert not same(HERE, replace(moved, name="other"), takes_endpoint=False)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("custom_openai/gpu", "gpu", True),
        ("gpu", "gpu", True),
        ("custom_openai/org/gpu", "org/gpu", False),
        ("openai/gpu", "gpu", False),
        ("bedrock/gpu", "custom_openai/gpu", False),
        ("", "custom_openai/", False),
    ],
)
def test_an_identifier_without_a_slash_is_a_served_name(one: str, other: str, alike: bool) -> None:
    assert same(replace(HERE, identifier=one), replace(HERE, identifier=other)) is alike
    assert same(replace(HERE, identifier=other), replace(HERE, identifier=one)) is alike


@pytest.mark.parametrize(
    ("identifier", "platform"),
    [
        ("bedrock/vendor.model", "BEDROCK"),
        ("Bedrock/vendor.model", "BEDROCK"),
        ("bedrock/converse/arn:aws:bedrock", "BEDROCK"),
        ("vertex_ai/model", "VERTEX_AI"),
        ("custom_openai/bedrock/model", "API"),
        ("model", "API"),
        ("", "API"),
    ],
)
def test_before_19_the_platform_is_told_by_the_identifier(identifier: str, platform: str) -> None:
    assert platform_of(identifier) == platform
    given = replace(HERE, identifier=identifier, platform="VERTEX_AI")
    assert fit_for(EIGHTEEN, given) == replace(given, platform=platform)
    assert fit_for(NINETEEN, given) == given
