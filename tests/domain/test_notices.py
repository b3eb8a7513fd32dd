"""What must be acknowledged, and when again."""

from dataclasses import replace

import pytest

from app.domain.notices import Acknowledged, acknowledgement_needed, notice
from app.domain.tiers import Tier

NOW = Acknowledged(Tier.COMPATIBLE, "Made-up 7B", "vllm", "https://models.example/v1")


def test_supported_says_nothing_and_asks_for_nothing() -> None:
    assert notice(Tier.SUPPORTED) == ""
    assert not acknowledgement_needed(replace(NOW, tier=Tier.SUPPORTED), None)


@pytest.mark.parametrize("tier", [Tier.COMPATIBLE, Tier.OTHER])
def test_the_statement_names_what_is_not_promised(tier: Tier) -> None:
    for word in ("no vendor support", "quality", "cost", "data residency", "yours to validate"):
        assert word in notice(tier)


def test_the_two_statements_differ() -> None:
    assert notice(Tier.COMPATIBLE) != notice(Tier.OTHER)


def test_it_is_asked_once() -> None:
    assert acknowledgement_needed(NOW, None)
    assert not acknowledgement_needed(NOW, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"tier": Tier.SUPPORTED},
        {"wording_version": 0},
        {"model": "Made-up 8B"},
        {"host": "ollama"},
        {"address": "https://models.example:8443/v1"},
    ],
)
def test_a_fallen_tier_or_another_subject_asks_again(change: dict[str, object]) -> None:
    given = replace(NOW, **change)  # type: ignore[arg-type]
    assert acknowledgement_needed(NOW, given)


def test_a_risen_tier_does_not_ask_again() -> None:
    assert not acknowledgement_needed(NOW, replace(NOW, tier=Tier.OTHER))
