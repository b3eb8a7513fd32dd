"""The fields that cloud platforms add to an endpoint."""

from typing import Any

import pytest

from app.data.loader import Facts
from app.domain.endpoint_cloud import check_identity, cloud_faults
from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid
from app.domain.roles import Actor, Role

ROLE = "arn:aws:iam::123456789012:role/duo/models"
BEDROCK = {"platform": "bedrock", "auth": "key", "region": "eu-central-1"}
VERTEX = {"platform": "vertex_ai", "auth": "service_account", "region": "europe-west4", "project": "models-at-work"}
PAIR = {**BEDROCK, "auth": "access_key", "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
ASSUMED = {**BEDROCK, "auth": "role", "role_arn": ROLE}


def faults(facts: Facts, host: str = "", **values: Any) -> dict[str, str]:
    draft = EndpointDraft(**values)
    return dict(cloud_faults(draft, facts.platforms[draft.platform], host))


@pytest.mark.parametrize("values", [BEDROCK, VERTEX, PAIR, ASSUMED, {**VERTEX, "region": "global"}])
def test_what_a_cloud_asks_for_is_taken(facts: Facts, values: dict[str, str]) -> None:
    assert faults(facts, **values) == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({**BEDROCK, "auth": "service_account"}, "auth"),
        ({**BEDROCK, "auth": "root"}, "auth"),
        ({**BEDROCK, "region": ""}, "region"),
        ({**BEDROCK, "region": "EU Central"}, "region"),
        ({**BEDROCK, "region": "eu-central-1.evil.example"}, "region"),
        ({**VERTEX, "project": ""}, "project"),
        ({**VERTEX, "project": "My Project"}, "project"),
        ({**PAIR, "access_key_id": ""}, "access_key_id"),
        ({**PAIR, "access_key_id": "akia lower"}, "access_key_id"),
        ({**PAIR, "session_token": "two\nlines"}, "session_token"),
        ({**PAIR, "session_token": "x" * 4097}, "session_token"),
        ({**ASSUMED, "role_arn": ""}, "role_arn"),
        ({**ASSUMED, "role_arn": "arn:aws:iam::12:role/x"}, "role_arn"),
        ({**ASSUMED, "external_id": "no spaces"}, "external_id"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(facts: Facts, values: dict[str, str], field: str) -> None:
    assert list(faults(facts, **values)) == [field]


@pytest.mark.parametrize("host", ["evil.example", "amazonaws.com.evil.example", "evilamazonaws.com", "10.0.0.1"])
def test_what_the_process_may_do_goes_to_the_providers_hosts_alone(facts: Facts, host: str) -> None:
    assert list(faults(facts, host, **{**BEDROCK, "auth": "ambient"})) == ["base_url"]


def test_a_private_address_of_the_provider_is_one_of_its_own(facts: Facts) -> None:
    host = "vpce-1-x.bedrock-runtime.eu-central-1.vpce.amazonaws.com"
    assert faults(facts, host, **{**BEDROCK, "auth": "ambient"}) == {}


@pytest.mark.parametrize("values", [{"auth": "ambient"}, {"auth": "role", "role_arn": ROLE}])
def test_only_admins_act_in_the_processs_name(values: dict[str, str], ada: Actor, ed: Actor) -> None:
    draft = EndpointDraft(platform="bedrock", **values)
    check_identity(ada, draft)
    with pytest.raises(Invalid) as caught:
        check_identity(ed, draft)
    assert (list(caught.value.fields), ed.role) == (["auth"], Role.EDITOR)


def test_a_role_assumed_with_a_key_pair_is_nobody_elses(ed: Actor) -> None:
    check_identity(ed, EndpointDraft(**{**ASSUMED, "access_key_id": "AKIAIOSFODNN7EXAMPLE"}))


@pytest.mark.parametrize(
    ("platform", "region", "address"),
    [
        ("bedrock", "eu-central-1", "https://bedrock-runtime.eu-central-1.amazonaws.com"),
        ("vertex_ai", "europe-west4", "https://europe-west4-aiplatform.googleapis.com"),
        ("vertex_ai", "global", "https://aiplatform.googleapis.com"),
        ("openai", "", "https://api.openai.com/v1"),
    ],
)
def test_the_region_makes_the_address(facts: Facts, platform: str, region: str, address: str) -> None:
    assert facts.platforms[platform].address_in(region) == address
