"""Addresses to come back to: a path of this very site or nothing, whatever a link smuggles in."""

from urllib.parse import urlsplit

LONGEST = 2000


def local_path(text: str | None) -> str:
    """`text` where it is a path (with query) of this site, else "/".

    Browsers read "//host", "/\\host" and "/<tab>/host" as another site, and drop dot segments before they look, so a
    double slash is refused wherever it stands in the path.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or not text.isascii() or not text.isprintable():
        return "/"
    if "\\" in text or " " in text:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or "//" in parts.path:
        return "/"
    return text
