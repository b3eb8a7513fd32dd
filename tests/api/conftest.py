"""A portal that is connected to a GitLab, for the API's tests that ask for it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import SecretStr

from app.api.context import KEY, Context
from app.config import Settings
from app.factory import api_of
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.portal import Build


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    """An instance without models; both shapes are the services' concern."""
    with GitLabServer("19") as server:
        yield server


@pytest.fixture
def connected_app(settings: Settings, build: Build, gitlab: GitLabServer) -> Iterator[Flask]:
    """The portal with that instance; what it does in the background ends before it is taken apart."""
    values = {"gitlab_url": gitlab.url, "gitlab_token": SecretStr(gitlab.token)}
    app = build(settings.model_copy(update=values))
    yield app
    context: Context = api_of(app).extensions[KEY]
    context.instance.close()
