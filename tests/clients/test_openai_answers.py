"""What the official client makes of answers that are told on OpenAI's wire."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import openai
import pytest
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from app.clients.dialect import ChatAnswer, Piece, ToolCall, ToolPiece
from app.clients.openai_answers import ChatChunks, CompletionChunks, chat_answer, completion_answer, error_event

ABOUT: dict[str, Any] = {"id": "chatcmpl-Ab1", "created": 1_700_000_000, "model": "qwen"}
WEATHER = ToolCall("weather", '{"city": "Bern"}', "toolu_1")

Serve = Callable[[bytes], openai.OpenAI]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """The official client in front of a server that answers every request with these events."""
    open_now: list[tuple[ThreadingHTTPServer, openai.OpenAI]] = []

    def begin(events: bytes) -> openai.OpenAI:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _says(events))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", max_retries=0)
        open_now.append((server, client))
        return client

    yield begin
    for server, client in open_now:
        client.close()
        server.shutdown()
        server.server_close()


def _says(events: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            self.wfile.write(events)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def chat(answer: ChatAnswer) -> ChatCompletion:
    return ChatCompletion.model_validate(chat_answer(answer, **ABOUT), strict=True)


def chunks(*pieces: Piece, usage: bool = False) -> bytes:
    writer = ChatChunks(**ABOUT, include_usage=usage)
    return b"".join(map(writer.of, pieces)) + writer.end()


def chat_events(client: openai.OpenAI) -> list[Any]:
    return list(client.chat.completions.create(model="any", messages=[], stream=True))


def told(client: openai.OpenAI) -> Any:
    """The whole answer as the client's own stream helper puts it together."""
    with client.chat.completions.stream(model="any", messages=[]) as stream:
        return stream.get_final_completion()


def test_a_chat_answer_is_read_by_the_official_client() -> None:
    answer = chat(ChatAnswer("Hi.", reasoning="A greeting.", finish="length", prompt_tokens=3, completion_tokens=2))
    choice = answer.choices[0]
    assert (answer.id, answer.created, answer.model) == ("chatcmpl-Ab1", 1_700_000_000, "qwen")
    assert (choice.message.content, choice.finish_reason) == ("Hi.", "length")
    assert choice.message.model_extra == {"reasoning_content": "A greeting."}
    assert answer.usage is not None
    assert answer.usage.total_tokens == 5


@pytest.mark.parametrize("counts", [{}, {"prompt_tokens": 3}, {"completion_tokens": 2}])
def test_a_usage_that_is_not_known_is_not_told(counts: dict[str, int]) -> None:
    answer = ChatAnswer("Hi.", **counts)  # type: ignore[arg-type]
    assert "usage" not in chat_answer(answer, **ABOUT)
    assert "usage" not in completion_answer(answer, **ABOUT)


def test_calls_are_told_beside_no_content() -> None:
    choice = chat(ChatAnswer("", finish="stop", tool_calls=(WEATHER,))).choices[0]
    assert (choice.message.content, choice.finish_reason) == (None, "tool_calls")
    assert choice.message.tool_calls is not None
    call = choice.message.tool_calls[0].model_dump()
    assert (call["id"], call["function"]) == ("toolu_1", {"name": "weather", "arguments": '{"city": "Bern"}'})


def test_text_beside_calls_is_kept() -> None:
    assert chat(ChatAnswer("I look.", tool_calls=(WEATHER,))).choices[0].message.content == "I look."


def test_calls_without_id_and_arguments_get_some() -> None:
    answer = chat_answer(ChatAnswer("", tool_calls=(ToolCall("now", ""), ToolCall("now", ""))), **ABOUT)
    calls = answer["choices"][0]["message"]["tool_calls"]
    assert [each["id"] for each in calls] == ["call_Ab1_0", "call_Ab1_1"]
    assert [each["function"]["arguments"] for each in calls] == ["{}", "{}"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [("", "stop"), ("stop", "stop"), ("content_filter", "content_filter"), ("tool_calls", "stop"), ("PAUSED", "stop")],
)
def test_reasons_to_finish_are_openais_words(given: str, reason: str) -> None:
    assert chat(ChatAnswer("", finish=given)).choices[0].finish_reason == reason


