"""Bundles fetched from the address of another portal, with words for what to do where none comes."""

import tempfile
from dataclasses import dataclass, field
from typing import IO

from app.domain import bundle_form
from app.domain.errors import Invalid, Unavailable
from app.lib.http import Call, Limits, OutboundError, Streaming
from app.lib.urls import BadAddress, parse
from app.services.bundle_files import save
from app.services.ports import Ports

LIMITS = Limits(total=600.0, first_byte=60.0, silence=30.0, max_body=bundle_form.MAX_BYTES)
# For who waits for a page or an answer; what takes longer is fetched from the command line.
WHILE_WAITING = Limits(total=30.0, first_byte=15.0, silence=10.0, max_body=bundle_form.MOST_AT_ONCE)
OK, UNCHANGED = 200, 304
_LATER = "It is tried again by itself; where that does not help, ask whoever runs the other portal."
_CHECK = "Check the address, and ask whoever runs the other portal."
_LET_IN = "Ask for a new token with the role viewer there, and follow the address again with it."
_CURES = {
    401: f"It wants a token that is good. {_LET_IN}",
    403: f"The token may not read the catalogue. {_LET_IN}",
    404: "Nothing is there. A Modelport gives its bundle at /api/v1/catalogue/bundle.",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a bundle is; `token` lets us in there, and who has the bundle of an `etag` already is sent none."""

    address: str
    token: str = field(default="", repr=False)
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: a file that is gone when it is closed, and the entity tag it came with, "" for none.

    The file is empty and `unchanged` set where it is what the source's own tag names.
    """

    file: IO[bytes]
    etag: str
    unchanged: bool = False


def fetched(ports: Ports, source: Source, limits: Limits = LIMITS) -> Fetched:
    """What another portal publishes at an address.

    Raises Invalid for an address that is none and for an answer that is too large, and Unavailable where none comes.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever asked for it closes it)
    try:
        with ports.door.stream(_call(source), limits) as answer:
            unchanged = bool(source.etag) and answer.status == UNCHANGED
            if not unchanged:
                _refuse(answer)
                save(answer.chunks(), file)
            return Fetched(file, answer.headers.get("etag", ""), unchanged)
    except OutboundError as error:
        file.close()
        raise Unavailable(f"The bundle could not be fetched. {error.sentence} {_cure(error)}") from error
    except (Invalid, Unavailable):
        file.close()
        raise


def _call(source: Source) -> Call:
    try:
        address = parse(source.address)
    except BadAddress as problem:
        raise Invalid({"address": (problem.message,)}, problem.message) from problem
    headers = {"accept": "application/jsonl"}
    headers |= {"authorization": f"Bearer {source.token}"} if source.token else {}
    headers |= {"if-none-match": source.etag} if source.etag else {}
    return Call("GET", address, headers, secret=bool(source.token))


def _refuse(answer: Streaming) -> None:
    """Raise Unavailable for every answer that is not the bundle."""
    if answer.status == OK:
        return
    if 300 <= answer.status < 400:
        cure = "It sends to another address, which is not followed: enter that one, if you know whose it is."
    else:
        cure = _CURES.get(answer.status, _LATER)
    raise Unavailable(f"The other portal answered with status {answer.status}. {cure}")


def _cure(error: OutboundError) -> str:
    if error.refusal:
        return error.refusal.cure
    return _CHECK if error.permanent else _LATER
