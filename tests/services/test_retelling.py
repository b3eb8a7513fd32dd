"""Streams that are read and written anew: what is left out, and that nothing else is."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from app.clients.dialect import Piece, ToolPiece, Trouble
from app.clients.openai_answers import ChatChunks
from app.domain.reasoning import ReasoningCut
from app.services.call_streams import Retelling, StreamFailed

THOUGHT = ("<thi", "nk>Hm.</th", "ink>", "\n\nYe", "s.", " <|en")


class Pieces:
    """A reader whose chunks are numbers of pieces."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    def feed(self, chunk: bytes) -> list[Piece]:
        return [self._pieces[each] for each in chunk]


def retelling(*pieces: Piece, cut: ReasoningCut | None = None) -> Retelling:
    return Retelling(Pieces(pieces), ChatChunks("chatcmpl-1", 1, "alpha", include_usage=False), cut)


def deltas(*pieces: Piece, cut: ReasoningCut | None = None) -> list[dict[str, Any]]:
    telling = retelling(*pieces, cut=cut)
    told = b"".join(telling.feed(bytes([each])) for each in range(len(pieces))) + telling.end()
    assert told.endswith(b"data: [DONE]\n\n")
    events = [json.loads(line[6:]) for line in told.split(b"\n\n") if line[6:7] == b"{"]
    return [each["choices"][0]["delta"] for each in events]


def text_of(told: list[dict[str, Any]]) -> str:
    return "".join(each.get("content", "") for each in told)


@pytest.mark.parametrize("finish", ["", "stop"])
def test_reasoning_is_cut_even_where_every_piece_states_a_finish(finish: str) -> None:
    told = deltas(*(Piece(each, finish=finish) for each in THOUGHT), Piece(done=True), cut=ReasoningCut())
    assert text_of(told) == "Yes. <|en"


def test_what_was_held_comes_before_the_end() -> None:
    last = retelling(Piece("<thin", finish="stop", done=True), cut=ReasoningCut())
    assert last.feed(b"\0") == b""
    held, end, mark, _ = last.end().split(b"\n\n")
    assert (b'"content":"<thin"' in held, b'"finish_reason":"stop"' in end, mark) == (True, True, b"data: [DONE]")


def test_reasoning_in_a_field_of_its_own_is_left_out_only_where_it_is_cut() -> None:
    pieces = (Piece(reasoning="Hm."), Piece("Yes.", finish="stop"))
    assert "reasoning_content" not in str(deltas(*pieces, cut=ReasoningCut()))
    assert deltas(*pieces)[0] == {"role": "assistant", "reasoning_content": "Hm."}


def test_calls_and_tokens_pass_through_a_cut() -> None:
    call = ToolPiece(0, "{}", "now", "a")
    telling = retelling(Piece("<think>", tools=(call,), prompt_tokens=3, completion_tokens=2), cut=ReasoningCut())
    assert b'"name":"now"' in telling.feed(b"\0")
    assert (telling.prompt_tokens, telling.completion_tokens, telling.seen) == (3, 2, 1)


def test_a_failure_inside_is_raised_with_its_words() -> None:
    with pytest.raises(StreamFailed) as caught:
        retelling(Piece(failed=Trouble("error_in_200", "overloaded"))).feed(b"\0")
    assert caught.value.trouble.words == "overloaded"
