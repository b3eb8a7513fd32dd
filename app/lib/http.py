"""The one outbound door.

Everything that leaves this process over HTTP goes through here: judged addresses (app/lib/dial.py), no redirects, no
proxies from the environment, a deadline that holds in every phase, capped bodies, and a stop that closes the socket.
"""

import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.lib.bodies import plain, read_capped
from app.lib.budget import Budget
from app.lib.cancel import Cancel, Deadline
from app.lib.certificates import read_chain
from app.lib.dial import Dial, Route, read_proxy
from app.lib.egress import Policy, Refusal
from app.lib.egress_trial import EgressTrial, try_out
from app.lib.http_errors import Code, OutboundError
from app.lib.http_request import build, settled
from app.lib.http_values import Answer, Call, Limits, Stage, StageName
from app.lib.lanes import Lane, LaneKey, Lanes
from app.lib.streams import SocketStream
from app.lib.tls import SYSTEM_ROOTS, BadCertificate, Contexts, TlsOptions, lacks_intermediate, without_verification
from app.lib.urls import Address
from app.lib.wire import httpcore, httpx

__all__ = ["Answer", "Call", "Code", "Door", "Limits", "OutboundError", "Stage", "StageName", "Streaming"]

DEFAULT_LIMITS = Limits()
LOOK_SECONDS = 1.0
VERDICT_SECONDS = 0.3
_ERROR_STATUS = 400
# So it looks when a mail server has said its greeting and waits, or a database has hung up on a request.
_NO_ANSWER = frozenset({Code.BROKEN, Code.FIRST_BYTE_TIMEOUT})
_SEEN_ENOUGH = frozenset({Code.PLAIN_HTTP_ON_HTTPS, Code.BAD_CERTIFICATE, Code.STOPPED})
# What nginx and Go answer in plain HTTP on a port that expects TLS, and nginx in HTTP where others send TLS alerts.
_SAID_IN_HTTP = {
    b"plain HTTP request was sent to HTTPS port": Code.HTTPS_ON_HTTP,
    b"HTTP request to an HTTPS server": Code.HTTPS_ON_HTTP,
    b"<center>No required SSL certificate was sent</center>": Code.TLS_CLIENT_CERTIFICATE,
    b"<center>The SSL certificate error</center>": Code.TLS_CLIENT_CERTIFICATE,
}


