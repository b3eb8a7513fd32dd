"""Plain text that people write for others: what it may hold, so that nobody's line reads as another's."""

import re
import unicodedata

# A key of the kinds that are pasted by mistake; what is written here is read by everybody.
KEY = r"\b(?:sk|glpat|mp|hf|AKIA)[-_][A-Za-z0-9_-]{8,}"
_KEY = re.compile(KEY)
# Joiners change no direction: emoji and several scripts are written with them.
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def cleaned(text: str) -> str:
    """The text with line breaks of one kind, blanks for tabs, and nothing empty around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").strip()


def faults(text: str, longest: int, *, one_line: bool = False) -> tuple[str, ...]:
    """What is wrong with a cleaned text, a sentence each; markup is text like any other."""
    found = []
    if len(text) > longest:
        found.append(f"Use {longest} characters at most; these are {len(text)}.")
    if one_line and "\n" in text:
        found.append("Write it in one line.")
    if any(unicodedata.category(each) in _INVISIBLE and each not in _JOINERS for each in text.replace("\n", "")):
        found.append("Remove the invisible characters: they could make it read as something else.")
    if _KEY.search(text):
        found.append("Leave out the key: this is read by others.")
    return tuple(found)
