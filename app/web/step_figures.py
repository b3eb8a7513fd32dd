"""The measurements of a step in a few words."""

from collections.abc import Mapping
from typing import Any

from app.web.filters import figure, spent

# What was tried several times; the number of tries stands in `tries`.
_COUNTED = ("structured", "filled")
_TIMES = {"first_token_ms": "first token {}", "cold_ms": "cold {}", "warm_ms": "warm {}"}
_NUMBERS = {
    "tokens_per_second": "{} tokens/s",
    "tokens": "{} tokens",
    "dimensions": "{} dimensions",
    "stated_limit": "limit of {} tokens",
}


def in_words(figures: Mapping[str, Any], beside: str = "") -> str:
    """Such as `2 of 3, first token 212 ms`; what the sentence beside it tells already is left out."""
    told = [(words.format(number), number) for words, number in _told(figures)]
    return ", ".join(words for words, number in told if not _is_said(words, number, beside))


def _is_said(words: str, number: str, beside: str) -> bool:
    """A number of few digits may stand there for something else."""
    same = (words, words.replace(" of ", " times of "), *((number,) if len(number) > 2 else ()))
    return any(each in beside for each in same)


def of_tries(figures: Mapping[str, Any]) -> str:
    """Such as `2 of 3`, or nothing where nothing was tried several times."""
    tries, good = figures.get("tries"), next((figures[name] for name in _COUNTED if name in figures), None)
    return f"{good} of {tries}" if isinstance(tries, int) and isinstance(good, int) else ""


def _told(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    counted = of_tries(figures)
    found = [("{}", counted)] if counted else []
    numbers = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    found += [(words, spent(numbers[name])) for name, words in _TIMES.items() if name in numbers]
    found += [(words, figure(numbers[name])) for name, words in _NUMBERS.items() if name in numbers]
    return found
