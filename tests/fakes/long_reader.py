"""A model that reads long texts and tells the code word in them, within its context and its server's habits."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.refusals import Refusal
from tests.fakes.talker import TEMPLATE_TOKENS, Body, prompt_of, tokens_in, works

# The texts of the test hold nine words and a stop in every sentence.
WORDS_A_TOKEN = 0.9
CODE_WORD = re.compile(r"The code word is (\S+)\.")


def refused(words: str, status: int = 400) -> Callable[[int, int], Refusal]:
    """A refusal for its length; {n} is the prompt's tokens and {most} what is admitted."""
    return lambda n, most: Refusal(status, {"error": {"message": words.format(n=n, most=most), "code": status}})


VLLM = refused("This model's maximum context length is {most} tokens.")
LLAMA_CPP = refused("request ({n} tokens) exceeds the available context size ({most} tokens), try increasing it")
ANTHROPIC = refused("prompt is too long: {n} tokens > {most} maximum")
SILENT = refused("Input is too long for requested model.")


@dataclass(frozen=True)
class LongReader:
    """`refuse` is None where what does not fit is silently cut off at its beginning. `keeps`: tokens kept in mind."""

    context: int = 1_000_000
    keeps: int = 1_000_000
    refuse: Callable[[int, int], Refusal] | None = VLLM

    def __call__(self, body: Body) -> str | Refusal:
        """The answer to a chat request."""
        prompt = prompt_of(body)
        if "code word" not in prompt:
            return works(body)
        size = tokens_in(prompt) + TEMPLATE_TOKENS
        if self.refuse and size + int(body["max_tokens"]) > self.context:
            return self.refuse(size, self.context)
        words = prompt.split()
        found = CODE_WORD.search(" ".join(words[-int(min(self.context, self.keeps) * WORDS_A_TOKEN) :]))
        return f"The code word is {found[1].upper()}." if found else "I saw none."


def refusing_from(size: int, refusal: Refusal) -> Callable[[Body], str | Refusal]:
    """Reads all, but refuses longer prompts without a word about their length."""
    reader = LongReader()
    return lambda body: refusal if tokens_in(prompt_of(body)) > size else reader(body)
