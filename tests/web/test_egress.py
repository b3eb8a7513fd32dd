"""The dry run of the rules for outbound calls, on the page and in the API."""

import socket
from typing import Any

import pytest

from app.config import Settings
from app.domain.roles import Actor, Role
from app.factory import ports_of
from app.services.egress_trials import try_address
from app.services.ports import Ports
from tests.fixtures.api import ProgramOf
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import Build, OpenWindow, Window
from tests.lib.names import Names

NAMES = {
    "models.test": ["10.0.0.5"],
    "public.test": ["8.8.8.8"],
    "pods.test": ["100.64.0.7"],
    "rebind.test": ["10.0.0.5", "169.254.169.254"],
    "nat64.test": ["64:ff9b::a9fe:a9fe"],
    "listed.test": ["198.18.0.9"],
    "denied.test": ["10.9.9.9"],
}
MARKUP = "<b hx-get=/steal>x</b>"
# Address, rule, what is told of it.
CASES = [
    ("http://models.test:8000/v1", True, "private", "MODELPORT_EGRESS_ALLOW_PRIVATE"),
    ("https://public.test/v1", True, "public", "MODELPORT_EGRESS_DENY=public.test:443"),
    ("http://public.test/v1", True, "public", "A key would go over http:// to a public address"),
    ("http://listed.test/v1", True, "listed", "MODELPORT_EGRESS_ALLOW=198.18.0.0/15"),
    ("http://pods.test:8000/v1", False, "shared", "MODELPORT_EGRESS_ALLOW=pods.test:8000 would admit it."),
    ("http://rebind.test/v1", False, "metadata", "No setting admits it."),
    ("http://nat64.test/v1", False, "metadata", "leads to 169.254.169.254"),
    ("http://denied.test/v1", False, "denied", "The setting MODELPORT_EGRESS_DENY lists this address."),
    ("http://nowhere.test/v1", False, "dns_failed", "The host name has no address."),
    ("http://2130706433/", False, "host", "four decimal numbers"),
    ("http://models.test:22/", False, "port_denied", "Port 22 belongs to another kind of service."),
    ("http://ada:secret@models.test/", False, "user_info", "Leave out the user name and password"),
    ("gopher://models.test/", False, "scheme", "Begin the address with http:// or https://."),
    ("", False, "empty", "Type the address of the server"),
    (MARKUP, False, "space", "There is a space or line break"),
    ("http://" + "a" * 10_000, False, "too_long", "longer than 2048 characters"),
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"egress_allow": ("198.18.0.0/15",), "egress_deny": ("10.9.0.0/16",)})


@pytest.fixture(autouse=True)
def _nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names resolve as above, and a connection is a failure of the test."""
    names = Names(monkeypatch)
    for name, answer in NAMES.items():
        names.say(name, answer)

    def refuse(*_: Any) -> None:
        raise AssertionError("a dry run connected")

    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def test_page_and_program_are_told_the_same_of_each_address(window: Window, program_of: ProgramOf) -> None:
    program = program_of(Role.EDITOR)
    for address, allowed, rule, told in CASES:
        answer = window.post("/settings/egress", data={"address": address})
        page = Page(answer)
        assert answer.status_code == (200 if "Understood as" in answer.text else 422), address
        assert f"Rule: {rule}" in page.words("egress"), address
        assert told in page.words("egress"), address
        assert ("It would be called" in answer.text) is allowed, address
        assert MARKUP not in answer.text
        if len(address) <= 4096:
            said = program.post("/egress-trials", {"address": address}).json
            assert (said["allowed"], said["rule"]) == (allowed, rule), address


def test_each_address_of_a_name_has_its_own_verdict(program_of: ProgramOf) -> None:
    said = program_of(Role.EDITOR).post("/egress-trials", {"address": "http://rebind.test:8000/v1/"}).json
    assert (said["written"], said["host"], said["port"], said["path"]) == (
        "http://rebind.test:8000/v1", "rebind.test", 8000, "/v1",
    )  # fmt: skip
    assert [(each["ip"], each["kind"], each["allowed"]) for each in said["places"]] == [
        ("10.0.0.5", "private", True),
        ("169.254.169.254", "metadata", False),
    ]


def test_our_own_address_and_database_are_named_as_such(window: Window, settings: Settings) -> None:
    told = window.post("/settings/egress", data={"address": f"http://127.0.0.1:{settings.bind_port}/"}).text
    assert "This is an address of this installation itself" in told
    assert "<code>own_address</code>" in told


def test_the_proxy_is_named_where_it_makes_the_connection(settings: Settings, build: Build) -> None:
    door = ports_of(build(settings.model_copy(update={"egress_proxy": "http://proxy.test:3128"}))).door
    assert [try_address(door, f"http://{name}/").proxied for name in ("public.test", "models.test")] == [True, False]
    unknown = try_address(door, "http://only-there.test/")
    assert (unknown.allowed, unknown.rule, unknown.proxied) == (True, "unknown", True)


def test_htmx_gets_the_form_with_its_outcome_alone(window: Window) -> None:
    answer = window.post("/settings/egress", data={"address": "http://models.test/"}, fragment=True)
    assert answer.text.strip().startswith('<form id="egress"')


def test_it_counts_among_the_tests_of_a_minute(window: Window, ports: Ports) -> None:
    for _ in range(ports.limits.per_minute):
        assert window.post("/settings/egress", data={"address": "http://models.test/"}).status_code == 200
    refused = window.post("/settings/egress", data={"address": "http://models.test/"})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)


def test_it_is_for_those_who_may_test(
    window_of: OpenWindow, program_of: ProgramOf, ports: Ports, vi: Actor, ada: Actor
) -> None:
    viewer, program = window_of(vi), program_of(Role.VIEWER)
    before = row_counts(ports)
    refused = [
        viewer.get("/settings/egress"),
        viewer.post("/settings/egress", data={"address": "http://rebind.test/"}),
        program.post("/egress-trials", {"address": "http://rebind.test/"}),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert not any("169.254" in answer.text for answer in refused)
    assert row_counts(ports) == before
    assert "/settings/egress" in Page(window_of(ada).get("/settings")).links()
