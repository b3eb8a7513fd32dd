"""What is too large, has too many parts or comes under another name is refused before anything is done with it."""

import pytest
from flask import Flask
from werkzeug.test import Client

from app.config import Settings
from app.domain.roles import Actor
from app.factory import FORM_PARTS, MEBIBYTE
from tests.fixtures.portal import Build, OpenWindow

FORM = "application/x-www-form-urlencoded"


def test_a_page_takes_a_mebibyte_and_no_more(window_of: OpenWindow, ed: Actor) -> None:
    window = window_of(ed)
    assert window.post("/endpoints", data={"name": "a" * (MEBIBYTE + 1)}).status_code == 413
    assert window.post("/endpoints", data={"name": "a" * 1000}).status_code == 422


def test_a_form_takes_so_many_parts(window_of: OpenWindow, ed: Actor) -> None:
    window = window_of(ed)
    parts = {f"part{number}": "x" for number in range(FORM_PARTS + 1)}
    assert window.post("/endpoints", data=parts, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/endpoints?x=1", 302),
        ("POST", "/endpoints", 421),
        ("DELETE", "/endpoints/x", 421),
        ("GET", "/readyz", 200),
    ],
)
def test_a_foreign_host_is_led_to_the_one_address_or_refused(
    app: Flask, portal_origin: str, method: str, path: str, status: int
) -> None:
    answer = Client(app).open(path, method=method, headers={"Host": "evil.example"})
    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"] == f"{portal_origin}{path}"
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(("hops", "led"), [(0, True), (1, False)])
def test_a_forwarded_host_counts_only_where_a_proxy_is_trusted(
    settings: Settings, build: Build, portal_origin: str, hops: int, led: bool
) -> None:
    app = build(settings.model_copy(update={"proxy_hops": hops}))
    host = portal_origin.removeprefix("http://")
    forwarded = {"Host": "10.0.0.1:8050", "X-Forwarded-Host": host, "X-Forwarded-Proto": "http"}
    location = Client(app).get("/endpoints", headers=forwarded).headers["Location"]
    assert location.startswith(portal_origin) is led
