"""The support promise, as GitLab's lists and the reports give it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.data.loader import Facts
from app.domain.features import Column
from app.domain.listings import Basis, Level, ListedModel
from app.domain.sources import Source
from app.domain.tiers import UNLISTED, AcceptedReport, Confirmation, Tier, TierVerdict, best, confirmation, tier

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEVELS = {
    Column.CODE_COMPLETION: Level.FULL,
    Column.CODE_GENERATION: Level.PARTIAL,
    Column.CHAT: Level.LIMITED,
}


def _listed(**changes: object) -> ListedModel:
    model = ListedModel(
        name="Made-up 7B",
        slug="made-up-7b",
        group="Made-up",
        family="other",
        served=("made-up-7b",),
        source=Source("A table", "19.2"),
        levels=LEVELS,
        hosts={"vllm": Basis.NAMED, "bedrock": Basis.DERIVED},
    )
    return replace(model, **changes)  # type: ignore[arg-type]


def _compatible(hosts: Mapping[str, Basis]) -> ListedModel:
    return _listed(levels={}, hosts={}, compatible_hosts=hosts, compatible_for=(Column.AGENT_PLATFORM,))


@pytest.mark.parametrize(
    ("feature", "expected", "level"),
    [
        ("code_completions", Tier.SUPPORTED, Level.FULL),
        ("code_generations", Tier.SUPPORTED, Level.PARTIAL),
        ("duo_chat", Tier.COMPATIBLE, Level.LIMITED),
        ("review_merge_request", Tier.COMPATIBLE, Level.LIMITED),
        ("duo_agent_platform", Tier.OTHER, None),
    ],
)
def test_the_level_of_the_features_column_decides(facts: Facts, feature: str, expected: Tier, level: Level) -> None:
    verdict = tier(_listed(), "vllm", facts.features[feature])
    assert (verdict.tier, verdict.level) == (expected, level)


def test_a_host_that_the_list_does_not_name_is_other(facts: Facts) -> None:
    verdict = tier(_listed(), "ollama", facts.features["duo_chat"])
    assert verdict.tier is Tier.OTHER
    assert "not on the platform or server" in verdict.reasons[0]


def test_no_confirmed_model_is_other(facts: Facts) -> None:
    verdict = tier(None, "vllm", facts.features["duo_chat"])
    assert verdict.tier is Tier.OTHER
    assert verdict.reasons == ("No catalogue model is confirmed for this endpoint.",)


def test_a_derived_host_says_so(facts: Facts) -> None:
    named = tier(_listed(), "vllm", facts.features["code_completions"])
    derived = tier(_listed(), "bedrock", facts.features["code_completions"])
    assert (named.derived, derived.derived) == (False, True)
    assert any("derived" in reason for reason in derived.reasons)


def test_a_column_of_our_own_choice_says_so(facts: Facts) -> None:
    verdict = tier(_listed(), "vllm", facts.features["review_merge_request"])
    assert "GitLab's table has no column for Code Review; we read it under Chat." in verdict.reasons


def test_listed_as_compatible_counts_for_every_feature_and_says_for_which_it_is_listed(facts: Facts) -> None:
    model = _compatible({"vllm": Basis.NAMED})
    agents = tier(model, "vllm", facts.features["duo_agent_platform"])
    chat = tier(model, "vllm", facts.features["duo_chat"])
    assert (agents.tier, chat.tier) == (Tier.COMPATIBLE, Tier.COMPATIBLE)
    assert "though for Agent Platform and not for Chat" in chat.reasons[0]
    assert tier(model, "sglang", facts.features["duo_chat"]).tier is Tier.OTHER


def test_reports_lift_other_to_compatible_and_nothing_to_supported(facts: Facts) -> None:
    chat = facts.features["duo_chat"]
    assert tier(None, "vllm", chat, Confirmation(2)).tier is Tier.COMPATIBLE
    assert tier(_listed(), "ollama", chat, Confirmation(9)).tier is Tier.COMPATIBLE
    assert tier(_listed(), "vllm", facts.features["code_completions"], None).tier is Tier.SUPPORTED


def _report(
    installation: str, day: int = 0, *, trusted: bool = True, has_evidence: bool = True, works: bool = True
) -> AcceptedReport:
    return AcceptedReport(installation, trusted, has_evidence, works, NOON + timedelta(days=day))


def test_two_distinct_installations_confirm() -> None:
    assert confirmation([_report("a"), _report("b")]) == Confirmation(2, (NOON.date(),))
    assert confirmation([_report("a"), _report("a", 1)]) is None


@pytest.mark.parametrize("flaw", [{"trusted": False}, {"has_evidence": False}])
def test_a_report_without_trust_or_evidence_does_not_count(flaw: dict[str, bool]) -> None:
    assert confirmation([_report("a"), _report("b", 0, **flaw)]) is None


def test_a_newer_report_against_it_ends_the_confirmation_until_two_confirm_anew() -> None:
    reports = [_report("a"), _report("b"), _report("c", 1, works=False)]
    assert confirmation(reports) is None
    assert confirmation([*reports, _report("a", 2)]) is None
    anew = confirmation([*reports, _report("a", 2), _report("b", 3)])
    assert anew == Confirmation(2, (date(2026, 3, 4), date(2026, 3, 3)))


def test_the_reason_tells_the_days_of_the_newest_reports_that_carry_it(facts: Facts) -> None:
    found = confirmation(_report(name, day) for day, name in enumerate("abcd"))
    told = tier(None, "vllm", facts.features["duo_chat"], found, known=True).reasons
    assert told[0].startswith("4 installations confirm it with evidence")
    assert told[0].endswith("Their newest reports are of 4 March 2026, 3 March 2026 and 2 March 2026.")
    assert told[1:] == (UNLISTED,)


def test_the_badge_of_an_endpoint_is_its_best(facts: Facts) -> None:
    verdicts = [tier(_listed(), "vllm", feature) for feature in facts.features.values()]
    assert best(verdicts) == tier(_listed(), "vllm", facts.features["code_completions"])
    assert best([]) == TierVerdict(Tier.OTHER, None, ("No feature has been looked at.",))


def test_a_changed_row_changes_the_badge(facts: Facts) -> None:
    model = next(model for model in facts.models.values() if model.levels.get(Column.CHAT) is Level.FULL)
    host, chat = next(iter(model.hosts)), facts.features["duo_chat"]
    lowered = replace(model, levels={**model.levels, Column.CHAT: Level.LIMITED})
    moved = replace(model, hosts={"sglang": Basis.NAMED})
    assert [tier(each, host, chat).tier for each in (model, lowered, moved)] == list(Tier)


def test_every_reason_is_a_whole_sentence(facts: Facts) -> None:
    hosts = [*facts.hosts(), "nowhere"]
    for model in (*facts.models.values(), None):
        for host in hosts:
            for feature in facts.features.values():
                reasons = tier(model, host, feature).reasons
                assert reasons
                assert all(reason[0].isupper() and reason.endswith(".") for reason in reasons)
