"""Served names as they occur, and what is guessed from them."""

from dataclasses import replace

import pytest

from app.data.loader import Facts
from app.domain.suggestions import Suggestion, known_names, suggest_family, suggest_model

# served name | family | catalogue model or -
NAMES = """
mistralai/Mistral-Small-3.2-24B-Instruct-2506 | mistral | Mistral Small 24B Instruct 2506
mistral-small-24b-2506 | mistral | Mistral Small 24B Instruct 2506
mistralai/Mistral-Small-24B-Instruct-2501 | mistral | -
mistralai/Mistral-Small-3.2-24B-Instruct-2506-FP8 | mistral | -
RedHatAI/Mistral-Small-3.2-24B-Instruct-2506-quantized.w4a16 | mistral | -
unsloth/Mistral-Small-3.2-24B-Instruct-2506-GGUF | mistral | -
Mistral-Small-3.2-24B-Instruct-2506-Q4_K_M.gguf | mistral | -
Mistral-Small-3.2-24B-Instruct-2506-BF16.gguf | mistral | Mistral Small 24B Instruct 2506
/models/mistralai--Mistral-Small-3.2-24B-Instruct-2506/ | mistral | Mistral Small 24B Instruct 2506
mistralai/Mistral-Medium-3.5-128B | mistral | Mistral Medium 3.5 128B
mistralai/Mistral-7B-Instruct-v0.2 | mistral | Mistral 7B-it v0.2
mistral.mistral-7b-instruct-v0:2 | mistral | -
TheBloke/Mistral-7B-Instruct-v0.2-AWQ | mistral | -
mistralai/Mistral-7B-Instruct-v0.3 | mistral | Mistral 7B-it v0.3
teknium/OpenHermes-2.5-Mistral-7B | mistral | -
mistralai/Devstral-2-123B-Instruct-2512 | mistral | Mistral Devstral 2 123B
mistralai/Devstral-Small-2507 | mistral | -
mistralai/Ministral-8B-Instruct-2410 | mistral | -
mistralai/Codestral-22B-v0.1 | codestral | Codestral 22B v0.1
codestral-latest | codestral | -
mistralai/Mixtral-8x7B-Instruct-v0.1 | mixtral | Mixtral 8x7B
mistral.mixtral-8x7b-instruct-v0:1 | mixtral | Mixtral 8x7B
casperhansen/mixtral-instruct-awq | mixtral | -
mistralai/Mixtral-8x22B-Instruct-v0.1 | mixtral | Mixtral 8x22B
cognitivecomputations/dolphin-2.7-mixtral-8x7b | mixtral | -
meta-llama/Meta-Llama-3-8B-Instruct | llama3 | Llama 3 8B
meta-llama/Llama-3.1-8B-Instruct | llama3 | Llama 3.1 8B
meta/llama-3.1-70b-instruct | llama3 | Llama 3.1 70B
meta.llama3-1-70b-instruct-v1:0 | llama3 | Llama 3.1 70B
us.meta.llama3-3-70b-instruct-v1:0 | llama3 | Llama 3.3 70B
meta-llama/Llama-3.3-70B-Instruct | llama3 | Llama 3.3 70B
hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4 | llama3 | -
neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8 | llama3 | -
nvidia/Llama-3.1-Nemotron-70B-Instruct-HF | llama3 | -
accounts/fireworks/models/llama-v3p1-70b-instruct | llama3 | -
meta-llama/Llama-3.2-3B-Instruct | llama3 | -
NousResearch/Hermes-3-Llama-3.1-8B | llama3 | -
meta-llama/Llama-4-Scout-17B-16E-Instruct | other | -
meta-llama/Llama-2-70b-chat-hf | other | -
meta-llama/CodeLlama-13b-Instruct-hf | codellama | Code Llama 13b
codellama/CodeLlama-34b-Instruct-hf | codellama | -
google/codegemma-7b-it | codegemma | CodeGemma 7b-it
google/codegemma-7b | codegemma | CodeGemma 7b-code
google/codegemma-2b | codegemma | CodeGemma 2b
google/gemma-4-31B-it | other | Gemma-4-31B-IT
google/gemma-3-27b-it | other | -
deepseek-ai/deepseek-coder-33b-instruct | deepseekcoder | DeepSeek Coder 33b Instruct
deepseek-ai/deepseek-coder-33b-base | deepseekcoder | DeepSeek Coder 33b Base
deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct | deepseekcoder | -
deepseek-ai/DeepSeek-V3.1 | other | -
deepseek-ai/DeepSeek-R1-Distill-Llama-70B | other | -
openai/gpt-oss-120b | gpt | GPT-oss-120B
gpt-oss-20b | gpt | GPT-oss-20B
openai.gpt-oss-120b-1:0 | gpt | GPT-oss-120B
gpt-4o | gpt | GPT-4o
gpt-4o-2024-08-06 | gpt | GPT-4o
gpt4o | gpt | GPT-4o
gpt-4o-mini | gpt | GPT-4o-mini
gpt-4o-audio-preview | gpt | -
gpt-4-turbo-2024-04-09 | gpt | GPT-4 Turbo
gpt-5 | gpt | GPT-5
gpt-5-nano | gpt | -
gpt-5-chat-latest | gpt | -
gpt-5.1 | gpt | GPT-5.1
gpt-5.1-codex | gpt | -
gpt-35-turbo | gpt | -
acme-prod-gpt-4o | gpt | -
claude-sonnet-4-20250514 | claude_3 | Claude 4 Sonnet
eu.anthropic.claude-sonnet-4-20250514-v1:0 | claude_3 | Claude 4 Sonnet
us.anthropic.claude-sonnet-4-5-20250929-v1:0 | claude_3 | Claude 4.5 Sonnet
anthropic/claude-opus-4-5@20251101 | claude_3 | Claude 4.5 Opus
claude-sonnet-4-6@default | claude_3 | Claude Sonnet 4.6
claude-haiku-4-5 | claude_3 | Claude Haiku 4.5
anthropic.claude-3-5-sonnet-20241022-v2:0 | claude_3 | -
gemini-3.1-pro-preview | gemini | Gemini 3.1 Pro
gemini-3-flash-preview | gemini | Gemini 3.0 Flash
models/gemini-2.5-pro | gemini | -
Qwen/Qwen3.6-35B-A3B | qwen | Qwen3.6-35B-A3B
Qwen/Qwen3.6-35B-A3B-FP8 | qwen | -
Qwen/Qwen2.5-Coder-32B-Instruct | qwen | -
Qwen/QwQ-32B | qwen | -
Qwen/Qwen3-Embedding-8B | qwen | -
zai-org/GLM-5.1-FP8 | other | GLM-5.1-FP8
zai-org/GLM-5.1 | other | -
moonshotai/Kimi-K2.5 | other | Kimi-K2.5
moonshotai/Kimi-K2-Thinking | other | -
MiniMaxAI/MiniMax-M2.7 | other | MiniMax-M2.7
ibm-granite/granite-3.3-8b-instruct | other | -
microsoft/phi-4 | other | -
text-embedding-3-large | other | -
chat-prod | other | -
"""
ROWS = [tuple(part.strip() for part in line.split("|")) for line in NAMES.strip().splitlines()]


