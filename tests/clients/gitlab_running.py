"""The client of a GitLab that runs."""

from functools import cache

import pytest

from app.clients.gitlab.client import GitLab, Instance
from app.domain.instance import ModelValues
from app.domain.instance_troubles import InstanceError
from app.lib import urls
from app.lib.egress import Policy
from app.lib.http import Door
from tests.fakes.gitlab.server import GitLabServer

POOL = ModelValues("GPU pool", "MISTRAL", "API", "http://gpu.internal/v1", "custom_openai/mistral")
CLOUD = ModelValues("Cloud", "CLAUDE_3", "BEDROCK", "", "bedrock/eu.claude")
KEY = "a-key-of-a-model-server"


@cache
def door() -> Door:
    """One for all tests: making it takes longer than most of them."""
    return Door(Policy(loopback_open=True))


def of(server: GitLabServer, token: str = "") -> GitLab:
    return GitLab(door(), Instance(urls.parse(server.url), token or server.token), sleep=lambda _seconds: None)


def code_of(act: object) -> str:
    with pytest.raises(InstanceError) as found:
        act()  # type: ignore[operator]
    return found.value.code
