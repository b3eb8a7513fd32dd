"""What is said of a feature before a model is put to it."""

from app.data.loader import Facts
from app.domain.families import ReleaseState
from app.domain.features import Ability, Column, family_remark
from app.domain.platforms import host_of


def test_a_family_that_gitlab_refuses_is_said(facts: Facts) -> None:
    remark = family_remark(facts.features["duo_agent_platform"], facts.families["mistral"])
    assert remark is not None
    assert "does not list the family Mistral for All agents, except Agentic Chat" in remark


def test_a_family_newer_than_the_list_is_said_to_be_newer(facts: Facts) -> None:
    remark = family_remark(facts.features["duo_chat"], facts.families["qwen"])
    assert "came later, with 19.x" in str(remark)


def test_other_is_taken_everywhere(facts: Facts) -> None:
    assert {family_remark(feature, facts.families["other"]) for feature in facts.features.values()} == {None}


def test_needs_are_those_agreed(facts: Facts) -> None:
    agents = facts.features["duo_agent_platform"].needs
    assert agents.must == (Ability.CHAT, Ability.STREAM, Ability.SYSTEM, Ability.TOOLS)
    assert (agents.context, agents.comfortable) == (32_000, 128_000)
    assert facts.features["code_completions"].needs.should == (Ability.FIM, Ability.QUICK)
    assert facts.features["glab_ask_git_command"].needs.should == (Ability.JSON,)


def test_fourteen_features_are_read_under_chat(facts: Facts) -> None:
    columns = [feature.column for feature in facts.features.values()]
    assert [columns.count(column) for column in Column] == [1, 1, 14, 2]


def test_only_what_is_not_generally_available_has_a_word(facts: Facts) -> None:
    assert [state.label for state in ReleaseState] == ["", "Beta", "Experiment"]
    assert facts.families["other"].state is ReleaseState.BETA


def test_every_chain_ends_at_base_and_the_shared_ones_are_tried_before(facts: Facts) -> None:
    assert facts.families["codestral"].chain == ("codestral", "mistral", "base")
    assert facts.families["mixtral"].chain == ("mixtral", "mistral", "base")
    assert facts.families["other"].chain == facts.families["claude_3"].chain == ("base",)


def test_the_host_is_the_server_only_behind_an_openai_compatible_address() -> None:
    assert host_of("openai_compatible", "vllm") == "vllm"
    assert host_of("openai_compatible", "") == "other"
    assert host_of("azure_openai", "") == "azure_openai"
