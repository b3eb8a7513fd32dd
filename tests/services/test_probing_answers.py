"""What counts as an answer: lists, chats and streams that are unusual and yet fine, and some that are not."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.steps import Outcome, StepResult
from app.lib.cancel import Cancel, Stopped
from app.services import probing
from app.services.ports import Ports
from app.services.probe_run import Pace
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import probe, step, target_at, told
from tests.fakes.raw_answers import RawAnswers


def server_of(models: Any, chat: Any, kind: str = "application/json", status: int = 200) -> RawAnswers:
    """A server with this list and this answer to everything else."""

    def answer(path: str) -> tuple[int, str, str]:
        if path.endswith("/models"):
            return 200, "application/json", json.dumps(models)
        return status, kind, chat if isinstance(chat, str) else json.dumps(chat)

    return RawAnswers(answer)


LIST = {"data": [{"id": "alpha", "max_model_len": 8192}, {"id": "beta"}]}


def reply(content: Any, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return {"model": "alpha", "choices": [choice], "usage": {"completion_tokens": 3}}


def of(engine: Ports, name: str, models: Any, chat: Any, **more: Any) -> StepResult:
    with server_of(models, chat, **more) as server:
        return step(probe(engine, target_at(f"{server.origin}/v1")), name)


def test_a_listed_model_tells_its_context(engine: Ports) -> None:
    found = of(engine, "model", LIST, reply("Works."))
    assert (found.message, found.figures["context"]) == ("The server lists it, one of 2", 8192)


def test_an_answer_is_quoted_with_its_tokens(engine: Ports) -> None:
    found = of(engine, "chat", LIST, reply("It   works,\nas you see. " * 9))
    assert (
        found.message == "It said: “It works, as you see. It works, as you see. It works, as you see. It works, as …”"
    )
    assert found.figures == {"tokens": 3}


def test_an_empty_list_leaves_the_decision_to_the_chat(engine: Ports) -> None:
    found = of(engine, "model", {"data": []}, reply("Works."))
    assert (found.outcome, found.code) == (Outcome.SKIPPED, "")
    assert found.message


def test_a_server_that_answers_to_any_name_says_who_answers(engine: Ports) -> None:
    with server_of({"data": [{"id": "gamma"}]}, {**reply("Works."), "model": "gamma"}) as server:
        found = step(probe(engine, target_at(f"{server.origin}/v1")), "model")
    assert (found.outcome, found.code) == (Outcome.WARNED, "other_model_answers")
    assert found.fix
    assert found.fix.value == "gamma"


@pytest.mark.parametrize("said", ["alpha", "something-else", "", None, 7])
def test_a_name_that_is_served_unlisted_is_warned_about(engine: Ports, said: Any) -> None:
    found = of(engine, "model", {"data": [{"id": "gamma"}]}, {**reply("Works."), "model": said})
    assert (found.outcome, found.code) == (Outcome.WARNED, "model_unlisted")


@pytest.mark.parametrize(
    ("chat", "code"),
    [
        (reply("", "length", reasoning_content="Let me think"), "reasoning_only"),
        (reply(None, "length"), "empty_answer"),
        (reply(" \n "), "empty_answer"),
        (reply([{"type": "text", "text": "Works."}]), ""),
    ],
)
def test_what_is_no_answer_is_told_apart(engine: Ports, chat: Any, code: str) -> None:
    assert of(engine, "chat", LIST, chat).code == code


def test_a_model_that_reasons_first_gets_more_tokens(engine: Ports) -> None:
    with server_of(LIST, reply("", "length", reasoning_content="Hm")) as server:
        probe(engine, target_at(f"{server.origin}/v1"))
        # list, key, two chats; and a stream, since reasoning without an end is a warning only
        assert len(server.asked) == 5


def sse(*events: Any, end: str = "data: [DONE]\n\n") -> str:
    return "".join(f"data: {json.dumps(each)}\n\n" for each in events) + end


def chunk(text: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text, **delta}, "finish_reason": finish}]}


def streamed(engine: Ports, body: str, kind: str = "text/event-stream", status: int = 200) -> StepResult:
    """The stream step of a server that streams this and is fine in every other way."""
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str, str]:
        asked.append(path)
        if path.endswith("/models"):
            return 200, "application/json", json.dumps(LIST)
        if len(asked) < 4:
            return 200, "application/json", json.dumps(reply("Works."))
        return status, kind, body

    with RawAnswers(answer) as server:
        return step(probe(engine, target_at(f"{server.origin}/v1")), "stream")


@pytest.mark.parametrize(
    "body",
    [
        sse(chunk("It"), chunk(" works"), chunk(finish="stop")),
        sse(chunk("It works", "stop")),
        sse(chunk(reasoning_content="Hm"), chunk(finish="length")),
        ": keep-alive\n\n" + sse(chunk("It"), chunk(finish="stop"), {"choices": [], "usage": {}}),
        sse(chunk("It"), chunk(finish="stop")).replace("\n", "\r\n"),
        sse(chunk("It")) + "data: what comes after the end does not matter\n\n",
    ],
)
def test_streams_of_many_servers_pass(engine: Ports, body: str) -> None:
    found = streamed(engine, body)
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert int(found.figures["pieces"]) >= 1
    assert float(found.figures["first_token_ms"]) >= 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (sse(chunk("It"), chunk(finish="stop"), end=""), "stream_no_done"),
        (sse(chunk("It"), end=""), "stream_broken"),
        (sse(chunk("It"), end="data: {oops\n\n"), "stream_broken"),
        (sse(chunk("It"), {"error": {"message": "out of memory"}}), "stream_broken"),
        (sse({"error": {"message": "out of memory"}}), "error_in_200"),
        (sse(), "empty_answer"),
        (sse(chunk(finish="stop")), "empty_answer"),
        ("", "stream_not_sse"),
        ("data: " + "x" * 1_100_000, "too_large"),
        (sse(*(chunk("on and on") for _ in range(300))), "stream_endless"),
    ],
)
def test_streams_with_a_fault_have_its_code(engine: Ports, body: str, code: str) -> None:
    assert streamed(engine, body).code == code


def test_an_event_of_half_a_megabyte_is_taken_and_the_same_for_ever_is_not(engine: Ports) -> None:
    big = "y" * 500_000
    assert streamed(engine, sse(chunk(big), chunk(finish="stop"))).outcome is Outcome.PASSED
    assert streamed(engine, sse(*(chunk(big) for _ in range(3)))).code == "too_large"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, '{"error": {"message": "no streams here"}}', "stream_refused"),
        (404, '{"detail": "Not Found"}', "stream_refused"),
        (401, '{"error": {"message": "bad key"}}', "key_wrong"),
        (503, "{}", "busy"),
        (200, '{"error": {"message": "CUDA out of memory"}}', "error_in_200"),
        (200, "<html>sign in</html>", "html_answer"),
    ],
)
def test_a_stream_that_does_not_begin_has_the_servers_reason(engine: Ports, status: int, body: str, code: str) -> None:
    assert streamed(engine, body, "application/json", status).code == code


GREEDY: dict[str, Callable[[], FaultServer]] = {
    "list": lambda: FaultServer(Fault.HUGE_BODY, at=Place.MODELS),
    "chat": lambda: FaultServer(Fault.HUGE_BODY, at=Place.CHAT),
    "stream": lambda: FaultServer(Fault.HUGE_BODY, at=Place.STREAM),
    "headers": lambda: FaultServer(Fault.HUGE_HEADERS),
}


@pytest.mark.parametrize("where", GREEDY)
def test_two_hundred_megabytes_are_not_taken_in(engine: Ports, where: str) -> None:
    with GREEDY[where]() as server:
        tracemalloc.start()
        probe(engine, target_at(server.url))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sent = max(each.bytes_sent for each in server.connections)
    assert peak < 24 << 20
    assert sent < 32 << 20


def test_an_error_of_two_hundred_megabytes_is_not_taken_in_by_the_stream_step(engine: Ports) -> None:
    tracemalloc.start()
    found = streamed(engine, "x" * (30 << 20), "text/plain", 400)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.code == "stream_refused"
    # Twice the body is the fake's own: as text and as bytes.
    assert peak < 70 << 20


def test_a_test_has_a_time_as_a_whole(engine: Ports) -> None:
    with FaultServer(latency=0.3) as server:
        results = probe(engine, target_at(server.url), Pace(total=0.8, exchange=5, first_byte=5, listing=5))
    assert told(results).startswith("failed: ")
    assert told(results).endswith("total_timeout")


def test_a_stopped_test_raises_and_sends_nothing_more(engine: Ports) -> None:
    cancel = Cancel()
    with FaultServer() as server:
        running = probing.results(engine, target_at(server.url), cancel)
        for _ in range(5):
            next(running)
        sent = len(server.requests)
        cancel.stop()
        with pytest.raises(Stopped):
            next(running)
        assert len(server.requests) == sent
