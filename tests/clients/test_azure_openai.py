"""Azure's two kinds of address, and what the official clients ask for at them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import openai
import pytest

from app.clients.azure_openai import DEFAULT_VERSION
from app.clients.dialect import Ask
from app.clients.openai_wire import chat_body
from app.clients.registry import dialect_for
from app.clients.target import Target
from app.lib import urls
from app.lib.egress import Policy
from app.lib.http import Call, Door
from tests.fakes.exchange import Request
from tests.fakes.fault_server import FaultServer
from tests.fakes.refusals import Style

KEY = "azure-key-of-a-test"
ASK = Ask("Say that the connection works.", "Be brief.", 16)


def target(address: str, name: str, platform: str = "azure_openai", **more: Any) -> Target:
    return Target(platform, "", urls.parse(address), name, KEY, "api-key", **more)


def shown(request: Request) -> tuple[object, ...]:
    """What matters of a request: where to, with which key and content."""
    return request.method, request.path, dict(request.query), request.key, request.json


@pytest.fixture
def send() -> Iterator[Callable[[Call], object]]:
    door = Door(Policy(loopback_open=True))
    yield door.send
    door.close()


@pytest.mark.parametrize("stream", [False, True])
def test_dated_addresses_are_those_of_the_official_client(send: Any, stream: bool) -> None:
    with FaultServer(style=Style.AZURE, models=("gpt-4o",), api_key=KEY) as server:
        ours = target(server.url, "gpt-4o", api_version="2024-10-21")
        ask = replace(ASK, stream=stream)
        send(dialect_for("azure_openai").chat_call(ours, ask))
        with openai.AzureOpenAI(
            azure_endpoint=server.origin, api_key=KEY, api_version="2024-10-21", max_retries=0
        ) as sdk:
            sdk.chat.completions.create(**chat_body(ours, ask))
        mine, theirs = server.requests
    assert shown(mine) == shown(theirs)
    assert mine.headers["api-key"] == theirs.headers["api-key"]


def test_the_dated_list_is_that_of_the_official_client(send: Any) -> None:
    with FaultServer(style=Style.AZURE, api_key=KEY) as server:
        send(dialect_for("azure_openai").list_call(target(server.url, "plain", api_version="2024-06-01")))
        with openai.AzureOpenAI(
            azure_endpoint=server.origin, api_key=KEY, api_version="2024-06-01", max_retries=0
        ) as sdk:
            sdk.models.list()
        mine, theirs = server.requests
    assert shown(mine) == shown(theirs)


@pytest.mark.parametrize("platform", ["azure_openai", "openai", "openai_compatible"])
@pytest.mark.parametrize("stream", [False, True])
def test_v1_addresses_are_those_of_the_official_client(send: Any, platform: str, stream: bool) -> None:
    style = Style.AZURE if platform == "azure_openai" else Style.OPENAI
    with FaultServer(style=style, models=("gpt-4o",), api_key=KEY) as server:
        base = f"{server.origin}/openai/v1" if style is Style.AZURE else f"{server.origin}/v1"
        ours = replace(target(base, "gpt-4o", platform), key_header="authorization")
        ask = replace(ASK, stream=stream)
        send(dialect_for(platform).list_call(ours))
        send(dialect_for(platform).chat_call(ours, ask))
        with openai.OpenAI(base_url=base, api_key=KEY, max_retries=0) as sdk:
            sdk.models.list()
            sdk.chat.completions.create(**chat_body(ours, ask))
        ours_list, ours_chat, their_list, their_chat = server.requests
    assert (shown(ours_list), shown(ours_chat)) == (shown(their_list), shown(their_chat))
    assert ours_chat.headers["authorization"] == their_chat.headers["authorization"]


def call_of(address: str, name: str = "dep", **more: Any) -> Call:
    return dialect_for("azure_openai").chat_call(target(address, name, **more), ASK)


@pytest.mark.parametrize(
    ("address", "version", "path", "query"),
    [
        ("https://r.openai.azure.com", "", "/openai/deployments/dep/chat/completions", DEFAULT_VERSION),
        ("https://r.openai.azure.com/", "2025-04-01-preview", "/openai/deployments/dep/chat/completions", None),
        ("https://gate.corp/azure", "", "/azure/openai/deployments/dep/chat/completions", DEFAULT_VERSION),
        ("https://r.openai.azure.com/openai/v1", "", "/openai/v1/chat/completions", ""),
        ("https://r.openai.azure.com/openai/v1/", "v1", "/openai/v1/chat/completions", ""),
        ("https://r.openai.azure.com/openai/v1", "preview", "/openai/v1/chat/completions", "preview"),
        ("https://r.openai.azure.com/openai/v1", "2024-10-21", "/openai/v1/chat/completions", ""),
    ],
)
def test_the_version_goes_where_it_belongs(address: str, version: str, path: str, query: str | None) -> None:
    call = call_of(address, api_version=version)
    wanted = version if query is None else query
    assert (call.address.path, call.query) == (path, (("api-version", wanted),) if wanted else ())


def test_the_key_goes_into_azures_header_unless_another_was_chosen() -> None:
    assert call_of("https://r.openai.azure.com").headers["api-key"] == KEY
    bearer = replace(target("https://r.openai.azure.com", "dep"), key_header="authorization")
    assert dialect_for("azure_openai").list_call(bearer).headers == {"authorization": f"Bearer {KEY}"}


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    call = call_of("https://r.openai.azure.com", "../../x?y#z/w %")
    assert call.address.path == "/openai/deployments/..%2F..%2Fx%3Fy%23z%2Fw%20%25/chat/completions"


def paths(typed: str, version: str = "") -> list[str]:
    origin = "https://r.openai.azure.com"
    found = dialect_for("azure_openai").alternatives(target(origin + typed, "dep", api_version=version))
    return [each.value.removeprefix(origin) for each in found]


def test_other_addresses_are_thought_of_likeliest_first() -> None:
    assert paths("") == ["/openai/v1"]
    assert paths("", "2023-01-01") == [DEFAULT_VERSION, "/openai/v1"]
    assert paths("/openai") == ["", "/openai/v1"]
    assert paths("/openai/deployments/dep/chat/completions") == ["", "/openai/v1"]
    assert paths("/openai/v1/chat/completions") == ["/openai/v1", ""]
    assert paths("/openai/v1") == [""]
    assert paths("/azure/openai/deployments/dep") == ["/azure", "", "/openai/v1"]
