"""How pages write times, figures and attributes."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask import Flask
from markupsafe import Markup, escape

from app.lib.clock import now


def setup(app: Flask) -> None:
    """Give the templates of *app* these filters."""
    for write in (ago, moment, day, iso_day, figure, compact, share, spent, quoted, attributes):
        app.add_template_filter(write)


def ago(when: datetime, today: datetime | None = None) -> str:
    """The distance to *when* in a few words: ``12 min ago``, ``yesterday``, ``in 3 days``, later the date."""
    today = today or now()
    gap = abs(today - when)
    if gap < timedelta(minutes=1):
        return "just now"
    if gap < timedelta(hours=1):
        return _side(when, today, f"{gap // timedelta(minutes=1)} min")
    days = (today.date() - when.date()).days
    if days == 0 or gap < timedelta(hours=6):
        return _side(when, today, f"{gap // timedelta(hours=1)} h")
    if abs(days) == 1:
        return "yesterday" if days > 0 else "tomorrow"
    if abs(days) < 14:
        return _side(when, today, f"{abs(days)} days")
    return day(when)


def moment(when: datetime) -> str:
    """``22 November 2026, 17:40 UTC``."""
    return f"{day(when)}, {when:%H:%M %Z}".rstrip()


def day(when: date) -> str:
    """``22 November 2026``."""
    return f"{when.day} {when:%B %Y}"


def iso_day(when: str) -> str:
    """The same of a stored text, such as a certificate's end."""
    return day(datetime.fromisoformat(when))


def figure(number: float) -> str:
    """A number with its thousands apart: ``131,072``."""
    return f"{number:,}"


def compact(number: float) -> str:
    """A large number in little room: ``9,999``, ``12.3k``, ``4.6M``, ``7.8G``."""
    if number < 10_000:
        return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"
    size, sign = next((size, sign) for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if number >= 0.99995 * size)
    return f"{number / size:.1f}".removesuffix(".0") + sign


def share(part: float, whole: float) -> str:
    """A part in hundredths: ``4.2%``; ``0%`` and ``100%`` only where it is none and all."""
    if not whole or part in (0, whole):
        return "100%" if part and whole else "0%"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}".removesuffix(".0") + "%"


def spent(milliseconds: float) -> str:
    """A duration as a person reads it: ``640 ms``, ``1.9 s``, ``2 min 5 s``."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s"


def quoted(text: str) -> str:
    """A text in quotes with its line breaks and tabs written out, as JSON has it: ``"\\n\\nHuman:"``."""
    return json.dumps(text, ensure_ascii=False)


def attributes(values: Mapping[str, object]) -> Markup:
    """HTML attributes from names and values: ``_`` becomes ``-``, True stands alone, None and False are left out."""
    written = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        written.append(escape(name) if value is True else Markup('%s="%s"') % (name, in_quotes(value)))
    return Markup(" ").join(written)


def in_quotes(value: object) -> Markup:
    """A value as it may stand between double quotes: what is markup already, as ``tojson`` writes it, may hold some."""
    written = escape(value)
    return written.replace(Markup('"'), Markup("&#34;")) if '"' in written else written


def _side(when: datetime, today: datetime, distance: str) -> str:
    return f"{distance} ago" if when <= today else f"in {distance}"
