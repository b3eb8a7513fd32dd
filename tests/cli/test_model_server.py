"""The demo's model server is llama.cpp itself: what it says here is what a person meets who points at it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from app.cli import model_server as llama_cpp
from app.cli import tiny_model
from app.cli.child import ChildError
from app.cli.model_server import ModelServer
from tests.fixtures.servers import ROOT

HELLO: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Grüß dich, 世界"}]
ORPHAN = """
import os, sys
from pathlib import Path
from app.cli import model_server
print(model_server.start(Path(sys.argv[1])).url, flush=True)
os.kill(os.getpid(), 9)
"""


def sdk(server: ModelServer, key: str = "any") -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key=key, max_retries=0, timeout=10)


def test_lists_its_one_model_and_chats_in_words(model_server: ModelServer) -> None:
    with sdk(model_server) as client:
        assert [each.id for each in client.models.list()] == ["tiny-random"]
        reply = client.chat.completions.create(model="tiny-random", messages=HELLO, max_tokens=20, temperature=0)
    words = (reply.choices[0].message.content or "").split()
    assert words
    assert set(words) <= set(tiny_model.WORDS.split())


def test_streams_its_reply_in_parts(model_server: ModelServer) -> None:
    with sdk(model_server) as client:
        parts = list(
            client.chat.completions.create(
                model="tiny-random", messages=HELLO, max_tokens=8, temperature=0, stream=True
            )
        )
    assert len([part for part in parts if part.choices[0].delta.content]) > 1


def test_an_answer_without_a_limit_comes_to_an_end(model_server: ModelServer) -> None:
    with sdk(model_server) as client:
        reply = client.chat.completions.create(model="tiny-random", messages=HELLO, seed=7)
    assert reply.choices[0].finish_reason == "stop"


def test_refuses_a_wrong_key_where_it_wants_one(model_server_with_key: ModelServer) -> None:
    with sdk(model_server_with_key, key="wrong") as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    with sdk(model_server_with_key, key=model_server_with_key.api_key or "") as client:
        assert client.models.list().data


def test_nothing_answers_beside_v1(model_server: ModelServer) -> None:
    origin = model_server.url.removesuffix("/v1")
    assert httpx.get(f"{origin}/models").status_code == 404
    assert httpx.post(f"{origin}/chat/completions", json={"messages": HELLO}).status_code == 404


def test_its_own_habit_is_to_answer_there_too(tmp_path: Path) -> None:
    server = llama_cpp.start(tmp_path, prefix="")
    assert httpx.get(f"{server.url.removesuffix('/v1')}/models").status_code == 200
    server.stop()


def test_takes_a_name_that_it_does_not_serve_and_says_its_own(model_server: ModelServer) -> None:
    with sdk(model_server) as client:
        assert client.chat.completions.create(model="another", messages=HELLO, max_tokens=3).model == "tiny-random"


def test_starts_within_two_seconds_under_a_name_of_choice(tmp_path: Path) -> None:
    started = time.monotonic()
    server = llama_cpp.start(tmp_path, served_name="house/model")
    assert time.monotonic() - started < 2
    with sdk(server) as client:
        assert [each.id for each in client.models.list()] == ["house/model"]
    server.stop()


def test_the_same_seed_makes_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        tiny_model.write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").stat().st_size < 500_000


def test_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORPHAN, str(tmp_path)]
    parent = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert parent.returncode == -signal.SIGKILL
    port = int(parent.stdout.strip().removesuffix("/v1").rpartition(":")[2])
    until = time.monotonic() + 3
    while is_open(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_open(port)


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ChildError, match="model-server did not start"):
            llama_cpp.start(tmp_path, port=taken.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
