"""How model servers answer in tests of tries: at once, slowly, differently by family, or with what is meant to harm."""

from collections.abc import Mapping
from time import sleep
from typing import Any

from tests.fakes import wire
from tests.fakes.upstream import ENDING, HEAD, Exchange, Script

GOOD = ("feat: report no orders as 0\n", "\nA new shop could not see its report.")
CHATTY = ("Sure! Here is a commit message:\n\n", "Updated the function so that it works.")


def events(*texts: str) -> list[bytes]:
    """The chunks of a stream that says this."""
    return [wire.chunk("alpha", {"content": each}) for each in texts]


def says(*texts: str) -> Script:
    """A stream at once, whatever is asked."""
    return lambda exchange: exchange.stream([*events(*texts), *ENDING])


def drips(*texts: str, seconds: float = 0.2) -> Script:
    """The same with a pause before each piece."""

    def script(exchange: Exchange) -> None:
        exchange.say(HEAD)
        for each in (*events(*texts), *ENDING):
            sleep(seconds)
            exchange.part(each)
        exchange.say(b"0\r\n\r\n")

    return script


def first_and_other(first: Script, other: Script) -> Script:
    """The first request gets one answer, all further ones the other."""
    asked: list[Mapping[str, Any]] = []

    def script(exchange: Exchange) -> None:
        asked.append(exchange.body)
        (first if len(asked) == 1 else other)(exchange)

    return script


def hangs(exchange: Exchange) -> None:
    """A stream that has begun and says no more, until the caller leaves."""
    exchange.say(HEAD)
    exchange.part(events("It began")[0])
    exchange.gone_after(30)
