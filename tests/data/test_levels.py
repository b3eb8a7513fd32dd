"""Every cell of GitLab's table comes out of the tier rule as it went in."""

import pytest

from app.data.facts import Facts
from app.domain.features import Feature
from app.domain.tiers import tier
from tests.data.gitlab_levels import COLUMNS, rows

TIERS = {"full": "supported", "partial": "supported", "limited": "compatible"}
CELLS = [(model, column, levels[column], host) for model, levels, host in rows() for column in COLUMNS]


def of_column(facts: Facts, column: str) -> list[Feature]:
    found = [feature for feature in facts.features.values() if feature.column == column]
    assert found
    return found


def test_the_table_is_whole() -> None:
    assert (len(rows()), len(CELLS), len({model for model, _, _ in rows()})) == (29, 116, 29)


def test_no_cell_differs(facts: Facts) -> None:
    different = []
    for model, column, level, _ in CELLS:
        for host in facts.models[model].hosts:
            for feature in of_column(facts, column):
                verdict = tier(facts.models[model], host, feature)
                if (verdict.tier, verdict.level) != (TIERS[level], level):
                    different.append((model, host, feature.name, verdict))
    assert different == []


@pytest.mark.parametrize(("model", "host"), [(model, host) for model, _, host in rows() if host])
def test_a_platform_that_gitlab_names_is_no_reading_of_ours(facts: Facts, model: str, host: str) -> None:
    verdict = tier(facts.models[model], host, next(iter(facts.features.values())))
    assert verdict.level is not None
    assert verdict.derived is False


@pytest.mark.parametrize("model", [model for model, _, host in rows() if not host])
def test_of_a_model_without_a_named_platform_every_host_is_derived(facts: Facts, model: str) -> None:
    hosts = facts.models[model].hosts
    assert hosts
    assert all(
        tier(facts.models[model], host, feature).derived for host in hosts for feature in facts.features.values()
    )
