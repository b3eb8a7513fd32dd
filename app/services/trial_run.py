"""One side of a try at work: the endpoint is asked as a feature call asks it, and its answer is kept and judged."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from app.clients.openai_chunks import ChunkReader, ReadAnswer, read_whole
from app.domain import contracts
from app.domain.calls import FeatureCall, Form
from app.domain.contracts import Called
from app.domain.errors import ModelportError, NotFound
from app.domain.features import Ability
from app.domain.prompts import FeaturePrompt
from app.domain.routing import EndpointRoute, Link, Wanted
from app.domain.trials import MOST_CALLS, MOST_TEXT, Side, SideState
from app.lib.cancel import Cancel
from app.lib.http import Limits
from app.lib.sealed import CannotOpen
from app.lib.urls import BadAddress
from app.services import answering, call_failures
from app.services.answering import Reply
from app.services.call_failures import LinkFailed
from app.services.foreign_words import secrets_of
from app.services.ports import Ports
from app.services.routing import RouteBook
from app.services.trial_progress import Progress

log = logging.getLogger(__name__)

LIMITS = Limits(total=180.0, first_byte=60.0, connect=3.0, silence=60.0, max_body=None, curious=False)
TOO_LONG, UNEXPECTED, BROKE_OFF, NO_ANSWER = "too_long", "unexpected", "broke_off", "no_answer"


def run(
    ports: Ports,
    book: RouteBook,
    side: Side,
    feature: str,
    inputs: Mapping[str, str],
    progress: Progress,
    cancel: Cancel,
) -> None:
    """Ask one endpoint and keep what comes; whatever goes wrong is a result. At its return `progress` is over."""
    try:
        prompt = ports.facts.prompts.of(feature)
        link = _link(book, side)
        progress.secrets = _secrets(book, link.endpoint)
        _answer(ports, book, link, prompt, inputs, progress, cancel)
    except LinkFailed as failed:
        _failed(progress, cancel, failed.told.code, failed.told.message)
    except ModelportError as error:
        _failed(progress, cancel, error.code, error.message)
    except Exception:
        log.exception("a try broke off")
        _failed(progress, cancel, UNEXPECTED, "Modelport itself failed over this try; its log says why.")


def _failed(progress: Progress, cancel: Cancel, code: str, words: str) -> None:
    if cancel.stopped:
        progress.finish(SideState.STOPPED)
    else:
        progress.finish(SideState.FAILED, code, words)


def _link(book: RouteBook, side: Side) -> Link:
    """Switched off or not: a try is how one finds out whether to switch it on."""
    for endpoint in book.current().endpoints.values():
        if endpoint.id == side.endpoint_id:
            return Link(endpoint, side.family, endpoint.tier)
    raise NotFound("The endpoint was deleted a moment ago.")


def _secrets(book: RouteBook, endpoint: EndpointRoute) -> tuple[str, ...]:
    """One that does not open is told when the endpoint is asked."""
    with suppress(CannotOpen, BadAddress):
        return secrets_of(book.target(endpoint.id))
    return ()


def _answer(
    ports: Ports,
    book: RouteBook,
    link: Link,
    prompt: FeaturePrompt,
    inputs: Mapping[str, str],
    progress: Progress,
    cancel: Cancel,
) -> None:
    call = FeatureCall(Wanted(prompt.feature), Form.CHAT, _body(link, prompt), inputs)
    if refusal := call_failures.lacking(link, call_failures.needs(call)):
        raise refusal
    _keep(_asked(ports, book, link, call, progress, cancel), progress)
    if cancel.stopped:
        progress.finish(SideState.STOPPED)
    elif not progress.answer.is_answer and progress.answer.failed is None:
        progress.finish(SideState.FAILED, NO_ANSWER, "What the endpoint sent is no answer of its platform.")
    elif progress.answer.failed is not None:
        progress.finish(SideState.FAILED, BROKE_OFF, progress.answer.failed or "The answer broke off.")
    else:
        code = TOO_LONG if progress.answer.size > MOST_TEXT else ""
        progress.finish(SideState.ANSWERED, code, judged=_judged(prompt, progress.answer, inputs))


def _body(link: Link, prompt: FeaturePrompt) -> dict[str, Any]:
    """What a program would send beside the inputs: a stream with its numbers where there are streams, and tools."""
    body: dict[str, Any] = {}
    if Ability.STREAM not in link.endpoint.lacks:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if prompt.tools:
        tools = (
            {"name": each.name, "description": each.description, "parameters": dict(each.parameters)}
            for each in prompt.tools
        )
        body["tools"] = [{"type": "function", "function": each} for each in tools]
    return body


def _asked(ports: Ports, book: RouteBook, link: Link, call: FeatureCall, progress: Progress, cancel: Cancel) -> Reply:
    """The reply; once more without asking for numbers, where the server refuses what it does not know."""
    try:
        return answering.ask_one(ports, book, link, call, progress, cancel, LIMITS)
    except LinkFailed as failed:
        if failed.told.code != "invalid_request" or "stream_options" not in call.body or cancel.stopped:
            raise
    plain = {name: value for name, value in call.body.items() if name != "stream_options"}
    return answering.ask_one(
        ports, book, link, FeatureCall(call.wanted, call.form, plain, call.inputs), progress, cancel, LIMITS
    )


def _keep(reply: Reply, progress: Progress) -> None:
    """Read a reply to its end, or as far as is kept."""
    try:
        if reply.body is not None:
            progress.answer = read_whole(reply.body)
            return
        reader = ChunkReader()
        progress.answer = reader.answer
        for chunk in reply.chunks:
            reader.feed(chunk)
            progress.noticed()
            if reader.answer.failed is not None or reader.answer.size > MOST_TEXT:
                return
    finally:
        reply.close()


def _judged(prompt: FeaturePrompt, answer: ReadAnswer, inputs: Mapping[str, str]) -> tuple[contracts.Breach, ...]:
    called = tuple(Called(each.name, each.arguments) for each in answer.tool_calls[:MOST_CALLS])
    return contracts.breaches(prompt.contract, answer.text[:MOST_TEXT], called, prompt.tools, inputs)
