"""The portal's front door as a browser without a screen sees it, in front of any provider."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.services.ports import Ports
from app.web.context import KEY, Context
from tests.fakes.mock_op import MockOp


def ports_of(app: Flask) -> Ports:
    """What the services of `app` work with."""
    return cast(Context, app.extensions[KEY]).ports


@dataclass(slots=True)
class Browser:
    """One browser with its cookies; requests go to the portal's own address unless they say otherwise."""

    client: FlaskClient
    origin: str

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self.origin, **options)

    def post(self, path: str, *, own: bool = True, **options: Any) -> TestResponse:
        headers = {**({"Sec-Fetch-Site": "same-origin"} if own else {}), **options.pop("headers", {})}
        return self.client.post(path, base_url=self.origin, headers=headers, **options)

    def leave(self, going: str = "/") -> str:
        """Press Sign in; the provider's address that the browser is sent to."""
        answer = self.get("/auth/login", query_string={"go": 1, "next": going})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, op: MockOp, address: str) -> TestResponse:
        """Agree at the provider; the callback's answer."""
        return self.get(op.authorize(address).removeprefix(self.origin))

    def sign_in(self, op: MockOp, going: str = "/") -> TestResponse:
        """All the way through the provider; the callback's answer."""
        return self.come_back(op, self.leave(going))

    def cookie(self, name: str = "modelport") -> str | None:
        """A cookie's value."""
        found = self.client.get_cookie(name, domain=self.origin.partition("://")[2].partition(":")[0])
        return found.value if found else None

    def csrf(self) -> str:
        """The token of a page's forms, for a signed-in browser."""
        page = self.get("/settings/identity").text
        return page.partition('name="csrf-token" content="')[2].partition('"')[0]

    @property
    def is_signed_in(self) -> bool:
        return self.get("/settings/identity").status_code == 200


def browser(app: Flask) -> Browser:
    """A new browser with no cookies."""
    return Browser(app.test_client(), cast(Context, app.extensions[KEY]).origin)


class Statements:
    """Counts the SQL statements of `app` inside a with block, by their first word."""

    def __init__(self, app: Flask) -> None:
        self.engine = ports_of(app).store.engine
        self.seen: list[str] = []

    def __enter__(self) -> "Statements":
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.seen.append(" ".join(statement.split()))

    def about(self, table: str) -> list[str]:
        """The statements that name a table, as (verb) words."""
        return [statement.split()[0] for statement in self.seen if f" {table}" in statement]
