"""Lines of CSV that a spreadsheet shows and does not run.

A cell that begins with one of a few characters is taken for a formula, which can send the sheet's content away
(OWASP ASVS 5.0, 1.2.10). An apostrophe before it makes it text.
"""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """The text, defused where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def line(cells: Iterable[str]) -> str:
    """One line as RFC 4180 has it, its end included."""
    written = io.StringIO()
    csv.writer(written).writerow([safe_cell(cell) for cell in cells])
    return written.getvalue()
