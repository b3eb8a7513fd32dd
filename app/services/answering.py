"""One feature call from admission to the end of its answer.

The endpoints of a chain are asked in turn until one begins to answer: its first bytes are here before the caller is
told that all is well. From then on what goes wrong is told inside the answer.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.clients import openai_answers
from app.clients.credentials import granted
from app.clients.dialect import Dialect, Untranslatable, WireError
from app.clients.granting import CredentialsRefused
from app.clients.registry import dialect_for
from app.clients.target import Target
from app.domain import routing
from app.domain.calls import FeatureCall
from app.domain.errors import CallRefused, ModelportError, NotFound
from app.domain.routing import MOST_LINKS, Link, TokenRoute
from app.lib.bodies import read_capped
from app.lib.cancel import Cancel
from app.lib.http import Answer, Call, Limits, OutboundError, Streaming
from app.lib.sealed import CannotOpen
from app.services import call_bodies, call_failures, call_whole
from app.services.call_account import LEFT, Account
from app.services.call_bodies import Sent
from app.services.call_failures import LinkFailed, whole_seconds
from app.services.call_streams import Relay, Retelling, StreamFailed, Telling
from app.services.ports import Ports
from app.services.routing import RouteBook
from app.services.switchboard import Switchboard

log = logging.getLogger(__name__)

# The next endpoint is waiting: what exactly is wrong with this one is for its test to find out.
LIMITS = Limits(total=600.0, first_byte=60.0, connect=3.0, silence=60.0, max_body=None, curious=False, resends=True)
# An answer that comes as a whole; embeddings of a long batch are the largest.
MOST_BYTES = 64 << 20
_COMPLAINT_BYTES = 64 << 10
BROKE_OFF = "endpoint_broke_off"


class Record(Protocol):
    """Who keeps count of one call: told what goes out, that the first bytes are here, and the end."""

    def sent(self, body: Mapping[str, Any]) -> None:
        """What goes to the endpoint."""
        ...

    def began(self) -> None:
        """The first bytes of a stream are here."""
        ...

    def ended(self, telling: Telling, error: str) -> None:
        """A stream came to its end, or broke off for this reason; only what is said first counts."""
        ...

    def whole(self, prompt_tokens: int | None, completion_tokens: int | None, size: int) -> None:
        """The whole answer is here; `size` is its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that has begun: `family` is empty where the messages were left alone.

    Either `body` is all of it, or `chunks` is to be read to its end; `close` has to be called in any case.
    """

    link: Link
    family: str
    body: bytes | None = field(default=None, repr=False)
    chunks: Iterator[bytes] = field(default=iter(()), repr=False)
    close: Callable[[], None] = field(default=lambda: None, repr=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call on its way to one endpoint."""

    link: Link
    target: Target
    dialect: Dialect
    sent: Sent

    @property
    def relays(self) -> bool:
        """Whether the answer is passed on as it comes."""
        return self.dialect.relays and not self.sent.strips and not self.sent.retold


def answer(board: Switchboard, token: TokenRoute, call: FeatureCall, cancel: Cancel) -> Reply:
    """Ask the endpoints that may answer; raises CallRefused, Invalid for faulty inputs, Busy over a limit."""
    account = Account(board, token, call)
    try:
        links = routing.links(board.book.current(), token, call.wanted, board.ports.facts.features)
        account.link = links[0]
        board.portions.admit(token.id, token.limits, call.wanted.name)
        checked = call_bodies.check(call, board.ports.facts)
        return _first_answer(board, _suited(links, checked), checked, account, cancel)
    except ModelportError as error:
        account.refused(error.code)
        raise


def ask_one(
    ports: Ports,
    book: RouteBook,
    link: Link,
    call: FeatureCall,
    record: Record,
    cancel: Cancel,
    limits: Limits = LIMITS,
) -> Reply:
    """The answer of this one endpoint to a checked call; raises LinkFailed, CallRefused, Unavailable."""
    asked, outbound = _asked(ports, book, link, call)
    record.sent(asked.sent.body)
    with ExitStack() as stack:
        try:
            streaming = stack.enter_context(ports.door.stream(outbound, limits, cancel))
            if not 200 <= streaming.status < 300:
                raise call_failures.of_answer(asked.dialect, asked.target, _read(streaming, _COMPLAINT_BYTES), link)
            if not call.stream:
                return _whole(asked, _read(streaming, MOST_BYTES), record)
            return _streamed(asked, streaming, call, record, stack)
        except OutboundError as error:
            raise call_failures.of_door(error, link) from error


def _suited(links: Sequence[Link], call: FeatureCall) -> list[Link]:
    """Without the fallbacks that were measured as unable; what the first is unable to do is told."""
    wanted = call_failures.needs(call)
    if refusal := call_failures.lacking(links[0], wanted):
        raise refusal
    return [link for link in links if call_failures.lacking(link, wanted) is None]


