"""Scrubs secrets from text before it reaches a log, by pattern and by the exact secrets that this process knows."""

import base64
import json
import logging
import re
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
MIN_LENGTH = 6

_NAMES = (
    r"(?:x-)?(?:goog-)?api[-_]?key|(?:access|refresh|id|private|auth|session)[-_]?token|client[-_]?secret"
    r"|passw(?:or)?d|passphrase|code[-_]?verifier|secret[-_]?access[-_]?key|aws[-_]?session[-_]?token|private[-_]?key"
)
# Between a name and its value: `: `, `=`, or `', b'` where a tuple of headers was printed.
_IS = r"(?:[\\\"']*\s*[:=]|[\\\"']+\s*,)\s*b?[\\\"']*"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
        (r"(://[^\s/:@?#]*):[^\s/@]+@", rf"\1:{MASK}@"),
        (rf"((?:proxy-)?authorization{_IS})[^\"'\\\r\n]+", rf"\1{MASK}"),
        (rf"((?:set-)?cookie{_IS})[^\"'\\\r\n]+", rf"\1{MASK}"),
        (r"\b(bearer)(\s+)[A-Za-z0-9._~+/=-]{6,}", rf"\1\2{MASK}"),
        # Ordinary prose says "basic", too; base64 has capitals or digits.
        (r"\b(basic)(\s+)(?=(?-i:\S*[A-Z0-9]))[A-Za-z0-9+/=]{8,}", rf"\1\2{MASK}"),
        (r"([?&;](?:key|token|secret|sig|signature|code|password)=)[^&\s\"'#;]+", rf"\1{MASK}"),
        (r"([\\]*[\"'](?:token|secret)[\\]*[\"']\s*:\s*[\\]*[\"'])[^\"'\\]+", rf"\1{MASK}"),
        (rf"((?<![a-z])(?:{_NAMES}){_IS})[^\s\"'\\,;&)}}\]]+", rf"\1{MASK}"),
        (r"\b(?:sk|pk|rk|nvapi|gsk|xai|r8)[-_][A-Za-z0-9_-]{8,}", MASK),
        (r"\bgl[a-z]{2,6}-[A-Za-z0-9_.-]{8,}", MASK),
        (r"\b(?:gh[pousr]|hf|github_pat)_[A-Za-z0-9_]{16,}", MASK),
        (r"\bmp_[A-Za-z0-9]{22}_[A-Za-z0-9]{8,}", MASK),
        (r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b", MASK),
        (r"\bAIza[A-Za-z0-9_-]{20,}", MASK),
        (r"\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", MASK),
    )
)


class _Known:
    """Exact secrets, found by their first characters so that a thousand of them cost a log line no more than one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._by_start: dict[str, tuple[str, ...]] = {}

    def add(self, secret: str) -> None:
        with self._lock:
            for form in set(_forms(secret)):
                self._counts[form] += 1
                if self._counts[form] == 1:
                    self._index(form, [form])

    def remove(self, secret: str) -> None:
        with self._lock:
            for form in set(_forms(secret)) & self._counts.keys():
                self._counts[form] -= 1
                if self._counts[form] == 0:
                    del self._counts[form]
                    self._index(form, [])

    def _index(self, form: str, present: list[str]) -> None:
        """Sets whether a form is looked for; the longest of those that begin alike is tried first."""
        start = form[:MIN_LENGTH]
        forms = [each for each in self._by_start.get(start, ()) if each != form] + present
        self._by_start[start] = tuple(sorted(forms, key=len, reverse=True))
        if not forms:
            del self._by_start[start]

    def mask(self, text: str) -> str:
        by_start = self._by_start
        if not by_start:
            return text
        parts, copied, at = [], 0, 0
        while at <= len(text) - MIN_LENGTH:
            forms = by_start.get(text[at : at + MIN_LENGTH], ())
            found = next((form for form in forms if text.startswith(form, at)), None)
            if found is None:
                at += 1
                continue
            parts += [text[copied:at], MASK]
            at = copied = at + len(found)
        return "".join([*parts, text[copied:]])


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    raw = secret.encode()
    for offset in range(3):
        # Inside longer base64 (user:secret) the first and last characters depend on the neighbours: leave them out.
        encoded = base64.b64encode(bytes(offset) + raw).decode().rstrip("=")
        core = encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(core) >= MIN_LENGTH:
            yield core
            yield core.replace("+", "-").replace("/", "_")


_known = _Known()


def register(secret: str) -> None:
    """Makes `scrub` remove this exact secret from now on, its URL-encoded, base64 and JSON-escaped forms, too.

    Registering twice needs forgetting twice. Below 6 characters it is ignored: ordinary words would be hit.
    """
    if len(secret) >= MIN_LENGTH:
        _known.add(secret)


def forget(secret: str) -> None:
    """Stops removing a secret that is no longer in use."""
    if len(secret) >= MIN_LENGTH:
        _known.remove(secret)


def scrub(text: str) -> str:
    """The text with everything that looks like or is known as a secret replaced by MASK."""
    text = _known.mask(text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Put on every log handler: scrubs message, arguments, exception and stack text of each record.

    The exception arrives at the formatter as `exc_text` alone; `exc_info` is taken away, since its texts are raw.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(_message(record))
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_info = None
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} (its arguments do not fit)"
