"""GitLab's table of levels as a person read it: full, partial or limited for each model in four columns.

Of a row that two tables state differently this has the 19.2 one. The platforms are those that the 18.9 table names.
"""

COLUMNS = ("code_completion", "code_generation", "chat", "agent_platform")

TABLE = """
Claude 4 Sonnet                 | F F F F | bedrock
Claude 4.5 Sonnet               | F F F F | bedrock
Claude 4.5 Opus                 | F F F F | bedrock
Claude Haiku 4.5                | F F F F | bedrock
Claude Sonnet 4.6               | F F F F |
Claude Opus 4.8                 | F F F F |
GPT-4 Turbo                     | F F P L | azure_openai
GPT-4o                          | F F F L | azure_openai
GPT-4o-mini                     | F F P L | azure_openai
GPT-5                           | F F F F | azure_openai
GPT-5 Mini                      | F F F P | azure_openai
GPT-5 Codex                     | F F F F | azure_openai
GPT-5.1                         | F F F F | azure_openai
GPT-5.2                         | F F F F | azure_openai
GPT-oss-120B                    | F F F L | vllm
GPT-oss-20B                     | P P P L | vllm
Codestral 22B v0.1              | F F P L | vllm
Mistral Small 24B Instruct 2506 | F F F L | vllm
Mistral Medium 3.5 128B         | F F F F |
Mistral Devstral 2 123B         | F F F F |
GLM-5.1-FP8                     | L L F F |
Kimi-K2.5                       | L L P P |
Kimi-K2.6                       | L L P P |
MiniMax-M2.7                    | L L P P |
Llama 3 8B                      | P F L L | vllm
Llama 3.1 8B                    | P F P L | vllm
Llama 3 70B                     | P F L L | vllm
Llama 3.1 70B                   | F F F L | vllm
Llama 3.3 70B                   | F F F L | vllm
"""

WORDS = {"F": "full", "P": "partial", "L": "limited"}
# Where a newer table says something else and the catalogue follows it: model, column and level.
NEWER = {("Kimi-K2.6", "agent_platform"): "full", ("MiniMax-M2.7", "agent_platform"): "full"}


def rows() -> list[tuple[str, dict[str, str], str]]:
    """Model, level by column, and the platform that is named for it ("" for none)."""
    found = []
    for line in TABLE.strip().splitlines():
        model, letters, host = (part.strip() for part in line.split("|"))
        levels = {column: WORDS[letter] for column, letter in zip(COLUMNS, letters.split(), strict=True)}
        levels |= {column: level for (name, column), level in NEWER.items() if name == model}
        found.append((model, levels, host))
    return found
