"""The identifier that GitLab is given for a model, and the served name inside it.

GitLab's gateway takes the text before the first slash for the kind of provider and the rest for the model's name
(docs.gitlab.com, Configure GitLab Duo features).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.platforms import OPENAI_COMPATIBLE, Platform

IDENTIFIER_MAX = 255


@dataclass(frozen=True, slots=True)
class Identifier:
    """`text` is what GitLab wants, with the platform's prefix; `served_name` is what the server itself is asked for."""

    text: str
    served_name: str


def identify(platform: Platform, typed: str, others: Iterable[Platform] = ()) -> Identifier:
    """Complete what somebody typed: with the platform's prefix where that is missing.

    Raises ValueError with a sentence for people when no name follows the prefix, when the name has blanks or control
    characters, when it carries the prefix of one of `others`, or when it is longer than GitLab takes.
    """
    name = _without_prefix(platform, typed.strip())
    if not name:
        raise ValueError(f"Type the {platform.name_word} after {platform.prefix}.")
    if any(c.isspace() or not c.isprintable() for c in name):
        raise ValueError(f"Remove the blanks and invisible characters from the {platform.name_word}.")
    _refuse_foreign_prefix(platform, name, others)
    text = _prefix_for(platform, name) + name
    if len(text) > IDENTIFIER_MAX:
        raise ValueError(f"GitLab takes {IDENTIFIER_MAX} characters; with {platform.prefix} these are {len(text)}.")
    return Identifier(text, name)


def _without_prefix(platform: Platform, typed: str) -> str:
    """Longer prefixes first, since the short one begins them; GitLab's gateway ignores their case."""
    prefixes = (*(form.prefix for form in platform.long_forms), platform.prefix)
    for prefix in prefixes:
        if typed.casefold().startswith(prefix):
            return typed[len(prefix) :].strip()
    return typed


def _prefix_for(platform: Platform, name: str) -> str:
    return next((form.prefix for form in platform.long_forms if name.startswith(form.starts)), platform.prefix)


def _refuse_foreign_prefix(platform: Platform, name: str, others: Iterable[Platform]) -> None:
    # Behind an OpenAI-compatible address any of these may begin a served name: proxies name models so.
    if platform.slug == OPENAI_COMPATIBLE:
        return
    for other in others:
        if other.slug != platform.slug and name.casefold().startswith(other.prefix):
            raise ValueError(f"{other.prefix} belongs to {other.label}. Choose that platform, or leave the prefix out.")
