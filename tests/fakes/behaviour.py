"""What the fake answers: the healthy reply first, then one function for each fault."""

from collections.abc import Callable, Iterable

from tests.fakes import refusals, wire
from tests.fakes.exchange import Exchange
from tests.fakes.faults import MARKUP, Fault, Place
from tests.fakes.refusals import Refusal

NAMELESS = [{"object": "model"}, {"id": None}, {"id": 7}, {"id": ""}, "x"]
HUGE = 200 * 1024 * 1024
PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Company portal</form></body></html>"
NGINX_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx</center></body>\r\n</html>\r\n"
)


def refuse(exchange: Exchange, refusal: Refusal, retry_after: int | None = None) -> None:
    """Send an error answer in its server's words."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if isinstance(refusal.body, str):
        exchange.answer(refusal.status, "text/plain; charset=utf-8", refusal.body.encode(), headers)
    else:
        exchange.json(refusal.status, refusal.body, headers)


def healthy(exchange: Exchange, place: Place, kind: str) -> None:
    """Answer as a good server would; `kind` is the last part of the path."""
    request = exchange.request
    model = request.model or exchange.manner.models[0]
    if place is Place.MODELS:
        exchange.json(200, wire.model_list(exchange.manner.models))
    elif place is Place.STREAM:
        options = request.json.get("stream_options") or {}
        _stream(exchange, [*wire.stream(model, with_usage=bool(options.get("include_usage"))), wire.DONE])
    elif kind == "embeddings":
        exchange.json(200, wire.embeddings(model, request.json.get("input")))
    elif kind == "completions":
        exchange.json(200, wire.completion(model))
    else:
        exchange.json(200, wire.reply(model))


def misbehave(exchange: Exchange, fault: Fault, place: Place) -> bool:
    """Act out a fault; False when it does not concern this request."""
    act = _ACTS.get(fault)
    if act is not None:
        act(exchange)
        return True
    wanted, special = _PLACED.get(fault, (None, None))
    if special is not None and place is wanted:
        special(exchange)
        return True
    refusal = _refusal(exchange, fault, place)
    if refusal is None:
        return False
    refuse(exchange, refusal, 7 if fault is Fault.RATE_LIMITED else None)
    return True


def _stream(exchange: Exchange, events: Iterable[bytes]) -> None:
    exchange.begin_stream()
    for event in events:
        exchange.chunk(event)
    exchange.end_stream()


def _refusal(exchange: Exchange, fault: Fault, place: Place) -> Refusal | None:
    request, style = exchange.request, exchange.manner.style
    body = request.json
    if fault is Fault.UNAUTHORIZED:
        return refusals.bad_key(style, request.key)
    if fault is Fault.NO_PATH or (fault is Fault.NO_LIST and place is Place.MODELS):
        return refusals.no_path(style, request.method, request.path)
    if fault in _PLAIN:
        return refusals.PLAIN[_PLAIN[fault]]()
    if place is Place.MODELS:
        return None
    if fault in (Fault.FORBIDDEN, Fault.NO_MODEL):
        return (refusals.forbidden if fault is Fault.FORBIDDEN else refusals.no_model)(style, request.model)
    if fault is Fault.MAX_TOKENS_REFUSED and "max_tokens" in body:
        return refusals.parameter(style, "max_tokens", "Use 'max_completion_tokens' instead.")
    if fault is Fault.TEMPERATURE_REFUSED and "temperature" in body:
        return refusals.parameter(style, "temperature", "Only the default (1) value is supported.")
    if fault is Fault.SYSTEM_REFUSED and any(each.get("role") == "system" for each in body.get("messages", [])):
        return refusals.PLAIN["system"]()
    if fault is Fault.STREAM_REFUSED and body.get("stream"):
        return refusals.PLAIN["stream"]()
    return refusals.PLAIN["context"]() if fault is Fault.CONTEXT_EXCEEDED else None


_PLAIN = {Fault.RATE_LIMITED: "rate", Fault.LOADING: "loading", Fault.SERVER_ERROR: "broken"}


def _hang_mid_body(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Type": "application/json", "Content-Length": "5000"})
    exchange.write(b'{"object":"list","data":[')
    exchange.hang()


def _drip(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Type": "application/json", "Content-Length": "5000"})
    for _ in range(5000):
        exchange.write(b" ")
        exchange.pause(0.2)


def _chunk_garbage(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    exchange.write(b"zz\r\nnot a chunk\r\n-5\r\n")
    exchange.drop()


def _huge_body(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Type": "application/json", "Content-Length": str(HUGE)})
    block = b'{"padding":"' + b"x" * 65536
    for _ in range(HUGE // len(block)):
        exchange.write(block)
    exchange.drop()


def _redirect(exchange: Exchange) -> None:
    exchange.answer(307, "text/plain", b"", {"Location": exchange.manner.redirect_to})


def _markup_list(exchange: Exchange) -> None:
    exchange.json(200, wire.model_list([*MARKUP, *exchange.manner.models]))


def _half_stream(exchange: Exchange) -> None:
    exchange.begin_stream()
    for event in list(wire.stream(exchange.request.model))[:3]:
        exchange.chunk(event)
    exchange.drop()


def _hang_mid_stream(exchange: Exchange) -> None:
    exchange.begin_stream()
    for event in list(wire.stream(exchange.request.model))[:3]:
        exchange.chunk(event)
    exchange.hang()


def _one_lump(exchange: Exchange) -> None:
    exchange.pause(0.3)
    _stream(exchange, [b"".join([*wire.stream(exchange.request.model), wire.DONE])])


def _error_in_stream(exchange: Exchange) -> None:
    error = wire.event({"error": {"message": "CUDA out of memory", "type": "InternalServerError", "code": 500}})
    _stream(exchange, [*list(wire.stream(exchange.request.model))[:2], error, wire.DONE])


def _stream_garbage(exchange: Exchange) -> None:
    _stream(exchange, [b"data: {not json\n\n", b"\x00\xff\xfe nonsense\n\n", b"data: 7\n\n", wire.DONE])


def _whole(status: int, kind: str, body: bytes) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer(status, kind, body)


_ACTS: dict[Fault, Callable[[Exchange], None]] = {
    Fault.NO_ANSWER: lambda exchange: exchange.drop(),
    Fault.HANG: lambda exchange: exchange.hang(),
    Fault.HANG_MID_BODY: _hang_mid_body,
    Fault.DRIP: _drip,
    Fault.CHUNK_GARBAGE: _chunk_garbage,
    Fault.HUGE_BODY: _huge_body,
    Fault.HUGE_HEADERS: lambda exchange: exchange.json(200, {}, {f"X-Padding-{n}": "x" * 4000 for n in range(60)}),
    Fault.HTML: _whole(200, "text/html; charset=utf-8", PAGE),
    Fault.BAD_GATEWAY: _whole(502, "text/html", NGINX_502),
    Fault.REDIRECT: _redirect,
    Fault.ERROR_IN_200: lambda exchange: exchange.json(
        200, {"error": {"message": "upstream connect error", "type": "server_error", "code": 502}}
    ),
    Fault.BAD_JSON: _whole(200, "application/json", b'{"object": "list", "data": [{"id": "al'),
    Fault.EMPTY_BODY: _whole(200, "application/json", b""),
}

_PLACED: dict[Fault, tuple[Place, Callable[[Exchange], None]]] = {
    Fault.MARKUP_NAMES: (Place.MODELS, _markup_list),
    Fault.EMPTY_LIST: (Place.MODELS, lambda exchange: exchange.json(200, wire.model_list([]))),
    Fault.NAMELESS_LIST: (
        Place.MODELS,
        lambda exchange: exchange.json(200, {"object": "list", "data": NAMELESS}),
    ),
    Fault.NO_CHOICES: (
        Place.CHAT,
        lambda exchange: exchange.json(200, wire.reply(exchange.request.model) | {"choices": []}),
    ),
    Fault.EMPTY_REPLY: (Place.CHAT, lambda exchange: exchange.json(200, wire.reply(exchange.request.model, ""))),
    Fault.MARKUP_REPLY: (
        Place.CHAT,
        lambda exchange: exchange.json(200, wire.reply(exchange.request.model, " ".join(MARKUP[:4]))),
    ),
    Fault.HALF_STREAM: (Place.STREAM, _half_stream),
    Fault.HANG_MID_STREAM: (Place.STREAM, _hang_mid_stream),
    Fault.ONE_LUMP: (Place.STREAM, _one_lump),
    Fault.NO_DONE: (Place.STREAM, lambda exchange: _stream(exchange, wire.stream(exchange.request.model))),
    Fault.NOT_A_STREAM: (Place.STREAM, lambda exchange: exchange.json(200, wire.reply(exchange.request.model))),
    Fault.STREAM_GARBAGE: (Place.STREAM, _stream_garbage),
    Fault.ERROR_IN_STREAM: (Place.STREAM, _error_in_stream),
    Fault.ENDLESS_STREAM: (Place.STREAM, lambda exchange: _stream(exchange, wire.endless(exchange.request.model))),
}