@pytest.mark.parametrize(("name", "family", "model"), ROWS)
def test_what_a_name_suggests(facts: Facts, name: str, family: str, model: str) -> None:
    suggested = suggest_model(name, "vllm", facts.models, facts.naming)
    assert suggest_family(name, "openai_compatible", facts.families).value == family
    assert (suggested.value if suggested else "-") == model


def test_the_rule_that_fired_is_told(facts: Facts) -> None:
    def reason(name: str, platform: str = "openai_compatible") -> str:
        return suggest_family(name, platform, facts.families).reason

    assert reason("mistral-small") == "the served name starts with “mistral”"
    assert reason("acme/Codestral-22B") == "the model's part of the name, “codestral-22b”, starts with “codestral”"
    assert reason("acme-gpt-4o") == "the served name contains “gpt-4”"
    assert reason("chat-prod", "azure_openai") == "this platform mostly serves models of the family GPT"
    assert reason("chat-prod") == "no rule knows this name"


def test_a_name_counts_before_the_platform(facts: Facts) -> None:
    assert suggest_family("mistral-large", "azure_openai", facts.families).value == "mistral"
    assert suggest_family("chat-prod", "azure_openai", facts.families).value == "gpt"


@pytest.mark.parametrize(
    ("tag", "model"),
    [
        ("llama3.1:8b", None),
        ("llama3.1:8b-instruct-q4_K_M", None),
        ("llama3.1:8b-instruct-fp16", "Llama 3.1 8B"),
        ("mistral-small3.2:24b-instruct-2506-q8_0", None),
        ("mistral-small3.2:24b-instruct-2506-fp16", "Mistral Small 24B Instruct 2506"),
    ],
)
def test_a_host_that_hides_quantisation_must_state_full_precision(facts: Facts, tag: str, model: str | None) -> None:
    suggested = suggest_model(tag, "ollama", facts.models, facts.naming)
    assert (suggested and suggested.value) == model


def test_a_new_row_is_suggested_without_new_code(facts: Facts) -> None:
    known = next(iter(facts.models.values()))
    models = {"Made-up 7B": replace(known, name="Made-up 7B", served=("made-up-7b",))}
    suggested = suggest_model("acme/Made-Up-7B-Instruct", "vllm", models, facts.naming)
    assert suggested == Suggestion("Made-up 7B", "the served name reads as “made-up-7b”")


ADDED = known_names([("House Model 7B", "House Model 7B"), ("acme/hm-7b-chat", "House Model 7B"), ("模型", "Nameless")])


@pytest.mark.parametrize(
    ("name", "host", "model"),
    [
        ("house-model-7b", "vllm", "House Model 7B"),
        ("acme/House_Model-7B-Instruct", "vllm", "House Model 7B"),
        ("hm-7b-chat", "vllm", "House Model 7B"),
        ("house-model-7b-awq", "vllm", None),
        ("house-model-70b", "vllm", None),
        ("house-model-7b", "ollama", None),
        ("模型", "vllm", None),
    ],
)
def test_a_model_that_was_added_is_known_by_the_same_rule(
    facts: Facts, name: str, host: str, model: str | None
) -> None:
    suggested = suggest_model(name, host, facts.models, facts.naming, ADDED)
    assert (suggested and suggested.value) == model
    assert suggested is None or suggested.reason.endswith("which was added to the catalogue")


def test_of_the_same_name_the_listed_model_goes_first(facts: Facts) -> None:
    same = known_names([("codestral-22b-v0.1", "Somebody's")])
    suggested = suggest_model("codestral-22b-v0.1", "vllm", facts.models, facts.naming, same)
    assert suggested is not None
    assert suggested.value == "Codestral 22B v0.1"


def test_every_listed_name_suggests_its_own_model_and_family(facts: Facts) -> None:
    for model in facts.models.values():
        for name in model.served:
            suggested = suggest_model(name, "vllm", facts.models, facts.naming)
            assert suggested is not None, name
            assert suggested.value == model.name
            assert suggest_family(name, "openai_compatible", facts.families).value == model.family
