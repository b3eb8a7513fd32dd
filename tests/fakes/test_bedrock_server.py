"""The stand-in for AWS is one that AWS's own library can talk to, refusals included."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from app.clients.target import AwsKeys
from tests.fakes import bedrock_server as aws
from tests.fakes.bedrock_server import ARN, KEYS, NAME, PROFILE, REGION, SPREAD, BedrockServer

ASKED = [{"role": "user", "content": [{"text": "Does it work? Grüße"}]}]


@pytest.fixture
def server() -> Iterator[BedrockServer]:
    with BedrockServer() as running:
        yield running


def client(server: BedrockServer, service: str = "bedrock-runtime", keys: AwsKeys = KEYS, region: str = REGION) -> Any:
    return Session().create_client(
        service,
        endpoint_url=server.origin,
        region_name=region,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.mark.parametrize("name", [NAME, PROFILE, ARN])
def test_botocore_converses(server: BedrockServer, name: str) -> None:
    said = client(server).converse(modelId=name, messages=ASKED)
    assert said["output"]["message"]["content"] == [{"text": "It works."}]
    assert (said["stopReason"], said["usage"]["inputTokens"]) == ("end_turn", 12)


def test_botocore_reads_the_stream(server: BedrockServer) -> None:
    events = list(client(server).converse_stream(modelId=NAME, messages=ASKED)["stream"])
    assert [next(iter(each)) for each in events][-2:] == ["messageStop", "metadata"]
    assert "".join(each["contentBlockDelta"]["delta"]["text"] for each in events[1:3]) == "It works."


def test_botocore_reads_the_lists(server: BedrockServer) -> None:
    plane = client(server, "bedrock")
    assert plane.list_foundation_models()["modelSummaries"][0]["modelId"] == NAME
    for kind, name in (("SYSTEM_DEFINED", PROFILE), ("APPLICATION", ARN.rpartition("/")[2])):
        rows = plane.list_inference_profiles(typeEquals=kind)["inferenceProfileSummaries"]
        assert rows[0]["inferenceProfileId"] == name


def test_botocore_assumes_the_role(server: BedrockServer) -> None:
    role = {"RoleArn": aws.ROLE, "RoleSessionName": "tests", "ExternalId": aws.EXTERNAL_ID}
    assert client(server, "sts").assume_role(**role)["Credentials"]["SessionToken"] == aws.ROLE_KEYS.session_token


def refused(server: BedrockServer, name: str = NAME, **more: Any) -> str:
    with pytest.raises(ClientError) as caught:
        client(server, **more).converse(modelId=name, messages=ASKED)
    return str(caught.value.response["Error"]["Code"])


def test_botocore_is_refused_as_it_should_be(server: BedrockServer) -> None:
    secret = AwsKeys(KEYS.access_key_id, "another")
    assert refused(server, keys=secret) == "InvalidSignatureException"
    assert refused(server, keys=AwsKeys("AKIAANOTHER", "another")) == "UnrecognizedClientException"
    assert refused(server, keys=AwsKeys(KEYS.access_key_id, KEYS.secret_access_key, "old")) == "ExpiredTokenException"
    assert refused(server, region="us-east-1") == "InvalidSignatureException"
    assert refused(server, SPREAD) == "ValidationException"


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_clock_that_is_off_is_refused(ahead: timedelta) -> None:
    with BedrockServer(ahead=ahead) as server:
        assert refused(server) == "InvalidSignatureException"


def test_botocore_sees_a_role_refused(server: BedrockServer) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        client(server, "sts").assume_role(RoleArn=aws.ROLE, RoleSessionName="tests", ExternalId="another")
