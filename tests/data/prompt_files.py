"""Which files answer for which feature and family, base's where nothing is said; and a feature of the tests' own."""

import tomllib
from pathlib import Path

import app.data.loader as loader
from tests.fixtures.facts import PROMPTS

# Folders of the system and of the user file; no system file where a family's form stands alone.
Folders = tuple[str | None, str]

_LISTED = Path(loader.__file__).with_name("features.toml")
FEATURES: tuple[str, ...] = tuple(row["name"] for row in tomllib.loads(_LISTED.read_text("utf-8"))["feature"])
_FAMILIES = tomllib.loads((PROMPTS / "families.toml").read_text("utf-8"))["family"]
FAMILIES: tuple[str, ...] = tuple(row["slug"] for row in _FAMILIES)

# As in GitLab's gateway, folder by folder, but for the last rows.
MATRIX: dict[str, dict[str, Folders]] = {
    "code_completions": {
        "mistral": ("mistral", "mistral"),
        "mixtral": ("mistral", "mistral"),
        "codestral": ("codestral", "mistral"),
        "gpt": ("gpt", "gpt"),
        "llama3": ("llama3", "llama3"),
        "codellama": (None, "codellama"),
        "codegemma": (None, "codegemma"),
        "deepseekcoder": (None, "deepseekcoder"),
    },
    "code_generations": {
        "mistral": ("mistral", "base"),
        "mixtral": ("mistral", "mixtral"),
        "codestral": ("codestral", "base"),
        "gpt": ("gpt", "base"),
        "llama3": ("llama3", "base"),
        "codellama": ("codellama", "base"),
        "codegemma": ("codegemma", "base"),
        "deepseekcoder": ("deepseekcoder", "base"),
    },
    "duo_chat": {"gpt": ("gpt", "base"), "llama3": ("llama3", "base")},
    "duo_chat_write_tests": {
        "mistral": ("base", "mistral"),
        "mixtral": ("base", "mistral"),
        "codestral": ("codestral", "mistral"),
        "llama3": ("base", "llama3"),
    },
    "duo_chat_refactor_code": {
        "mistral": ("base", "mistral"),
        "mixtral": ("base", "mistral"),
        "codestral": ("codestral", "mistral"),
        "llama3": ("base", "llama3"),
    },
    "duo_chat_fix_code": {"codestral": ("codestral", "base"), "llama3": ("base", "llama3")},
    "duo_chat_explain_vulnerability": {
        "gpt": ("gpt", "base"),
        "mistral": ("base", "mistral"),
        "mixtral": ("base", "mistral"),
        "codestral": ("base", "mistral"),
        "llama3": ("base", "llama3"),
    },
    "duo_agent_platform_agentic_chat": {"gpt": ("gpt", "base"), "gemini": ("gemini", "base"), "qwen": ("qwen", "base")},
    # GitLab has no family files here; what makes calls go wrong is the same as in chat, and the file says it.
    "duo_agent_platform": {"gemini": ("gemini", "base"), "qwen": ("qwen", "base")},
}
BASE: Folders = ("base", "base")


_ABOUT = """
[[input]]
name = "{first}"
label = "First"
kind = "text"
limit = 9
sample = "One"
required = true

[[input]]
name = "{second}"
label = "Second"
kind = "text"
limit = 9
sample = "Two"

[contract]
kind = "markdown"
words = "Anything."

[families]
gpt = ["system"]
"""
_FILES = {
    "base/system.jinja": "Answer.",
    "base/user.jinja": '{{{{ data("{first}", {first}) }}}}',
    "gpt/system.jinja": '{{% extends "{feature}/base/system.jinja" %}}',
}


def write_feature(root: Path, feature: str, first: str, second: str) -> None:
    """A feature with two inputs and a file for one family: tests that spoil files need none of ours."""
    files = {"feature.toml": _ABOUT, **_FILES}
    for name, text in files.items():
        path = root / feature / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(feature=feature, first=first, second=second), encoding="utf-8")
