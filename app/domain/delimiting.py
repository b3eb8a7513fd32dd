"""People's text inside a prompt: between tags that it cannot close."""

import re
import unicodedata

# Signs that a reader may take for the start of a tag; compatible forms, such as full-width ones, are folded before.
_OPENERS = re.compile("[\u2039\u00ab\u3008\u300a\u27e8\u27ea\u276c\u276e\u2770\u02c2\u1438\u2991\u29fc\u226a\u227a]")
_NEITHER_WORD_NOR_OPENER = re.compile(r"[^\w<]+")


def delimited(name: str, text: str) -> str:
    """A text between tags of that name; where the text holds such a tag in any writing, ours gets a number."""
    tag = _free(name, text)
    return f"<{tag}>\n{text}\n</{tag}>"


def verbatim(text: str) -> str:
    """A text as it is, for forms in which marks of the model's own tell where it begins and ends."""
    return text


def _free(name: str, text: str) -> str:
    """The name, or name-2 and so on: the first that the text opens or closes nowhere.

    Time grows with the text alone, however many numbers it holds.
    """
    folded = _folded(text)
    if "<" not in folded or (text.isascii() and name not in folded):
        return name
    # What is left of </ Code x="1"> is <codex1, so blanks, attributes and a missing end make no difference; and what
    # has no width, or stands on a letter, cannot hide a name.
    squeezed = _NEITHER_WORD_NOR_OPENER.sub("", folded)
    numbers = re.findall(rf"<{re.escape(name)}(\d{{0,9}})", squeezed)
    if not numbers:
        return name
    # <code 2"3 is <code23 by now, and may have been meant as number 2 as well as 23.
    taken = {int(digits[:end]) for digits in numbers for end in range(1, len(digits) + 1)}
    return f"{name}-{next(number for number in range(2, len(taken) + 3) if number not in taken)}"


def _folded(text: str) -> str:
    """The text with every writing of a letter or bracket as its plain one."""
    if text.isascii():
        return text.lower()
    return _OPENERS.sub("<", unicodedata.normalize("NFKD", text)).casefold()
