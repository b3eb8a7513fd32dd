"""Talk that models put before and behind what was asked for.

Only the first and the last line are looked at, and only for words that no useful answer begins or ends with.
"""

import re

from app.domain.contracts_values import Breach, shown

_AI = r"As\ an\ AI(?:,|\ (?:language\ )?(?:model|assistant)\b)|I(?:['\u2019]m|\ am)\ (?:just\ |only\ )?an\ AI\b"
_OPENER = re.compile(
    rf"""(?:
        (?:Sure|Certainly|Absolutely|Of\ course|Okay|Ok|OK|Alright|Got\ it|No\ problem)
            (?:\ thing)?(?:[!.](?:\s|$)|,\s+(?:[a-z]|I\b)|\s+[-\u2013\u2014]\s|\s+(?:here|I|let)\b)
        | (?:Great|Good|Excellent)\ question\b
        | I(?:['\u2019]d|\ would|['\u2019]ll|['\u2019]m|\ will|\ am)\ (?:be\ )?(?:happy|glad)\ to\b
        | Thank(?:s|\ you)\ for\b
        | {_AI}
    )""",
    re.VERBOSE,
)
# Words that lead over to what was asked for; in prose they may belong to the answer.
_LEAD_IN = re.compile(
    r"(?:Here(?:['\u2019]s| is| are)|Below (?:is|are)|(?:The|Your) (?:following|requested|completed|missing)) "
    r"|(?:The |Suggested |Proposed |Your )?(?:[Cc]ommit message|[Aa]nswer|[Oo]utput|[Rr]esult|[Cc]ode)(?: is)?:\s*$"
)
_CLOSER = re.compile(
    rf"""(?:
        (?:I\ )?[Hh]ope\ (?:this|that|it)\ helps
        | Let\ me\ know\ if\ (?:you\ (?:have|need|want|would\ like)|you['\u2019]d\ like|
            there(?:['\u2019]s|\ is)\ anything|(?:this|that|it)\ (?:helps|works))\b
        | (?:Please\ )?[Ff]eel\ free\ to\ (?:ask|reach|let|contact)\b
        | If\ you\ (?:have|need|want)\ any(?:thing)?\ (?:other|further|more|else|additional|questions|help)\b
        | (?:Is\ there\ anything|Anything)\ else\b
        | Happy\ (?:coding|hacking|testing)\b
        | {_AI}
    )""",
    re.VERBOSE,
)


def without_chatter(text: str, *, lead_ins: bool = False) -> tuple[str, tuple[Breach, ...]]:
    """What is left without talk on the first and the last line, and a breach for each of them that is talk.

    `lead_ins`: also "Here is ..." before what was asked for.
    """
    found: list[Breach] = []
    first, rest = _first_line(text)
    if _OPENER.match(first) or (lead_ins and _LEAD_IN.match(first)):
        found.append(Breach("chatter_before", f"The answer begins with talk: {shown(first)}."))
        text = rest
    kept, last = _last_line(text)
    if _CLOSER.match(last):
        found.append(Breach("chatter_after", f"The answer ends with talk: {shown(last)}."))
        text = kept
    return text, tuple(found)


def _first_line(text: str) -> tuple[str, str]:
    line, _, rest = text.lstrip().partition("\n")
    return line.strip(), rest


def _last_line(text: str) -> tuple[str, str]:
    kept, _, line = text.rstrip().rpartition("\n")
    return kept, line.strip()
