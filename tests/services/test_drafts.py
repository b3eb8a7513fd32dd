"""Values that are not saved yet."""

from dataclasses import replace

import pytest

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid, NotFound
from app.domain.roles import Actor
from app.lib.sealed import Sealer
from app.services import drafts, endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.together import together

DRAFT = EndpointDraft(**GOOD)
BLANK_KEY = replace(DRAFT, api_key=None)
MOVED = [
    "https://gpu-1.models.example:8000/v1",
    "http://gpu-2.models.example:8000/v1",
    "http://gpu-1.models.example:8001/v1",
]


@pytest.fixture
def stored(ports: Ports, ed: Actor) -> str:
    return endpoints.create(ports, ed, DRAFT)


def test_a_test_needs_no_name_but_an_address_and_a_model(ports: Ports, ed: Actor) -> None:
    target = drafts.target_of(ports, ed, replace(DRAFT, name=""))
    assert (str(target.address), target.served_name, target.api_key) == (
        GOOD["base_url"],
        "mistral-small-24b",
        GOOD["api_key"],
    )
    with pytest.raises(Invalid) as caught:
        drafts.target_of(ports, ed, replace(DRAFT, base_url="", identifier=""))
    assert set(caught.value.fields) == {"base_url", "identifier"}


def test_an_address_that_the_policy_refuses_is_left_to_the_test_to_explain(ports: Ports, ed: Actor) -> None:
    assert (
        drafts.target_of(ports, ed, replace(DRAFT, base_url="http://169.254.169.254/v1")).address.host
        == "169.254.169.254"
    )


def test_a_blank_key_is_the_stored_one_and_goes_to_its_own_host_only(ports: Ports, ed: Actor, stored: str) -> None:
    moved = replace(BLANK_KEY, base_url="http://gpu-1.models.example:8000/another/path")
    assert drafts.target_of(ports, ed, moved, stored).api_key == GOOD["api_key"]
    assert drafts.target_of(ports, ed, BLANK_KEY).api_key is None


@together("address", MOVED)
def test_neither_a_test_nor_a_search_for_models_takes_the_key_elsewhere(
    ports: Ports, ed: Actor, stored: str, address: str
) -> None:
    for target in (drafts.target_of, drafts.target_for_list):
        with pytest.raises(Invalid) as caught:
            target(ports, ed, replace(BLANK_KEY, base_url=address), stored)
        assert caught.value.fields == {"api_key": (endpoints.MOVED,)}
        assert target(ports, ed, replace(DRAFT, base_url=address, api_key="sk-typed"), stored).api_key == "sk-typed"


def test_a_removed_key_is_not_sent(ports: Ports, ed: Actor, stored: str) -> None:
    assert drafts.target_of(ports, ed, replace(DRAFT, api_key=""), stored).api_key is None


def test_a_key_that_no_longer_opens_is_asked_for(ports: Ports, ed: Actor, stored: str) -> None:
    elsewhere = replace(ports, sealer=Sealer(["another key of the tests, long enough"]))
    with pytest.raises(Invalid) as caught:
        drafts.target_of(elsewhere, ed, BLANK_KEY, stored)
    assert caught.value.fields == {"api_key": (drafts.UNREADABLE,)}


def test_an_endpoint_that_is_gone_has_no_key_to_lend(ports: Ports, ed: Actor) -> None:
    with pytest.raises(NotFound):
        drafts.target_of(ports, ed, BLANK_KEY, "nothing")


@together("identifier", ["", "two words", "custom_openai/"])
def test_models_are_found_whatever_stands_in_the_models_field(ports: Ports, ed: Actor, identifier: str) -> None:
    assert drafts.target_for_list(ports, ed, replace(DRAFT, identifier=identifier)).served_name


def test_each_of_several_models_gets_its_own_name_family_and_catalogue_model(ports: Ports) -> None:
    names = ["mistral-small-24b-instruct-2506", "something-else"]
    first, second = drafts.several(ports, replace(DRAFT, name=" Pool A "), names)
    assert (first.name, first.family, first.model) == (
        "Pool A (mistral-small-24b-instruct-2506)",
        "mistral",
        "Mistral Small 24B Instruct 2506",
    )
    assert (second.name, second.family, second.model) == ("Pool A (something-else)", "other", "")
    assert {first.api_key, second.api_key} == {GOOD["api_key"]}


def test_without_a_name_several_models_are_called_what_they_are_served_as(ports: Ports) -> None:
    assert [each.name for each in drafts.several(ports, replace(DRAFT, name=""), ["a", "b"])] == ["a", "b"]


def test_more_than_fifty_are_refused_before_anything_is_looked_up(ports: Ports) -> None:
    with pytest.raises(Invalid) as caught:
        drafts.several(ports, DRAFT, [f"m{number}" for number in range(51)])
    assert set(caught.value.fields) == {"models"}


def test_what_is_no_identifier_yet_has_neither_form(ports: Ports) -> None:
    whole = replace(DRAFT, identifier="Custom_OpenAI/tiny")
    assert (drafts.served_name_of(ports, whole), drafts.identifier_of(ports, whole)) == ("tiny", "custom_openai/tiny")
    for wrong in (replace(DRAFT, identifier=""), replace(DRAFT, identifier="a b"), replace(DRAFT, platform="x")):
        assert (drafts.served_name_of(ports, wrong), drafts.identifier_of(ports, wrong)) == ("", "")
