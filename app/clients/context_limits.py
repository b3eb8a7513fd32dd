"""The context that a server states when it refuses a text for its length.

Sources of the wording: vLLM, SGLang, TGI, llama.cpp, LM Studio, OpenAI, Anthropic and Gemini error bodies.
"""

import re

_NUMBER = r"(\d[\d,_]{2,11})"
_LIMIT = re.compile(
    rf"(?:context|model) (?:length|size|window) (?:is|of|limit of)? ?(?:only )?\(?{_NUMBER}|"
    rf"> {_NUMBER} maximum|"
    rf"must be <= {_NUMBER}|"
    rf"maximum number of tokens allowed \(?{_NUMBER}",
    re.IGNORECASE,
)


def stated_limit(words: str) -> int | None:
    """Tokens of context, None where the server's words name no limit."""
    found = _LIMIT.search(words)
    number = next(filter(None, found.groups()), "") if found else ""
    return int(re.sub(r"\D", "", number)) if number else None
