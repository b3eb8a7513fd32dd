"""What is said at a field whose value is of the wrong type; all other sentences are the rules' own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_BY_TYPE = {
    "bool_parsing": "Write true or false.",
    "bool_type": "Write true or false.",
    "date_from_datetime_parsing": "Write a day such as 2026-11-25.",
    "date_parsing": "Write a day such as 2026-11-25.",
    "dict_type": "Write an object of names and values.",
    "extra_forbidden": "There is no such field.",
    "int_parsing": "Write a whole number.",
    "int_parsing_size": "Write a smaller number.",
    "int_type": "Write a whole number.",
    "list_type": "Write a list.",
    "missing": "This is needed.",
    "model_type": "Write an object of names and values.",
    "string_type": "Write a text.",
    "string_unicode": "Write a text without half characters.",
}
_BY_LIMIT = {
    "greater_than_equal": "Use {ge} or more.",
    "less_than_equal": "Use {le} or less.",
    "literal_error": "Choose one of {expected}.",
    "string_too_long": "Use {max_length} characters at most.",
    "string_too_short": "Write something.",
    "too_long": "Use {max_length} at most.",
    "string_pattern_mismatch": "That is none of our ids.",
}


def sentences_of(error: ValidationError) -> Mapping[str, Sequence[str]]:
    """Sentences by field, a dot between a field and what is inside it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in error.errors(include_url=False, include_input=False):
        found[".".join(str(part)[:64] for part in each["loc"])].append(_sentence(each))
    return {name: list(dict.fromkeys(sentences)) for name, sentences in found.items()}


def _sentence(error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] in _BY_LIMIT:
        return _BY_LIMIT[error["type"]].format(**context)
    return _BY_TYPE.get(error["type"], "This value does not fit.")
