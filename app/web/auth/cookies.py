"""The two cookies of sign-in: their names and attributes, in one place for https, loopback and frames.

On https the name begins with __Host-, which binds the cookie to this very host, so that a sibling subdomain can
neither set nor overwrite it. On http (loopback, evaluation) a browser would refuse that prefix; the name is still
our own, because cookies ignore ports and the provider beside us has a cookie called "session".
"""

import re
from dataclasses import dataclass

from flask import Request, Response

from app.domain.sessions import SIGN_IN_WITHIN

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure` where people come by https; `cross_site` where the pages live in a frame of another site.

    `storage_access`: a frame may ask the browser for the cookie of a full page, which then is not partitioned.
    """

    secure: bool
    cross_site: bool = False
    storage_access: bool = False

    @property
    def session(self) -> str:
        """Name of the session cookie."""
        return "__Host-modelport" if self.secure else "modelport"

    @property
    def sign_in(self) -> str:
        """Name of the cookie that binds a sign-in under way to its browser."""
        return f"{self.session}-login"

    def session_secret(self, request: Request) -> str | None:
        """The session's secret, unless the cookie is missing or no secret of ours."""
        return _plausible(request.cookies.get(self.session))

    def browser_secret(self, request: Request) -> str | None:
        """The secret that binds sign-ins to this browser, if it has one."""
        return _plausible(request.cookies.get(self.sign_in))

    def set_session(self, response: Response, secret: str, *, framed: bool = False) -> None:
        """Hand out a session, `framed` to a page in a frame; it lasts as long as the browser runs, or its row."""
        self._set(response, self.session, secret, None, partitioned=framed or not self.storage_access)

    def drop_session(self, response: Response) -> None:
        """Take the session's cookie back, whichever kind it is."""
        self._set(response, self.session, "", 0)
        if self.cross_site and self.storage_access:
            self._set(response, self.session, "", 0, partitioned=False)

    def bind_browser(self, response: Response, secret: str) -> None:
        """Bind the sign-ins of the next ten minutes to this browser."""
        self._set(response, self.sign_in, secret, int(SIGN_IN_WITHIN.total_seconds()))

    def _set(self, response: Response, name: str, value: str, max_age: int | None, *, partitioned: bool = True) -> None:
        # A frame on another site gets a cookie only when it is partitioned; the sign-in cookie is always first-party.
        framed = self.cross_site and self.secure and name == self.session
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="None" if framed else "Lax",
            partitioned=framed and partitioned,
        )


def _plausible(value: str | None) -> str | None:
    return value if value and _SECRET.fullmatch(value) else None
