"""Addresses to come back to: a path of this very site or nothing, whatever a link smuggles in."""

import re

LONGEST = 2000


def local_path(text: str | None) -> str:
    """`text` where it is a path (with query) of this site, else "/".

    Browsers read "//host", "/\\host" and "/<tab>/host" as another site, and drop dot segments before they look, so a
    double slash is refused wherever it stands in the path.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or not text.isascii() or not text.isprintable():
        return "/"
    path = re.split("[?#]", text)[0]
    return "/" if "//" in path or "\\" in text or " " in text else text
