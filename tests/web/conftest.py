"""A portal in front of a provider that lies when it is told to."""

from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import SecretStr

from app.config import Settings
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, MockOp, mock_op
from tests.fixtures.portal import Build


@pytest.fixture
def op() -> Iterator[MockOp]:
    """The provider, honest until its `lies` are set."""
    with mock_op() as provider:
        yield provider


@pytest.fixture
def signing_in(settings: Settings, op: MockOp) -> Settings:
    """Settings of a portal that signs in at `op`."""
    secret = SecretStr(CLIENT_SECRET)
    values = {"oidc_issuer": op.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": secret}
    return settings.model_copy(update=values)


@pytest.fixture
def portal(build: Build, signing_in: Settings) -> Flask:
    """A portal that signs in at `op`."""
    return build(signing_in)
