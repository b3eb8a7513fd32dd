"""What GitLab knows from birth: its features with what they accept, the families, and models of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tests.fakes.gitlab.schema import schema

A = "codegemma codellama codestral deepseekcoder mistral mixtral llama3 claude_3 gpt general"
B = "mistral mixtral codestral claude_3 gpt llama3 general"
C = "mistral mixtral claude_3 gpt llama3 general"
D = "claude_3 gpt general"
SUGGESTIONS = "Code Suggestions"
CHAT = "GitLab Duo Chat"
REQUESTS = "GitLab Duo for merge requests"
ISSUES = "GitLab Duo for issues"
AGENTS = "GitLab Duo Agent Platform"
OTHER = "Other GitLab Duo features"
ULTIMATE = frozenset({"duo_chat_explain_vulnerability", "resolve_vulnerability"})


@dataclass(frozen=True, slots=True)
class Feature:
    """`families` it accepts; None for any. A feature of 19 of which no more is known has no title."""

    key: str
    title: str | None = None
    section: str | None = None
    state: str | None = None
    families: tuple[str, ...] | None = None

    @property
    def is_beta(self) -> bool:
        """Whether it hides while the beta features are switched off."""
        return self.state in {"BETA", "EXPERIMENT"}


# In the order of GitLab's list: the Agent Platform first, then by the numbers in its source.
KNOWN = tuple(
    Feature(key, title, section, state, tuple(families.split()))
    for key, title, section, state, families in (
        ("duo_agent_platform", "All agents, except Agentic Chat", AGENTS, "GA", D),
        ("duo_agent_platform_agentic_chat", "Agentic Chat", AGENTS, "GA", D),
        ("code_generations", "Code Generation", SUGGESTIONS, "GA", A),
        ("code_completions", "Code Completion", SUGGESTIONS, "GA", A),
        ("duo_chat", "General Chat", CHAT, "GA", B),
        ("duo_chat_explain_code", "Code Explanation", CHAT, "GA", B),
        ("duo_chat_write_tests", "Test Generation", CHAT, "GA", B),
        ("duo_chat_refactor_code", "Refactor Code", CHAT, "GA", B),
        ("duo_chat_fix_code", "Fix Code", CHAT, "GA", B),
        ("review_merge_request", "Code Review", REQUESTS, "GA", C),
        ("duo_chat_troubleshoot_job", "Root Cause Analysis", CHAT, "BETA", C),
        ("generate_commit_message", "Merge Commit Message Generation", REQUESTS, "BETA", C),
        ("summarize_new_merge_request", "Merge Request Summary", REQUESTS, "BETA", C),
        ("duo_chat_explain_vulnerability", "Vulnerability Explanation", OTHER, "BETA", C),
        ("resolve_vulnerability", "Vulnerability Resolution", OTHER, "BETA", C),
        ("summarize_review", "Code Review Summary", REQUESTS, "EXPERIMENT", C),
        ("glab_ask_git_command", "GitLab Duo for CLI", OTHER, "BETA", C),
        ("duo_chat_summarize_comments", "Discussion Summary", ISSUES, "BETA", C),
    )
)

# Display name and release state of every family key.
FAMILIES = {
    "mistral": ("Mistral", "GA"),
    "llama3": ("Llama 3", "BETA"),
    "codegemma": ("CodeGemma", "BETA"),
    "codestral": ("Mistral Codestral", "GA"),
    "codellama": ("Code Llama", "BETA"),
    "deepseekcoder": ("DeepSeek Coder", "BETA"),
    "claude_3": ("Claude", "GA"),
    "gpt": ("GPT", "GA"),
    "mixtral": ("Mixtral", "GA"),
    "general": ("General", "BETA"),
    "gemini": ("Gemini", "BETA"),
    "embedding": ("Embedding", "BETA"),
    "qwen": ("Qwen", "BETA"),
}

# Models that GitLab runs itself, by `ref`; the first is the default.
MANAGED = (
    {
        "ref": "claude_sonnet_4_6",
        "name": "Claude Sonnet 4.6",
        "modelProvider": "Anthropic",
        "modelDescription": "Balanced.",
        "costIndicator": "$$",
    },
    {
        "ref": "gpt_5",
        "name": "OpenAI GPT-5",
        "modelProvider": "OpenAI",
        "modelDescription": "Capable.",
        "costIndicator": "$$$",
    },
)


@cache
def features_of(shape: str) -> Mapping[str, Feature]:
    """All features of a shape by key, those without known titles last."""
    keys = [each.lower() for each in schema(shape).type_map["AiFeatures"].values]  # type: ignore[attr-defined]
    known = {each.key: each for each in KNOWN}
    order = [each for each in known if each in keys] + [each for each in keys if each not in known]
    return {key: known.get(key, Feature(key)) for key in order}
