"""Reasoning that a model put into its answer: how servers mark it, and the answer without it.

Only what stands at the start is taken for reasoning: marks further on may be what the answer is about.
"""

import re

# Where reasoning begins and where it ends, as chat templates write it.
_MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
    ("<|channel|>final<|message|>", "<|channel|>final<|message|>"),
)
# Such channels by a server that drops special tokens and keeps the words between.
_BARE = ("analysis", "assistantfinal")
# What templates put before a mark.
_LEADS = ("", "<|start|>assistant")
# Ends by beginnings.
_BLOCKS = {lead + begin: end for lead in _LEADS for begin, end in (*_MARKS, _BARE)}
_BLANKS = re.compile(r"\s*")
_ENDINGS = ("<|return|>", "<|end|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>")
# Some templates end the prompt with the opening mark, so that the answer holds only the closing one.
_CLOSERS = ("</think>", "</thinking>", "[/THINK]", "◁/think▷")
_CLOSED = re.compile(rf"""(?<![`'"])(?:{"|".join(map(re.escape, _CLOSERS))})(?![`'"])""")
_CLOSER_MOST = max(map(len, _CLOSERS))
# What may stand around an answer, in one piece each, and what else there is.
_WORDS = re.compile(rf"\s+|{'|'.join(map(re.escape, _ENDINGS))}|<|[^<\s]+")


def leaks(text: str) -> bool:
    """Whether an answer holds reasoning, or the marks that would surround it."""
    return without_reasoning(text) != text


def begins_with_reasoning(text: str) -> bool:
    """Whether an answer begins with a mark of reasoning, whatever comes further on."""
    return _block_end(text, 0) is not None


def without_reasoning(text: str) -> str:
    """The answer alone; "" where the reasoning never ends, and the very text where there is none."""
    begin = 0
    while (end := _block_end(text, begin)) is not None:
        begin = end
    closing = None if begin else _CLOSED.search(text)
    if closing:
        begin = closing.end()
    return _bare(text[begin:]) if begin else text


def _block_end(text: str, at: int) -> int | None:
    """Where the block of reasoning ends that begins here, None where none does."""
    start = _after_blanks(text, at)
    end = _end_of_block_at(text, start)
    found = text.find(end, start) if end else -1
    if found >= 0:
        return found + len(end)
    return len(text) if end and end != _BARE[1] else None


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _end_of_block_at(text: str, start: int) -> str:
    """The mark that ends the block that begins right here, "" where none does."""
    return next((end for begin, end in _BLOCKS.items() if text.startswith(begin, start)), "")


def _bare(text: str) -> str:
    answer = text.strip()
    for each in _ENDINGS:
        answer = answer.removeprefix(each).removesuffix(each).strip()
    return answer


class ReasoningCut:
    """`without_reasoning` for an answer that comes in pieces, however it was cut.

    Text goes on as soon as it is known for answer. Two things cannot be known before their time: an answer that begins
    with the word "analysis" is held until its end, and a closing mark without an opening one is only seen at the very
    start, because every other answer would have to wait for it. `opened` says that the answer begins inside reasoning:
    then all is held until the closing mark comes, and the result is always that of `without_reasoning`.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._opened = opened
        # Where the answer goes once it is known where it begins.
        self._answer: _Plain | _Bare | None = None
        self._step = self._look
        self._end = ""
        self._is_cut = False
        # What was read and may still be answer; behind it what is to be read again from `_at` on, with the next piece.
        self._kept: list[str] = []
        self._held = ""
        self._at = 0

    def feed(self, text: str) -> str:
        """What may be passed on, "" for nothing yet."""
        if self._answer:
            return self._answer.feed(text)
        text = self._held + text
        at: int | None = self._at
        self._held, self._at = "", 0
        while at is not None:
            at = self._step(text, at)
            if self._answer:
                return self._answer.feed(self._all_kept() + text[at:])
        return ""

    def end(self) -> str:
        """The rest of the answer; "" when it is asked for again."""
        if self._answer:
            return self._answer.end()
        text = self._all_kept() + self._held[self._at :]
        self._held, self._at = "", 0
        if self._end and self._end != _BARE[1]:
            return ""
        return _bare(text) if self._is_cut else without_reasoning(text)

    def _look(self, text: str, at: int) -> int | None:
        """Reads on from where a block may begin; None when that takes more text."""
        start = _after_blanks(text, at)
        self._kept.append(text[at:start])
        self._end = _end_of_block_at(text, start)
        if self._end:
            self._step = self._skip
            return start
        closers = () if self._is_cut else _CLOSERS
        rest = text[start:]
        if any(each.startswith(rest) for each in (*_BLOCKS, *closers)):
            self._hold(text, start, len(rest))
            return None
        if self._is_cut:
            self._answer = _Bare()
        elif self._opened:
            self._step = self._skip_opened
        elif closing := _CLOSED.match(text, start):
            return self._close(closing.end())
        else:
            self._answer = _Plain()
        return start

    def _skip(self, text: str, at: int) -> int | None:
        """Reads on inside a block."""
        found = text.find(self._end, at)
        if found >= 0:
            self._kept.clear()
            self._is_cut = True
            self._step, length, self._end = self._look, len(self._end), ""
            return found + length
        self._hold(text, at, len(self._end) - 1)
        if self._end != _BARE[1]:
            self._kept.clear()
        return None

    def _skip_opened(self, text: str, at: int) -> int | None:
        """Reads on inside the block that began before the answer, if it did."""
        closing = _CLOSED.search(text, at)
        if closing and closing.end() < len(text):
            return self._close(closing.end())
        self._hold(text, at, _CLOSER_MOST)
        return None

    def _close(self, at: int) -> int:
        self._kept.clear()
        self._answer = _Bare()
        return at

    def _hold(self, text: str, at: int, most: int) -> None:
        """Keep the text from here on, at most so many characters of it to be read again."""
        cut = max(at, len(text) - most)
        self._kept.append(text[at:cut])
        # A closing mark does not count behind a quote, so that the character before has to be seen again.
        self._at = min(cut, 1)
        self._held = text[cut - self._at :]

    def _all_kept(self) -> str:
        text = "".join(self._kept)
        self._kept.clear()
        return text


class _Plain:
    """An answer without reasoning before it, which stays as it is."""

    def feed(self, text: str) -> str:
        return text

    def end(self) -> str:
        return ""


class _Bare:
    """`_bare` for an answer that comes in pieces."""

    def __init__(self) -> None:
        self._has_begun = False
        # Blanks and endings that nothing else has followed yet, and behind them what may become an ending.
        self._around: list[str] = []
        self._held = ""

    def feed(self, text: str) -> str:
        text = self._held + text
        cut = text.rfind("<")
        if cut < 0 or not any(each.startswith(text[cut:]) for each in _ENDINGS):
            cut = len(text)
        self._held = text[cut:]
        return "".join(map(self._take, _WORDS.findall(text[:cut])))

    def _take(self, word: str) -> str:
        self._around.append(word)
        if word.isspace() or word in _ENDINGS:
            return ""
        text = self._all_around()
        if self._has_begun:
            return text
        self._has_begun = True
        return _bare(text)

    def end(self) -> str:
        rest, self._held = self._all_around() + self._held, ""
        if not self._has_begun:
            return _bare(rest)
        rest = rest.rstrip()
        for each in _ENDINGS:
            rest = rest.removesuffix(each).rstrip()
        return rest

    def _all_around(self) -> str:
        text = "".join(self._around)
        self._around.clear()
        return text
