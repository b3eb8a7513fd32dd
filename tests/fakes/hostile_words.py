"""What a hostile server writes wherever it can: markup, control characters, a megabyte, and the key that it got."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.domain.steps import Depth
from tests.fakes import wire
from tests.fakes.able_server import AbleServer
from tests.fakes.able_talk import Said
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import MARKUP, Fault, Place
from tests.fakes.refusals import Refusal
from tests.fakes.talker import Talker
from tests.fakes.wire_faults.tls import Shown
from tests.lib.authority import Issuer

KEY = "Tests/of+the=key&0123456789"
SPELLINGS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode(), f"...{KEY[-6:]}")
# For places that hold less than a line.
SHORT = (*SPELLINGS, *MARKUP[:4])
WORDS = (*SHORT, *MARKUP[4:], f"{' '.join(MARKUP[:7])} {KEY} " + "x" * (1 << 20), "a\r\nb\x00\x1b[2J\u202eright\u2066")
Serve = Callable[[str, Path], Any]


@dataclass(frozen=True)
class Mouth:
    """One place for words: how a server is made that fills it with some, and the words that it can hold.

    `shown`: the start of them is shown to people.
    """

    serve: Serve
    words: tuple[str, ...] = WORDS
    depth: Depth = Depth.QUICK
    shown: bool = True


class FailingStream(Talker):
    """Streams an error after its first piece."""

    words = ""

    def _events(self, pieces: list[str]) -> bytes:
        return wire.chunk("alpha", {"content": pieces[0]}) + wire.event({"error": {"message": self.words}})


def _fault(body: Callable[[str], Mapping[str, Any]], status: int, at: Place) -> Mouth:
    def serve(words: str, _: Path) -> FaultServer:
        server = FaultServer()
        server.behave(Refusal(status, dict(body(words))), at)
        return server

    return Mouth(serve)


def _listed(words: str, _: Path) -> FaultServer:
    server = FaultServer(Fault.NO_MODEL, Place.CHAT)
    server.also(Refusal(200, wire.model_list([words, words[:255], "alpha-2"])), Place.MODELS)
    return server


def _streamed(words: str, _: Path) -> FailingStream:
    server = FailingStream()
    server.words = words
    return server


def _tool(words: str, _: Path) -> AbleServer:
    return AbleServer(lambda asked: Said(calls=((words, words),)) if asked.tools else None)


def _certificate(words: str, folder: Path) -> FaultServer:
    return FaultServer(certificate=Shown(folder, Issuer.root(words)))


def _one_line(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in words if each.isascii() and each.isprintable())


MOUTHS = {
    "message": _fault(lambda words: {"error": {"message": words}}, 400, Place.CHAT),
    "code": _fault(lambda words: {"error": {"code": words, "message": ""}}, 401, Place.ANYWHERE),
    "detail": _fault(lambda words: {"detail": [{"msg": words}]}, 422, Place.CHAT),
    "error in 200": _fault(lambda words: {"error": words}, 200, Place.STREAM),
    "answer": _fault(lambda words: wire.reply("alpha", words), 200, Place.CHAT),
    "names": Mouth(_listed),
    "stream": Mouth(_streamed),
    "tool": Mouth(_tool, depth=Depth.FULL, shown=False),
    "subject": Mouth(_certificate, tuple(each for each in SHORT if len(each) <= 64)),
    "software": Mouth(lambda words, _: FaultServer(software=words), _one_line(SHORT)),
    "location": Mouth(lambda words, _: FaultServer(Fault.REDIRECT, redirect_to=words), _one_line(SHORT)),
}


@contextmanager
def speaking(mouth: Mouth, words: str, folder: Path) -> Iterator[str]:
    """The base URL of a server that says this there."""
    with mouth.serve(words, folder) as server:
        yield str(server.url)


def told_plainly(shown: str) -> bool:
    """Whether no spelling of the key stands in a text: as it was sent, as JSON writes it, or within longer base64."""
    joined = shown.replace("\n", "").replace("\\n", "")
    spelled = (*SPELLINGS, *(json.dumps(each)[1:-1] for each in SPELLINGS), *_inside_base64())
    return not any(each in joined for each in spelled)


def _inside_base64() -> Iterator[str]:
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + KEY.encode()).decode()
        yield encoded[4 if offset else 0 : -4]
