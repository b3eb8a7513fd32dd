"""A graceful stop: `/readyz` fails first, what is under way ends, and only then the workers leave.

A load balancer learns from `/readyz` that this host leaves, and needs a moment for it; answers that are streamed may
take minutes. Until the last of them has ended the process goes on listening, so that `/readyz` says why nothing is
taken.
"""

import json
import mmap
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.arbiter import Arbiter
from gunicorn.workers.ggevent import GeventWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOK_SECONDS = 0.1
# Once all answers have ended: for connections on which nothing is asked any more, and for all that comes at the end.
LAST_SECONDS = 3
END_SECONDS = 10
RETRY_SECONDS = 5
STOPPING = "stopping"
RESTARTING = "Modelport is being restarted. Try again in a few seconds."


class Mark:
    """One bit that the processes of a server share: whether all of it is to stop, and not one worker alone."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def set(self) -> None:
        """All of it stops."""
        self._shared[0] = 1

    @property
    def is_set(self) -> bool:
        """Whether it was set, here or in another of the processes."""
        return self._shared[0] == 1


class Gate:
    """What a worker's requests go through: it turns them away while the worker waits for those under way."""

    def __init__(self, inner: "WSGIApplication", notice: float) -> None:
        """`notice`: seconds of a stop in which everything but `/readyz` is still answered."""
        self._inner = inner
        self._notice = notice
        self._leaving_since: float | None = None

    def leave(self) -> None:
        """A stop has begun."""
        self._leaving_since = monotonic()

    @property
    def is_leaving(self) -> bool:
        """Whether a stop has begun."""
        return self._leaving_since is not None

    @property
    def turns_away(self) -> bool:
        """Whether the notice is over."""
        return self._leaving_since is not None and monotonic() - self._leaving_since >= self._notice

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self.is_leaving:
            if path == "/readyz":
                return _say(start_response, "application/json", {"status": "unready", "problems": [STOPPING]})
            if self.turns_away and path != "/livez":
                return _turn_away(path, start_response)
        return self._inner(environ, start_response)


def _turn_away(path: str, start_response: "StartResponse") -> Iterable[bytes]:
    """The sentence as each door tells failures."""
    if path.startswith("/v1/"):
        error = {"message": RESTARTING, "type": "api_error", "param": None, "code": "unavailable"}
        return _say(start_response, "application/json", {"error": error})
    if path.startswith("/api/"):
        told = {"type": "urn:modelport:problem:unavailable", "title": "Service Unavailable", "status": 503}
        return _say(start_response, "application/problem+json", told | {"detail": RESTARTING, "code": "unavailable"})
    return _say(start_response, "text/plain; charset=utf-8", RESTARTING)


def _say(start_response: "StartResponse", kind: str, told: Any) -> Iterable[bytes]:
    body = (told if isinstance(told, str) else json.dumps(told)).encode() + b"\n"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    headers.append(("Retry-After", str(RETRY_SECONDS)))
    start_response("503 Service Unavailable", headers)
    return [body]


class Worker(GeventWorker):
    """gunicorn's, which at a stop of the whole server goes on listening until its answers have ended."""

    app: Any
    _under_way = 0

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: a worker that is replaced leaves at once, its successors listen already."""
        if not self.app.stop.is_set:
            super().handle_exit(sig, frame)
            return
        self.app.gate.leave()
        gevent.spawn(self._end_answers, sig, frame)

    def _end_answers(self, sig: int, frame: Any) -> None:
        latest = monotonic() + self.cfg.graceful_timeout - END_SECONDS
        while monotonic() < latest and (self._under_way or not self.app.gate.turns_away):
            gevent.sleep(LOOK_SECONDS)
        # What is written at the end needs a moment of what is left, so connections do not get all of it.
        self.cfg.set("graceful_timeout", LAST_SECONDS)
        super().handle_exit(sig, frame)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Count a request from its first line to the last byte of its answer."""
        self._under_way += 1
        if self.app.gate.is_leaving:
            # The next request on this connection is for another host.
            req.force_close()
        try:
            return super().handle_request(listener_name, req, sock, addr)
        finally:
            self._under_way -= 1


class Head(Arbiter):
    """gunicorn's, which tells its workers whether all of them are to leave."""

    app: Any

    def stop(self, graceful: bool = True) -> None:
        """End the workers."""
        self.app.stop.set()
        super().stop(graceful)
