"""The context that servers state in a refusal, in the words that their users have pasted."""

import pytest

from app.clients.context_limits import stated_limit


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 33000 tokens (32968 in", 8192),
        ("You passed 32001 input tokens and requested 32 output tokens. However, the model's context length is only "
         "16384 tokens", 16_384),
        ("The decoder prompt (length 32001) is longer than the maximum model length of 4096.", 4096),
        ("The input (32001 tokens) is longer than the model's context length (8192 tokens).", 8192),
        ("request (32001 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 32001 `inputs` tokens", 4096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("However, the model is loaded with context length of only 4096 tokens", 4096),
        ("The input token count (40000) exceeds the maximum number of tokens allowed (32768).", 32_768),
        ("maximum context length is 131,072 tokens", 131_072),
        ("the request exceeds the available context size. try increasing the context size", None),
        ("Input is too long for requested model.", None),
        ("Rate limit reached: limit 30000 tokens a minute", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_stated_limit_is_read(words: str, limit: int | None) -> None:
    assert stated_limit(words) == limit
