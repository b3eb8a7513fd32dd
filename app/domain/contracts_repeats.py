"""Whether code for a cursor repeats what stands before or after it.

Lines that code has twice for good reasons, such as closing brackets, are no repetition: it takes two lines in a row, or
one that is long enough or begins a block.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.domain.contracts_values import Breach, shown

_LONG = 8  # letters and digits
_DOUBLED = frozenset({"long", "not"})  # words that may follow themselves


def repeats(answer: str, inputs: Mapping[str, str]) -> Iterator[Breach]:
    """A breach for each side that is repeated; `inputs` without prefix and suffix have none."""
    own = _lines(answer)
    if own and (line := _of_prefix(own, inputs.get("prefix", ""))):
        yield Breach("repeats_prefix", f"The code begins with {shown(line)}, which stands before the cursor already.")
    if own and (line := _of_suffix(own, inputs.get("suffix", ""))):
        yield Breach("repeats_suffix", f"The code holds {shown(line)}, which stands after the cursor already.")


def _of_prefix(own: Sequence[str], prefix: str) -> str:
    lines = _lines(prefix)
    if not lines:
        return ""
    first, last = own[0].strip(), lines[-1].strip()
    # The line that the cursor stands in, begun anew.
    if not prefix.endswith("\n") and _begins_anew(first, last):
        return last
    is_again = prefix.endswith("\n") and first == last and last.endswith((":", "{")) and _weight(last) >= _LONG
    for start in (lines[:2], lines[-2:]):
        is_again = is_again or (len(start) == 2 and _weight("".join(start)) >= _LONG and _starts(own, start))
    return own[0] if is_again else ""


def _begins_anew(first: str, last: str) -> bool:
    words = re.findall(r"\w+", last)
    if not first.startswith(last) or not words or (len(words) == 1 and (len(last) < 3 or last in _DOUBLED)):
        return False
    if len(words) == 1 and not last.isalnum():
        return False
    return re.match(r"\W", first[len(last) :] or " ") is not None or not last[-1].isalnum()


def _starts(own: Sequence[str], start: Sequence[str]) -> bool:
    return [each.strip() for each in own[:2]] == [each.strip() for each in start]


def _of_suffix(own: Sequence[str], suffix: str) -> str:
    lines = _lines(suffix)
    if not lines:
        return ""
    first = lines[0] if suffix[:1] in "\r\n" else lines[0].strip()
    is_last = own[-1] == first if suffix[:1] in "\r\n" else own[-1].endswith(first)
    if is_last and _weight(first) >= _LONG:
        return first
    pair = lines[:2]
    again = any(list(own[at : at + 2]) == pair for at in range(len(own) - 1)) and _weight("".join(pair)) >= _LONG
    return first if again else ""


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _weight(text: str) -> int:
    return sum(map(str.isalnum, text))