class Streaming:
    """An open answer: `status`, `headers` (lower-case names) and `first_byte_ms` are known, the body is to come."""

    def __init__(
        self, response: httpx.Response, lane: Lane, budget: Budget, silence: float | None, first_byte_ms: int
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self.first_byte_ms = first_byte_ms
        self._response = response
        self._lane = lane
        self._budget = budget
        self._silence = silence

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, once; raises OutboundError."""
        return plain(self._raw(), self.headers.get("content-encoding", ""))

    def _raw(self) -> Iterator[bytes]:
        assert isinstance(self._response.stream, httpx.SyncByteStream)
        source = iter(self._response.stream)
        while True:
            self._budget.enter(Code.SILENCE_TIMEOUT, self._silence)
            try:
                chunk = next(source, None)
            except (httpcore.ProtocolError, httpcore.NetworkError) as error:
                raise self._lane.explain(error) from error
            if chunk is None:
                return
            yield chunk


class Door:
    """Thread-safe; one per process."""

    def __init__(
        self, policy: Policy, ca_file: str | None = None, proxy: str | None = None, user_agent: str = "python"
    ) -> None:
        """`proxy`, http://[user:password@]host:port, is used for public addresses only.

        Raises BadAddress for the proxy and BadCertificate for the file of authorities.
        """
        self._contexts = Contexts(ca_file)
        if ca_file:
            # A file that holds no certificate is told at the start; without one there is nothing that could be wrong.
            self._contexts.for_options(SYSTEM_ROOTS)
        self._dial = Dial(policy, read_proxy(proxy) if proxy else None)
        self._lanes = Lanes(self._dial, self._contexts)
        self._user_agent = user_agent
        # Idle connections do not outlive a door that nobody closed.
        weakref.finalize(self, self._lanes.close)

    def send(self, call: Call, limits: Limits = DEFAULT_LIMITS, cancel: Cancel | None = None) -> Answer:
        """Sends and reads the whole answer; raises OutboundError."""
        started = time.monotonic()
        with self.stream(call, limits, cancel) as answer:
            _refuse_oversized(answer, limits.max_body)
            body, more = read_capped(answer.chunks(), limits.max_body)
        if more and answer.status < _ERROR_STATUS:
            raise OutboundError(Code.TOO_LARGE)
        _refuse_told(answer.status, body)
        return Answer(answer.status, answer.headers, body, _since(started), answer.first_byte_ms, more)

    @contextmanager
    def stream(self, call: Call, limits: Limits = DEFAULT_LIMITS, cancel: Cancel | None = None) -> Iterator[Streaming]:
        """Opens an answer whose body is read as it arrives; raises OutboundError.

        Leaving the block closes the connection, unless the body was read to its end.
        """
        started = time.monotonic()
        request = build(call, self._user_agent)
        budget = Budget(limits.total, limits.connect, limits.first_byte, cancel, call.secret)
        origin = Address(call.address.scheme, call.address.host, call.address.port)
        lane = self._lanes.take(LaneKey(origin, call.tls, call.secret))
        try:
            with budget.holding():
                budget.check()
                lane.board(budget)
                response = self._open(lane, request, budget, limits)
                try:
                    yield Streaming(response, lane, budget, limits.silence, _since(started))
                finally:
                    response.close()
        finally:
            self._lanes.give_back(lane)

    def stages(
        self,
        address: Address,
        tls: TlsOptions = SYSTEM_ROOTS,
        deadline: Deadline | None = None,
        cancel: Cancel | None = None,
        connect: float = DEFAULT_LIMITS.connect,
        secret: bool = False,
    ) -> Iterator[Stage]:
        """Yields dns, connect and (https) tls as each ends, then closes; raises OutboundError where it fails.

        `secret`: calls that carry a key are to follow, so what keeps a key from going there is told here already.
        """
        total = deadline.left() if deadline else 3 * connect
        budget = Budget(total, connect, cancel=cancel, secret=secret)
        with budget.holding():
            started = time.monotonic()
            route = self._dial.find(settled(address), budget)
            yield Stage(StageName.DNS, _since(started), resolved=len(route.ips) or None)
            started = time.monotonic()
            stream = self._dial.reach(route, budget)
            try:
                yield Stage(StageName.CONNECT, _since(started))
                if address.scheme == "https":
                    yield self._encrypt(stream, route, tls, budget)
            finally:
                stream.close()

    def _encrypt(self, stream: SocketStream, route: Route, tls: TlsOptions, budget: Budget) -> Stage:
        try:
            context = self._contexts.for_options(tls)
        except BadCertificate as error:
            raise OutboundError(Code.BAD_CERTIFICATE) from error
        # Not before: making a context is our work, and takes longer than many a handshake.
        started = time.monotonic()
        try:
            secured = stream.start_tls(context, tls.name_for(route.host))
        except OutboundError as error:
            if error.permanent and error.code not in _SEEN_ENOUGH:
                self._look_closer(error, route, tls, budget)
            raise
        milliseconds = _since(started)
        try:
            secured.await_verdict(VERDICT_SECONDS)
        except OutboundError as error:
            error.chain = read_chain(secured.sent_chain)
            raise
        return Stage(StageName.TLS, milliseconds, chain=read_chain(secured.sent_chain), tls_version=secured.version)

    def _open(self, lane: Lane, request: httpx.Request, budget: Budget, limits: Limits) -> httpx.Response:
        try:
            return lane.handle_request(request)
        except OutboundError as error:
            if limits.resends and error.code is Code.BROKEN and lane.may_resend():
                return self._open(lane, request, budget, limits)
            origin = lane.key.origin
            if error.code in _NO_ANSWER and lane.speaks_otherwise:
                error.code = Code.BAD_HTTP
            elif limits.curious and error.code is Code.BROKEN and origin.scheme == "http" and not lane.heard:
                self._look_for_tls(error, lane.key, budget.cancel)
            raise

    def _look_for_tls(self, error: OutboundError, key: LaneKey, cancel: Cancel) -> None:
        """A server that expects TLS often hangs up without a word: ask in its own language, sending nothing else."""
        budget = Budget(LOOK_SECONDS, LOOK_SECONDS, cancel=cancel)
        with budget.holding():
            try:
                stream = self._dial.reach(self._dial.find(key.origin, budget), budget)
                stream.start_tls(without_verification(), key.tls.name_for(key.origin.host)).close()
            except OutboundError as found:
                if found.code is not Code.TLS_CLIENT_CERTIFICATE:
                    return
        error.code = Code.HTTPS_ON_HTTP

    def _look_closer(self, error: OutboundError, route: Route, tls: TlsOptions, budget: Budget) -> None:
        """Reads the chain that failed, over a second connection on which nothing is sent, not our certificate either.

        A server that demands one ends that handshake, but has shown its own chain by then.
        """
        try:
            stream = self._dial.reach(route, budget)
        except OutboundError:
            return
        try:
            sent = stream.look_at_chain(without_verification(), tls.name_for(route.host))
        finally:
            stream.close()
        error.chain = read_chain(sent)
        if error.code is Code.TLS_UNKNOWN_CA and lacks_intermediate(sent, self._contexts.for_options(tls)):
            error.code = Code.TLS_MISSING_INTERMEDIATE

    def refusal(self, address: Address, *, keyed: bool = False) -> Refusal | None:
        """Why an address is refused as it is written; `keyed`: a key goes with the calls.

        Nothing is looked up: what a name resolves to is judged when it is called, each time.
        """
        return self._dial.judge_written(address, keyed=keyed)

    def try_out(self, address: Address) -> EgressTrial:
        """What would become of a call: the host is looked up, every answer judged, and nothing connected."""
        return try_out(self._dial, address)

    def close(self) -> None:
        """Closes the idle connections."""
        self._lanes.close()


def _refuse_oversized(answer: Streaming, cap: int | None) -> None:
    declared = answer.headers.get("content-length", "")
    if cap is not None and answer.status < _ERROR_STATUS and declared.isdigit() and int(declared) > cap:
        raise OutboundError(Code.TOO_LARGE)


def _refuse_told(status: int, body: bytes) -> None:
    if status == _ERROR_STATUS:
        for hint, code in _SAID_IN_HTTP.items():
            if hint in body:
                raise OutboundError(code)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