def _first_answer(
    board: Switchboard, links: Sequence[Link], call: FeatureCall, account: Account, cancel: Cancel
) -> Reply:
    failure: LinkFailed | None = None
    tried = 0
    for link in links:
        if tried == MOST_LINKS or not board.board.may_call(link.endpoint.id):
            continue
        tried += 1
        account.link = link
        try:
            return ask_one(board.ports, board.book, link, call, account, cancel)
        except LinkFailed as failed:
            failure = failed
            if failed.counts:
                board.board.note(link.endpoint.id, ok=False, reason=failed.reason)
            if not failed.passing:
                break
            log.warning("%s: %s did not answer (%s)", call.wanted.name, link.endpoint.slug, failed.reason)
    if failure is not None:
        raise failure.told
    raise _resting(board, links)


def _resting(board: Switchboard, links: Sequence[Link]) -> CallRefused:
    wait = whole_seconds(min(board.board.retry_in(link.endpoint.id) for link in links))
    sentence = "Every endpoint that could answer rests after too many failures; it is tried again in a moment."
    return CallRefused(503, "endpoints_resting", sentence, retry_after=wait)


def _asked(ports: Ports, book: RouteBook, link: Link, call: FeatureCall) -> tuple[_Asked, Call]:
    sent = call_bodies.sent_to(link, call, ports.facts)
    try:
        target = granted(book.target(link.endpoint.id), ports.outlet)
        dialect = dialect_for(target.platform)
        outbound = dialect.forward_call(target, sent.operation, sent.body)
    except CredentialsRefused as error:
        raise call_failures.of_credentials(error, link) from error
    except CannotOpen as error:
        raise call_failures.unusable(link, "its key does not open any more; enter it anew.") from error
    except NotFound as error:
        raise call_failures.unusable(link, error.message) from error
    except Untranslatable as error:
        raise CallRefused(400, "unsupported_parameter", error.sentence, error.field) from error
    if outbound is None:
        sentence = f"The platform of the endpoint {link.endpoint.name} has no address for this."
        raise CallRefused(400, "operation_unsupported", sentence, "model")
    return _Asked(link, target, dialect, sent), outbound


def _read(streaming: Streaming, most: int) -> Answer:
    body, more = read_capped(streaming.chunks(), most)
    return Answer(streaming.status, streaming.headers, body, 0, streaming.first_byte_ms, more)


def _whole(asked: _Asked, got: Answer, record: Record) -> Reply:
    """An answer that is all there."""
    try:
        told = call_whole.told(asked.dialect, asked.target, asked.sent, got)
    except WireError as error:
        raise call_failures.of_trouble(error.trouble, asked.target, asked.link, got.headers) from error
    record.whole(told.prompt_tokens, told.completion_tokens, len(told.body))
    return Reply(asked.link, asked.sent.family, body=told.body)


def _streamed(asked: _Asked, streaming: Streaming, call: FeatureCall, record: Record, stack: ExitStack) -> Reply:
    """An answer whose first bytes are there."""
    telling = _telling(asked, call)
    source = streaming.chunks()
    try:
        first, is_all = _beginning(source, telling)
    except WireError as error:
        raise call_failures.of_trouble(error.trouble, asked.target, asked.link) from error
    except StreamFailed as failed:
        raise call_failures.of_trouble(failed.trouble, asked.target, asked.link) from failed
    if not first:
        raise call_failures.of_answer(asked.dialect, asked.target, _nothing(streaming), asked.link)
    record.began()
    chunks = _passed_on(first, None if is_all else source, telling, record)
    opened = stack.pop_all()

    def close() -> None:
        chunks.close()
        record.ended(telling, LEFT)
        opened.close()

    return Reply(asked.link, asked.sent.family, chunks=chunks, close=close)


def _beginning(source: Iterator[bytes], telling: Telling) -> tuple[bytes, bool]:
    """The first bytes for the caller, and whether they are all; raises WireError, StreamFailed, OutboundError."""
    for chunk in source:
        if told := telling.feed(chunk):
            return told, False
    return telling.end(), True


def _nothing(streaming: Streaming) -> Answer:
    return Answer(streaming.status, streaming.headers, b"", 0, streaming.first_byte_ms)


def _telling(asked: _Asked, call: FeatureCall) -> Telling:
    reader = asked.dialect.stream_reader()
    if asked.relays:
        return Relay(reader)
    return Retelling(reader, call_whole.chunks_for(asked.sent, asked.target, call), call_whole.cut_for(asked.sent))


def _passed_on(
    first: bytes, source: Iterator[bytes] | None, telling: Telling, record: Record
) -> Generator[bytes, None, None]:
    """The rest of a stream; whatever ends it too early ends it with an event that says so."""
    error = ""
    try:
        yield first
        if source is not None:
            yield from filter(None, map(telling.feed, source))
            yield from filter(None, (telling.end(),))
    except OutboundError as failed:
        error = str(failed.code)
        yield openai_answers.error_event(failed.sentence, BROKE_OFF)
    except WireError as failed:
        error = failed.trouble.code
        yield openai_answers.error_event("The endpoint's answer is not a stream of its platform.", BROKE_OFF)
    except StreamFailed as failed:
        error = failed.trouble.code
        yield openai_answers.error_event("The endpoint says that it failed over the answer.", BROKE_OFF)
    record.ended(telling, error)
