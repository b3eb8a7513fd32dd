"""Rows of GitLab's lists, looked up by people: model, host, feature, tier."""

import pytest

from app.data.loader import Facts
from app.domain.tiers import tier

ROWS = """
Claude 4 Sonnet | bedrock | duo_chat | supported
Claude 4 Sonnet | anthropic | duo_agent_platform | supported derived
Claude 4.5 Sonnet | bedrock | duo_chat | supported
Claude 4.5 Sonnet | vertex_ai | duo_chat | other
Claude Sonnet 4.6 | vertex_ai | code_completions | supported derived
Claude Opus 4.8 | bedrock | duo_agent_platform_agentic_chat | supported derived
Claude Opus 4.8 | vllm | duo_chat | other
GPT-4 Turbo | azure_openai | duo_chat | supported
GPT-4o | azure_openai | duo_agent_platform | compatible
GPT-4o | openai | duo_chat | supported derived
GPT-4o | litellm | duo_chat | other
GPT-5 Mini | azure_openai | duo_agent_platform | supported
GPT-oss-120B | vllm | duo_agent_platform | compatible
GPT-oss-120B | azure_openai | duo_chat | other
GPT-oss-20B | vllm | code_completions | supported
Codestral 22B v0.1 | vllm | code_generations | supported
Codestral 22B v0.1 | vllm | duo_agent_platform | compatible
Mistral Small 24B Instruct 2506 | vllm | duo_chat_explain_code | supported
Mistral Small 24B Instruct 2506 | ollama | duo_chat | other
Mistral Devstral 2 123B | vllm | code_completions | supported derived
GLM-5.1-FP8 | vllm | code_completions | compatible derived
GLM-5.1-FP8 | vllm | duo_chat | supported derived
Kimi-K2.6 | vllm | duo_agent_platform | supported derived
MiniMax-M2.7 | sglang | duo_chat | other
Llama 3 8B | vllm | duo_chat | compatible
Llama 3.1 8B | vllm | resolve_vulnerability | supported
Llama 3.3 70B | vllm | duo_agent_platform | compatible
CodeGemma 7b-it | vllm | code_completions | compatible
DeepSeek Coder 33b Base | vllm | duo_chat | compatible
Mixtral 8x7B | bedrock | duo_chat | compatible
Mixtral 8x22B | bedrock | duo_chat | other
Gemini 3.1 Pro | vertex_ai | duo_agent_platform | compatible derived
Qwen3.6-35B-A3B | vllm | duo_agent_platform | compatible derived
Qwen3.6-35B-A3B | sglang | duo_agent_platform | other
"""


@pytest.mark.parametrize("row", ROWS.strip().splitlines())
def test_the_tier_of_a_listed_pairing(facts: Facts, row: str) -> None:
    model, host, feature, expected = (part.strip() for part in row.split("|"))
    verdict = tier(facts.models[model], host, facts.features[feature])
    assert f"{verdict.tier}{' derived' if verdict.derived else ''}" == expected


def test_both_lists_are_complete(facts: Facts) -> None:
    rated = [model for model in facts.models.values() if model.levels]
    compatible = [model for model in facts.models.values() if model.compatible_hosts]
    assert (len(rated), len(compatible), len(facts.open_listings)) == (29, 14, 2)
    assert all(len(model.levels) == 4 for model in rated)


def test_the_newer_of_two_states_stands_and_the_older_is_noted(facts: Facts) -> None:
    assert "19.0" in facts.models["Mistral Devstral 2 123B"].note
    assert "partial in the 19.2 table" in facts.models["Kimi-K2.6"].note
