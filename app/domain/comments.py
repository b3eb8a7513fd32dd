"""Comments on entries of the catalogue: what may be written, and how much at once."""

from app.domain.errors import Invalid
from app.domain.plain_texts import cleaned, faults

TEXT_MAX = 4000
PER_MINUTE = 5


def check(text: str) -> str:
    """The text as it is stored; raises Invalid at the field `text`."""
    found = cleaned(text)
    problems = faults(found, TEXT_MAX) if found else ("Write something.",)
    if problems:
        raise Invalid({"text": problems})
    return found
