"""Which version this is."""

import re
from pathlib import Path

_CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"
_FIRST_HEADING = re.compile(r"^## \[?v?(\d+\.\d+\.\d+[^\s\]]*)", re.MULTILINE)


def version() -> str:
    """As the first heading of CHANGELOG.md states it; 0.0.0 where there is none."""
    found = _FIRST_HEADING.search(_CHANGELOG.read_text(encoding="utf-8")) if _CHANGELOG.exists() else None
    return found[1] if found else "0.0.0"
