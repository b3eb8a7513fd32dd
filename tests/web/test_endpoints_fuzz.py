"""Whatever is sent to whatever address, by whoever: an answer, and never a fault of ours."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.portal import OpenWindow
from tests.fixtures.together import together

pytestmark = pytest.mark.every_database

ODD = (
    "",
    " ",
    "\0",
    "a\0b",
    "-1",
    "0",
    "1e309",
    "NaN",
    "²",
    "٣",
    "9" * 400,
    "true",
    "[]",
    "{}",
    "null",
    "[object Object]",
    "'",
    '"',
    "`",
    "\\",
    "%",
    "%00",
    "%s%n",
    "_",
    "../../etc/passwd",
    "..%2f",
    "\r\nX-Evil: 1",
    "\n",
    "\t",
    "\u202e",
    "\ufeff",
    "\ud7ff\ue000",
    "\U0001f999" * 50,
    "é" * 3000,
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% raw %}",
    "${7*7}",
    "' OR 1=1 --",
    "http://",
    "http://[",
    "http://[::1",
    "http://a:99999/",
    "http://a@b@c/",
    "//evil.example",
    "javascript:x",
    "file:///etc/passwd",
    "http://\u2024/",
    "x" * 70_000,
    "custom_openai/",
    "/",
    "y",
    "on",
)
FIELDS = (
    *("name", "platform", "server", "base_url", "identifier", "family", "model", "owner", "api_version", "api_key"),
    *("models", "key_header", "headers", "quirks", "remove_key", "version", "endpoint_id", "suggested_family"),
)
MULTIPART = "multipart/form-data; boundary=x"
NEVER = range(500, 600)


def values(chance: random.Random) -> Any:
    """One odd text, several, or bytes that are no text."""
    kind = chance.random()
    if kind < 0.75:
        return chance.choice(ODD)
    if kind < 0.9:
        return [chance.choice(ODD) for _ in range(chance.randint(2, 5))]
    return bytes(chance.randrange(256) for _ in range(chance.randint(1, 40))).decode("latin-1")


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20261122)  # noqa: S311 -- the same every time


def test_every_field_of_the_form_takes_every_odd_value(
    window_of: OpenWindow, ports: Ports, ed: Actor, chance: random.Random
) -> None:
    window = window_of(ed)
    stored = endpoints.create(ports, ed, EndpointDraft(**GOOD))
    places = ("/endpoints", f"/endpoints/{stored}/edit", "/endpoints/draft/form", "/endpoints/draft/choice")
    for field in FIELDS:
        for number in range(4):
            sent = {**GOOD, field: values(chance)}
            answer = window.post(chance.choice(places), data=sent, fragment=bool(number % 2))
            assert answer.status_code not in NEVER, (field, sent[field])


def test_forms_of_nothing_but_odd_values_are_answered(
    window_of: OpenWindow, ports: Ports, ed: Actor, chance: random.Random
) -> None:
    window = window_of(ed)
    endpoints.create(ports, ed, EndpointDraft(**GOOD))
    for number in range(40):
        sent = {name: values(chance) for name in (*GOOD, "models", "headers", "quirks", "version", "endpoint_id", "ü")}
        place = chance.choice(("", "/draft/models", "/draft/test", "/draft/form", "/draft/choice"))
        answer = window.post(f"/endpoints{place}", data=sent, fragment=bool(number % 2))
        assert answer.status_code not in NEVER, (place, sent)


def addresses(app: Flask, chance: random.Random, number: int) -> Iterator[tuple[str, str]]:
    """Each route so often with each of its methods, odd values in place of its arguments; sign-in has its own tests."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.rule.startswith("/auth/"):
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            for _ in range(number):
                yield method, _filled(rule, chance)


def _filled(rule: Rule, chance: random.Random) -> str:
    path = rule.rule
    for name in rule.arguments:
        odd = chance.choice(
            [each for each in ODD if each and "/" not in each and len(each) < 500 and each.isprintable()]
        )
        start, end = path.index("<"), path.index(">")
        path = path[:start] + (odd if "any(" not in path[start:end] else "enable") + path[end + 1 :]
        assert name
    return path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def test_every_route_answers_odd_addresses_queries_and_bodies(
    app: Flask, window_of: OpenWindow, ada: Actor, chance: random.Random, soak: Callable[[int], int]
) -> None:
    window = window_of(ada)
    names = (
        "q",
        "page",
        "sort",
        "tier",
        "owner",
        "copy",
        "fix",
        "fix_field",
        "fix_value",
        "id",
        "endpoint_id",
        "version",
        "x",
    )
    for method, path in addresses(app, chance, soak(10)):
        query = {name: chance.choice(ODD)[:1000] for name in chance.sample(names, 4)}
        body = {name: values(chance) for name in chance.sample(names, 4)} if method == "POST" else None
        answer = window.open(path, method=method, query_string=query, data=body, fragment=chance.random() < 0.5)
        assert answer.status_code not in NEVER, (method, path, query, body)


@together(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00" * 100, "application/x-www-form-urlencoded"),
        (b"%ZZ=%&=&&&=;%00=%00", "application/x-www-form-urlencoded"),
        (b"&".join(b"models=%d" % number for number in range(3000)), "application/x-www-form-urlencoded"),
        (b'{"name": ["x"], "base_url": {"a": 1}}', "application/json"),
        (b"{" * 10_000, "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=name\r\n\r\nx", MULTIPART),
        (b"garbage", "multipart/form-data"),
        (b"garbage", "multipart/form-data; boundary="),
        (b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\n\xff\r\n--x--', MULTIPART),
        (b"", "text/plain"),
        (b"\0" * 1000, "\x7f/\x7f"),
    ],
)
def test_bodies_that_are_no_form_are_answered(window_of: OpenWindow, ed: Actor, body: bytes, kind: str) -> None:
    window = window_of(ed)
    for place in ("/endpoints", "/endpoints/draft/test", "/endpoints/draft/models", "/endpoints/draft/choice"):
        answer = window.post(place, data=body, content_type=kind)
        assert answer.status_code not in NEVER