def test_a_completion_is_read_by_the_official_client() -> None:
    whole = ChatAnswer("b + c", "Hm.", "tool_calls", prompt_tokens=3, completion_tokens=2, tool_calls=(WEATHER,))
    answer = Completion.model_validate(completion_answer(whole, **ABOUT), strict=True)
    assert (answer.choices[0].text, answer.choices[0].finish_reason) == ("b + c", "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 5


def test_a_streamed_chat_is_put_together_by_the_official_client(serve: Serve) -> None:
    pieces = (Piece(reasoning="Hm."), Piece("Grüß "), Piece("Gott\n\n."), Piece(finish="end"), Piece(done=True))
    choice = told(serve(chunks(*pieces))).choices[0]
    assert (choice.message.role, choice.message.content) == ("assistant", "Grüß Gott\n\n.")
    assert (choice.finish_reason, choice.message.reasoning_content) == ("stop", "Hm.")


def test_the_first_chunk_alone_names_the_role(serve: Serve) -> None:
    events = chat_events(serve(chunks(Piece("a", finish="length"), Piece("b"))))
    assert [each.choices[0].delta.role for each in events] == ["assistant", None, None]
    assert [each.choices[0].finish_reason for each in events] == [None, None, "length"]
    assert {(each.id, each.created, each.model) for each in events} == {tuple(ABOUT.values())}


RICH = (
    Piece(reasoning="Hm.", finish="stop"),
    Piece("I look.", prompt_tokens=3),
    Piece(tools=(ToolPiece(0, "", "weather", "toolu_1"), ToolPiece(1, "", "now"))),
    Piece(tools=(ToolPiece(0, '{"city":'),)),
    Piece("\u2028", tools=(ToolPiece(0, '"Bern"}'),), completion_tokens=2),
    Piece(done=True),
)


@pytest.mark.parametrize("usage", [False, True])
def test_every_chunk_has_the_documented_shape(usage: bool) -> None:
    *events, mark, rest = chunks(*RICH, usage=usage).split(b"\n\n")
    assert (mark, rest) == (b"data: [DONE]", b"")
    assert {each[:6] for each in events} == {b"data: "}
    read = [ChatCompletionChunk.model_validate_json(each[6:], strict=True) for each in events]
    assert not [each.model_extra for each in read if each.model_extra]
    assert [bool(each.choices) for each in read] == [True] * 6 + [False] * usage


def test_arguments_come_in_parts_under_the_callers_number() -> None:
    events = [ChatCompletionChunk.model_validate_json(each[6:]) for each in chunks(*RICH).split(b"\n\n")[:-2]]
    parts = [part for each in events for part in each.choices[0].delta.tool_calls or ()]
    assert [(part.index, part.id, part.type) for part in parts[:2]] == [
        (0, "toolu_1", "function"),
        (1, "call_Ab1_1", "function"),
    ]
    assert {(part.id, part.type) for part in parts[2:]} == {(None, None)}
    assert [(part.index, part.function and part.function.arguments) for part in parts[2:]] == [
        (0, '{"city":'),
        (0, '"Bern"}'),
        (1, "{}"),
    ]


def test_an_empty_answer_has_a_role_and_an_end(serve: Serve) -> None:
    (event,) = chat_events(serve(chunks()))
    assert (event.choices[0].delta.role, event.choices[0].finish_reason) == ("assistant", "stop")


def test_streamed_calls_are_put_together_by_the_official_client(serve: Serve) -> None:
    first, second = ToolPiece(1, "", "weather", "toolu_1"), ToolPiece(4, "", "now")
    parts = (first, ToolPiece(1, '{"city":'), ToolPiece(1, ' "Bern"}'), second, ToolPiece(4, ""))
    choice = told(
        serve(chunks(Piece("I look."), *(Piece(tools=(each,)) for each in parts), Piece(finish="stop")))
    ).choices[0]
    calls = [(each.id, each.function.name, each.function.arguments) for each in choice.message.tool_calls]
    assert calls == [("toolu_1", "weather", '{"city": "Bern"}'), ("call_Ab1_1", "now", "{}")]
    assert (choice.message.content, choice.finish_reason) == ("I look.", "tool_calls")


def test_what_a_call_brings_along_is_told_with_it(serve: Serve) -> None:
    extra = {"google": {"thought_signature": "c2lnbmVk"}}
    whole = chat(ChatAnswer("", tool_calls=(ToolCall("now", "{}", "a", extra),))).choices[0].message.tool_calls
    parts = told(serve(chunks(Piece(tools=(ToolPiece(0, "{}", "now", "a", extra),))))).choices[0].message.tool_calls
    assert whole is not None
    assert whole[0].model_extra == {"extra_content": extra}
    assert parts[0].model_extra["extra_content"] == extra


def test_calls_in_one_piece_are_told_apart(serve: Serve) -> None:
    both = (ToolPiece(0, "{}", "now", "a"), ToolPiece(1, '{"x":1}', "add", "b"))
    calls = told(serve(chunks(Piece(tools=both)))).choices[0].message.tool_calls
    assert [(each.id, each.function.arguments) for each in calls] == [("a", "{}"), ("b", '{"x":1}')]


@pytest.mark.parametrize("counts", [[(3, None), (None, 2)], [(3, 1), (None, 2)], [(3, 2)]])
def test_the_usage_comes_last_wherever_it_was_stated(serve: Serve, counts: list[tuple[int | None, int | None]]) -> None:
    pieces = [Piece("a", prompt_tokens=prompt, completion_tokens=completion) for prompt, completion in counts]
    *before, last = chat_events(serve(chunks(*pieces, usage=True)))
    assert last.choices == []
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (3, 2, 5)
    assert {each.usage for each in before} == {None}


@pytest.mark.parametrize("pieces", [(), (Piece("a", prompt_tokens=3),)])
def test_a_usage_that_was_never_stated_is_left_out(serve: Serve, pieces: tuple[Piece, ...]) -> None:
    assert all(each.choices for each in chat_events(serve(chunks(*pieces, usage=True))))


def test_a_usage_that_nobody_asked_for_is_left_out() -> None:
    assert b"usage" not in chunks(Piece("a", prompt_tokens=3, completion_tokens=2))


@pytest.mark.parametrize("kind", [ChatChunks, CompletionChunks])
def test_pieces_that_say_nothing_become_nothing(kind: type[ChatChunks | CompletionChunks]) -> None:
    writer = kind(**ABOUT, include_usage=True)
    assert writer.of(Piece(prompt_tokens=3, finish="stop", done=True)) == b""
    assert writer.end().endswith(b"data: [DONE]\n\n")
    assert writer.end() == b""


def test_half_a_character_breaks_no_stream(serve: Serve) -> None:
    (event, _) = chat_events(serve(chunks(Piece("\ud83d"))))
    assert event.choices[0].delta.content is not None


def test_a_streamed_completion_is_read_by_the_official_client(serve: Serve) -> None:
    writer = CompletionChunks(**ABOUT, include_usage=True)
    pieces = (Piece("b ", prompt_tokens=3), Piece(reasoning="Hm."), Piece("+ c", finish="length", completion_tokens=2))
    client = serve(b"".join(map(writer.of, pieces)) + writer.end())
    *events, usage = client.completions.create(model="any", prompt="", stream=True)
    choices = [each.choices[0] for each in events]
    assert [(each.text, each.finish_reason) for each in choices] == [("b ", None), ("+ c", None), ("", "length")]
    assert usage.usage is not None
    assert (usage.choices, usage.usage.total_tokens) == ([], 5)


def test_an_error_event_raises_in_the_official_client(serve: Serve) -> None:
    writer = ChatChunks(**ABOUT, include_usage=False)
    client = serve(writer.of(Piece("Half an ")) + error_event("It broke off.", "endpoint_broke_off"))
    with pytest.raises(openai.APIError) as caught:
        chat_events(client)
    assert (caught.value.message, caught.value.code) == ("It broke off.", "endpoint_broke_off")
    assert caught.value.type == "api_error"
