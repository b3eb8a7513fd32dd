"""Clients that others wrote, each asked to make the same feature calls and to tell what it made of the answers."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from tests.fixtures.servers import ROOT
from tests.gateway.processes import Served
from tests.peers import environments

CHAT, COMPLETIONS = "chat", "completions"
_PATHS = {CHAT: "/chat/completions", COMPLETIONS: "/completions"}
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of `model` at one of the two addresses; `inputs` stand for the messages of a chat."""

    address: str
    model: str
    body: Mapping[str, Any]
    inputs: Mapping[str, str] | None = None
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a client made of an answer. Names of headers are in lower case; `pieces` is 0 where nothing was streamed."""

    headers: Mapping[str, str]
    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    pieces: int = 0


Client = Callable[[Served, Sequence[Ask]], list[Told]]


def official(portal: Served, **more: Any) -> openai.OpenAI:
    """OpenAI's own client, which tries nothing twice."""
    return openai.OpenAI(base_url=f"{portal.url}/v1", api_key=portal.token, max_retries=0, timeout=60, **more)


def by_sdk(portal: Served, asks: Sequence[Ask]) -> list[Told]:
    """Calls through OpenAI's SDK, over one connection pool."""
    with official(portal) as client:
        return [_by_sdk(client, each) for each in asks]


def _by_sdk(client: openai.OpenAI, ask: Ask) -> Told:
    resource: Any = client.chat.completions if ask.address == CHAT else client.completions
    raw = resource.with_raw_response.create(model=ask.model, **arguments(ask))
    headers = {name.lower(): value for name, value in raw.headers.items()}
    answer = raw.parse()
    return told(headers, [each.model_dump() for each in answer] if ask.stream else answer.model_dump())


def arguments(ask: Ask) -> dict[str, Any]:
    """What either SDK's method is given: a chat by inputs has no messages, and inputs are no parameter of OpenAI's."""
    by_inputs = {"messages": [], "extra_body": {"inputs": dict(ask.inputs)}} if ask.inputs else {}
    return {**_body(ask), **by_inputs}


def _body(ask: Ask) -> dict[str, Any]:
    streams = {"stream": True, "stream_options": {"include_usage": True}} if ask.stream else {}
    return {**ask.body, **streams}


def by_litellm(portal: Served, asks: Sequence[Ask]) -> list[Told]:
    """Calls through LiteLLM's SDK, which lives in an environment of its own; one process makes them all."""
    calls = [{"address": each.address, "model": each.model, "arguments": arguments(each)} for each in asks]
    program = [str(environments.python_environment("litellm")), str(ROOT / "tests/peers/litellm/call.py")]
    given = json.dumps({"url": f"{portal.url}/v1", "key": portal.token, "calls": calls})
    done = subprocess.run(program, input=given, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    assert done.returncode == 0, f"LiteLLM's SDK failed: {done.stderr[-3000:]}"
    return [told(each["headers"], each["answer"]) for each in json.loads(done.stdout)]


def by_curl(portal: Served, asks: Sequence[Ask]) -> list[Told]:
    """Calls through curl, a process for each."""
    return [_by_curl(portal, each) for each in asks]


def _by_curl(portal: Served, ask: Ask) -> Told:
    inputs = {"inputs": dict(ask.inputs)} if ask.inputs else {}
    status, headers, body = curl(portal, _PATHS[ask.address], {"model": ask.model, **_body(ask), **inputs})
    assert status == 200, body
    return told(headers, events(body) if ask.stream else json.loads(body))


def curl(portal: Served, path: str, body: object) -> tuple[int, dict[str, str], str]:
    """The status, headers and body that curl gets for a JSON body sent to an address below /v1."""
    program = shutil.which("curl")
    if program is None:
        pytest.fail("curl is not on this machine's PATH: install it (on Debian: apt-get install curl), then run again.")
    command = [program, "--silent", "--show-error", "--no-buffer", "--include", "--noproxy", "*", "--data-binary", "@-"]
    command += ["--header", "Content-Type: application/json", "--oauth2-bearer", portal.token]
    done = subprocess.run(
        [*command, f"{portal.url}/v1{path}"],
        input=json.dumps(body).encode(),
        capture_output=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    head, _, answer = done.stdout.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    return int(first.split()[1]), headers, answer


def events(body: str) -> list[dict[str, Any]]:
    """The events of a whole stream, whose end has to be marked."""
    data = [each.removeprefix("data: ") for each in body.split("\n\n") if each.startswith("data: ")]
    assert data[-1:] == ["[DONE]"], body[-500:]
    assert body.endswith("\n\n")
    return [json.loads(each) for each in data[:-1]]


def told(headers: Mapping[str, str], answer: Any) -> Told:
    """An answer as OpenAI's JSON, or the list of its chunks."""
    parts = answer if isinstance(answer, list) else [answer]
    choices = [each["choices"][0] for each in parts if each["choices"]]
    usage = [each["usage"] for each in parts if each.get("usage")]
    assert len(usage) == 1, "the numbers of tokens have to be told once"
    return Told(
        headers,
        "".join(_text(each) for each in choices),
        next((each["finish_reason"] for each in reversed(choices) if each.get("finish_reason")), ""),
        usage[0]["prompt_tokens"],
        usage[0]["completion_tokens"],
        len(choices) if isinstance(answer, list) else 0,
    )


def _text(choice: Mapping[str, Any]) -> str:
    said = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
    return said.get("content") or ""


CLIENTS: Mapping[str, Client] = {"openai": by_sdk, "litellm": by_litellm, "curl": by_curl}
