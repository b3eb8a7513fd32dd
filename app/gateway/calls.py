"""The three addresses that answer: chat completions, completions with a suffix, embeddings."""

from flask import Blueprint, Response, request

from app.domain.calls import FeatureCall
from app.gateway import parse
from app.gateway.access import current_token
from app.gateway.bodies import body_of
from app.gateway.context import context
from app.lib import logs
from app.lib.cancel import Cancel
from app.services.answering import Reply, answer

calls = Blueprint("calls", __name__)
# gunicorn's own; other servers show no socket.
_SOCKET = "gunicorn.socket"


@calls.post("/chat/completions")
def chat() -> Response:
    """A conversation, or the inputs of a feature."""
    return _answered(parse.chat(body_of(request)))


@calls.post("/completions")
def completions() -> Response:
    """A text to go on with, or a gap in code to fill."""
    return _answered(parse.completions(body_of(request)))


@calls.post("/embeddings")
def embeddings() -> Response:
    """Texts as vectors."""
    return _answered(parse.embeddings(body_of(request)))


def _answered(call: FeatureCall) -> Response:
    board, watch = context().switchboard, context().watch
    cancel = Cancel()
    watch.begin(request.environ.get(_SOCKET), cancel)
    try:
        reply = answer(board, current_token(), call, cancel)
    except BaseException:
        watch.end(cancel)
        raise
    response = _response(reply)

    def close() -> None:
        watch.end(cancel)
        reply.close()

    response.call_on_close(close)
    return response


def _response(reply: Reply) -> Response:
    headers = [
        ("X-Modelport-Endpoint", reply.link.endpoint.slug),
        ("X-Modelport-Family", reply.family or "none"),
        ("X-Modelport-Tier", reply.link.tier),
        ("X-Modelport-Fallback", "true" if reply.link.position else "false"),
        ("X-Request-Id", logs.request_id.get()),
    ]
    if reply.body is not None:
        return Response(reply.body, headers=headers, mimetype="application/json")
    # nginx would collect the events otherwise.
    headers.append(("X-Accel-Buffering", "no"))
    return Response(reply.chunks, headers=headers, mimetype="text/event-stream")
