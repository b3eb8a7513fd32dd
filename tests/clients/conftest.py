"""A running GitLab for the tests of its client."""

from collections.abc import Iterator

import pytest

from tests.fakes.gitlab.server import GitLabServer


@pytest.fixture(params=["19", "18.9"])
def server(request: pytest.FixtureRequest) -> Iterator[GitLabServer]:
    with GitLabServer(request.param, prefix="/gitlab") as running:
        yield running
        assert running.state.violations == []
        assert running.state.token_reads == []
        assert running.state.refused_queries == []


@pytest.fixture
def newer() -> Iterator[GitLabServer]:
    """The shape of 19 alone, where the shape makes no difference."""
    with GitLabServer() as running:
        yield running
