"""What the stand-in for GitLab does wrong on demand, and how it starts, stops and is watched."""

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.gitlab import MODEL_CREATE
from tests.fakes.certificates import make_certificate
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.peers.gitlab_asking import LIST, NEW, ask, errors, send


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    with GitLabServer() as server:
        yield server


def test_below_a_path_only_that_path_answers() -> None:
    with GitLabServer(prefix="/gitlab") as server:
        server.state.switched_off = {"/license"}
        assert send(server, "/api/v4/metadata")[0] == 200
        assert send(server, "/api/v4/license")[0] == 404
        server.url = server.url.removesuffix("/gitlab")
        assert send(server, "/api/v4/metadata")[0] == 404


def test_a_lost_answer_has_changed_something(gitlab: GitLabServer) -> None:
    gitlab.faults.add(Kind.CLOSED, "aiSelfHostedModelCreate")
    gitlab.faults.add(Kind.ANSWER_LOST, "aiSelfHostedModelCreate", nth=2)
    counts = []
    for _ in range(2):
        with pytest.raises(ConnectionError):
            ask(gitlab, MODEL_CREATE, input=NEW)
        counts.append(len(gitlab.state.models))
    assert counts == [0, 1]


def test_faults_come_when_they_are_due(gitlab: GitLabServer) -> None:
    gitlab.state.add_model("GPU")
    gitlab.faults.add(Kind.RATE_LIMITED, nth=2, times=2, retry_after="7")
    gitlab.faults.add(Kind.PARTIAL, "models")
    statuses = [send(gitlab, "/api/v4/user")[0] for _ in range(4)]
    assert statuses == [200, 429, 429, 200]
    named = {"query": LIST, "operationName": "models"}
    partial = json.loads(send(gitlab, "/api/graphql", named)[1])
    assert partial["data"]["aiSelfHostedModels"]["nodes"] == [None]
    assert partial["errors"]
    assert "errors" not in json.loads(send(gitlab, "/api/graphql", named)[1])


def test_hooks_stand_on_both_sides_of_a_request(gitlab: GitLabServer) -> None:
    seen: list[tuple[str, str, int, int]] = []
    gitlab.before = lambda operation, number: seen.append(("before", operation, number, len(gitlab.state.models)))
    gitlab.after = lambda operation, number: seen.append(("after", operation, number, len(gitlab.state.models)))
    ask(gitlab, MODEL_CREATE, input=NEW)
    assert seen == [("before", "aiSelfHostedModelCreate", 1, 0), ("after", "aiSelfHostedModelCreate", 1, 1)]


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        (Kind.BAD_GATEWAY, 502, "<title>502"),
        (Kind.UNAVAILABLE, 503, "not responding"),
        (Kind.PROXY_PAGE, 200, "<!DOCTYPE html>"),
        (Kind.SIGN_IN_PAGE, 200, "/users/sign_in"),
        (Kind.TIMED_OUT, 503, "less complex query"),
        (Kind.INTERNAL, 500, "Internal server error"),
        (Kind.FIELD_TIMEOUT, 200, '"aiSelfHostedModels": null'),
        (Kind.EMPTY_BODY, 200, ""),
        (Kind.DEEP_JSON, 200, "[[[["),
        (Kind.INVALID_JSON, 200, "<html>"),
        (Kind.MORE_PROMISED, 200, '"hasNextPage": true'),
    ],
)
def test_each_fault_answers_in_its_way(gitlab: GitLabServer, kind: Kind, status: int, words: str) -> None:
    gitlab.faults.add(kind, "aiSelfHostedModels")
    told = send(gitlab, "/api/graphql", {"query": LIST})
    assert told[0] == status
    assert words in told[1]


def test_a_truncated_answer_is_shorter_than_it_says(gitlab: GitLabServer) -> None:
    gitlab.faults.add(Kind.TRUNCATED)
    with pytest.raises(http.client.IncompleteRead):
        ask(gitlab, LIST)


def test_redirects_name_where_they_lead(gitlab: GitLabServer) -> None:
    gitlab.faults.add(Kind.REDIRECT, to="http://127.0.0.1:9/")
    gitlab.faults.add(Kind.SIGN_IN_REDIRECT, nth=2)
    connection = http.client.HTTPConnection("127.0.0.1", gitlab.port)
    led = []
    for _ in range(2):
        connection.request("GET", "/api/v4/user")
        with connection.getresponse() as answer:
            assert b"redirected" in answer.read()
            led.append(answer.headers["Location"])
    connection.close()
    assert led == ["http://127.0.0.1:9/", f"{gitlab.url}/users/sign_in"]


@pytest.mark.parametrize("kind", [Kind.SLOW, Kind.LATE])
def test_slow_answers_take_their_time(gitlab: GitLabServer, kind: Kind) -> None:
    gitlab.faults.add(kind, seconds=0.2)
    started = time.monotonic()
    assert "errors" not in ask(gitlab, LIST)
    assert time.monotonic() - started >= 0.2


def test_a_restart_ends_connections_and_keeps_what_was_stored(gitlab: GitLabServer) -> None:
    gitlab.state.add_model("GPU")
    kept = http.client.HTTPConnection("127.0.0.1", gitlab.port, timeout=5)
    kept.request("GET", "/api/v4/metadata")
    kept.getresponse().read()
    gitlab.stop()
    assert kept.sock.recv(1) == b""
    kept.close()
    with GitLabServer(port=gitlab.port, state=gitlab.state) as again:
        assert [each["name"] for each in ask(again, LIST)["data"]["aiSelfHostedModels"]["nodes"]] == ["GPU"]


def test_it_speaks_tls_where_it_has_a_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with GitLabServer(certificate=certificate) as server:
        context = ssl.create_default_context(cafile=str(certificate.ca))
        connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=5)
        connection.request("GET", "/api/v4/metadata", headers={"PRIVATE-TOKEN": server.token})
        with connection.getresponse() as answer:
            assert answer.status == 200
        connection.close()


def test_of_many_who_want_one_name_one_gets_it(gitlab: GitLabServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: errors(ask(gitlab, MODEL_CREATE, input=NEW)), range(8)))
    assert sorted(answers, key=len) == [[], *[["Name has already been taken"]] * 7]
