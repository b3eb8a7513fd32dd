"""Words that a model server wrote, made fit to be shown and stored: one line, short, and without a secret."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.clients.target import Target
from app.domain.extra_headers import shows_who_asks
from app.lib import redact

WORDS_MAX = 300
# Shorter ones are stand-ins for servers without keys ("EMPTY", "ollama"), and would be blotted out of names.
SECRET_FROM = 8
_READ = 8000
# Longer than any key: what a cut may have left of one at its end.
_REMNANT = 4096
# "sk-...f3d2" and "sk-ab****f3d2": servers repeat a key's ends, which are characters of it all the same.
_SHORTENED = re.compile(r"(?<![\w-])([\w-]*+)(?:\.{2,}|\*{2,}|…)([\w-]*+)")


def secrets_of(target: Target) -> tuple[str, ...]:
    """What of a target must not be shown; too short ones are ordinary words."""
    named = [value for name, value in target.headers.items() if shows_who_asks(name)]
    return tuple(each for each in (*named, *target.secrets) if len(each) >= SECRET_FROM)


@contextmanager
def hiding_secrets(target: Target) -> Iterator[None]:
    """While it lasts, `fit` and the logs know the target's secrets in all their spellings."""
    secrets = secrets_of(target)
    for secret in secrets:
        redact.register(secret)
    try:
        yield
    finally:
        for secret in secrets:
            redact.forget(secret)


def fit(words: str, target: Target, most: int = WORDS_MAX) -> str:
    """At most `most` characters of the words, to be shown as plain text; for use inside `hiding_secrets`."""
    plain = redact.scrub("".join(each if each.isprintable() else " " for each in words[:_READ]))
    if len(words) > _READ:
        plain = plain[:-_REMNANT]
    if target.api_key and len(target.api_key) >= SECRET_FROM:
        plain = _without_ends(plain, target.api_key)
    line = " ".join(plain.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _without_ends(text: str, key: str) -> str:
    def judge(found: re.Match[str]) -> str:
        head, tail = found[1], found[2]
        told = (head and key.startswith(head)) or (tail and key.endswith(tail))
        return redact.MASK if told else found[0]

    return _SHORTENED.sub(judge, text)
