"""A person without a browser: follows redirects to a provider, fills its forms in and stops on the way back."""

import re
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Self

import httpx

_FIELD = re.compile(r"<(?:input|button)\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass
class Visitor:
    """Keeps the provider's cookies, so that a second visit meets an open session there."""

    portal_origin: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(follow_redirects=False, timeout=10))

    def to_callback(self, url: str, login: str, password: str) -> str:
        """Open the provider's address, sign in there, return the address of the portal that it leads back to.

        Raises AssertionError when the provider does not lead back.
        """
        answer = self.http.get(url)
        for _ in range(12):
            if answer.is_redirect:
                target = str(httpx.URL(str(answer.url)).join(answer.headers["location"]))
                if target.startswith(self.portal_origin):
                    return target
                answer = self.http.get(target)
            else:
                answer = self.http.post(answer.url, data=_filled(answer.text, login, password))
        raise AssertionError(f"{answer.url} did not lead back to {self.portal_origin}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.http.close()


def _filled(page: str, login: str, password: str) -> dict[str, str]:
    """The fields of the page's form, with the person's name and password in theirs."""
    known = {"login": login, "username": login, "password": password, "logout": "yes"}
    fields = {}
    for tag in _FIELD.findall(page):
        attributes = dict(_ATTRIBUTE.findall(tag))
        name = attributes.get("name")
        if name:
            fields[name] = known.get(name, unescape(attributes.get("value", "")))
    assert fields, f"no form to fill in: {page[:300]}"
    return fields
