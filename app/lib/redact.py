"""Scrubs secrets from text before it reaches a log, by pattern and by the exact secrets that this process knows."""

import logging

MASK = "[redacted]"


def register(secret: str) -> None:
    """Makes `scrub` remove this exact secret from now on, also URL-encoded, base64 and JSON-escaped; short ones (< 6) are ignored."""
    raise NotImplementedError


def forget(secret: str) -> None:
    """Stops removing a secret that is no longer in use."""
    raise NotImplementedError


def scrub(text: str) -> str:
    """The text with everything that looks like or is known as a secret replaced by MASK."""
    raise NotImplementedError


class RedactingFilter(logging.Filter):
    """Put on every log handler: scrubs message, arguments, exception and stack text of each record."""
