"""GitLab's own words, made fit to be shown and stored: one line, short, and without a secret."""

from collections.abc import Iterable

from app.lib import redact

WORDS_MAX = 300
# Shorter ones are stand-ins for servers without keys ("EMPTY", "ollama"), and would be blotted out of names.
SECRET_FROM = 8
_READ = 8000
# Longer than any token or key: what a cut may have left of one at its end.
_REMNANT = 4096


def fit(words: str, secrets: Iterable[str], most: int = WORDS_MAX) -> str:
    """At most `most` characters of the words, to be shown as plain text."""
    told = [each for each in secrets if len(each) >= SECRET_FROM]
    for secret in told:
        redact.register(secret)
    try:
        plain = redact.scrub("".join(each if each.isprintable() else " " for each in words[:_READ]))
    finally:
        for secret in told:
            redact.forget(secret)
    if len(words) > _READ:
        plain = plain[:-_REMNANT]
    line = " ".join(plain.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def joined(texts: Iterable[object], secrets: Iterable[str]) -> str:
    """What is text among several texts, each once, in one line."""
    return fit("; ".join(dict.fromkeys(each for each in texts if isinstance(each, str) and each)), secrets)
