"""Tokens for those who call features from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.services import api_tokens
from app.services.ports import Ports

TokenOf = Callable[..., str]


@pytest.fixture
def token_of(ports: Ports, ada: Actor) -> TokenOf:
    """A new token of a role, or of features; `draft` says more of it."""

    def make(role: str = "", *features: str, **draft: Any) -> str:
        return api_tokens.create(ports, ada, TokenDraft("of the peers' tests", role, features, **draft)).text

    return make
