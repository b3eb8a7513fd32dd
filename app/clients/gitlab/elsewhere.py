"""What answers where GitLab should: a sign-in page in front of it, a redirect, or something else altogether."""

import html
import re
from urllib.parse import urljoin, urlsplit

from app.clients.gitlab.words import fit
from app.lib.http import Answer

DESCRIPTION_MAX = 120
_TITLE_MAX = 60
_LOOKED_AT = 64 << 10
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_SIGN_IN_PATH = re.compile(
    r"/(?:users/sign_in|sign[_-]?in|log[_-]?in|oauth2?/\w+|authorize|saml2?|sso|auth|adfs)(?:[/.]|$)", re.IGNORECASE
)
_SIGN_IN_FORM = re.compile(
    r"<input[^<>]{0,500}\btype=[\"']?password"
    r"|<input[^<>]{0,500}\bname=[\"']?SAMLRequest"
    r"|<form[^<>]{0,500}\baction=[\"']?[^\"'<>]{0,500}/(?:users/sign_in|sign_in|login|oauth2?/|saml|sso)",
    re.IGNORECASE,
)  # fmt: skip


def is_page(answer: Answer) -> bool:
    """Whether it is HTML, by its type or its first character."""
    return "html" in answer.headers.get("content-type", "") or answer.body.lstrip()[:1] == b"<"


def asks_to_sign_in(answer: Answer) -> bool:
    """Whether it is a page to sign in on, or a proxy asks for a password of its own."""
    if answer.status == 401 and re.match(r"(?i)basic|negotiate|digest", answer.headers.get("www-authenticate", "")):
        return True
    return is_page(answer) and _SIGN_IN_FORM.search(_text(answer)) is not None


def target_of(answer: Answer, asked: str, secrets: tuple[str, ...]) -> tuple[str, bool]:
    """Where a redirect leads, as scheme://host alone, and whether one signs in there."""
    try:
        parts = urlsplit(urljoin(asked, answer.headers.get("location", "")))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"status {answer.status}", False
    if not answer.headers.get("location") or not host:
        return f"status {answer.status}", False
    return fit(f"{parts.scheme}://{host}", secrets, DESCRIPTION_MAX), _SIGN_IN_PATH.search(parts.path) is not None


def described(answer: Answer, secrets: tuple[str, ...]) -> str:
    """What it is, in a few words: “a page titled …, status 200”."""
    text = _text(answer)
    if not text.strip():
        kind = "an empty answer"
    elif is_page(answer):
        title = _TITLE.search(text)
        words = fit(html.unescape(title[1]), secrets, _TITLE_MAX) if title else ""
        kind = f"a page titled “{words}”" if words else "a page without a title"
    elif text.lstrip()[:1] in ("{", "["):
        kind = "JSON of another kind"
    else:
        kind = f"a text that begins “{fit(text, secrets, _TITLE_MAX)}”"
    return f"{kind}, status {answer.status}"


def _text(answer: Answer) -> str:
    return answer.body[:_LOOKED_AT].decode("utf-8", "replace")
