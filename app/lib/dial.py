"""From a host name to a connected socket: resolved once, every answer judged, the judged address connected to.

Never "check, then fetch by name": the second look-up of a name may be answered by someone else (DNS rebinding).
"""

import errno
import os
import socket
import threading
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import unquote, urlsplit

from app.lib.budget import WRITE, Budget
from app.lib.cancel import Deadline
from app.lib.egress import Policy, Refusal
from app.lib.http_errors import Code, OutboundError
from app.lib.networks import IP, as_ip
from app.lib.streams import SocketStream
from app.lib.urls import Address, BadAddress, parse
from app.lib.wire import httpcore

LOOPBACK = IPv4Address("127.0.0.1")
MAX_PROXY_HEAD = 16 * 1024
# Of several addresses that failed, the failure that says most is shown.
_TELLING = (Code.CONNECT_REFUSED, Code.CONNECT_TIMEOUT, Code.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The operator's way out: HTTP CONNECT, with credentials where the setting holds some."""

    address: Address
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({self.address})"


def read_proxy(text: str) -> Proxy:
    """From http://[user:password@]host:port; raises BadAddress."""
    parts = urlsplit(text)
    user_info, at, host = parts.netloc.rpartition("@")
    if parts.scheme != "http":
        raise BadAddress("scheme", "A proxy's address begins with http:// and holds host and port.")
    address = parse(f"http://{host}")
    if not at:
        return Proxy(address)
    return Proxy(address, "Basic " + b64encode(unquote(user_info).encode()).decode())


@dataclass(frozen=True, slots=True)
class Route:
    """A host and port with its judged addresses; none when only the proxy knows the name."""

    host: str
    port: int
    ips: tuple[IP, ...]
    proxied: bool = False


class Dial:
    """Finds and connects; holds no state of a call."""

    def __init__(self, policy: Policy, proxy: Proxy | None = None) -> None:
        self.policy = policy
        self.proxy = proxy

    def find(self, address: Address, budget: Budget) -> Route:
        """Resolves and judges; raises OutboundError."""
        budget.enter(Code.DNS_TIMEOUT, budget.connect)
        try:
            ips = resolve(address.host, address.port, budget)
        except OutboundError as error:
            if self.proxy is None or error.code is not Code.DNS_FAILED:
                raise
            ips = ()
        for ip in ips or (None,):
            self._judge(address, ip, budget)
        return Route(address.host, address.port, ips, self.goes_by_proxy(ips))

    def goes_by_proxy(self, ips: Iterable[IP | None]) -> bool:
        """Whether the operator's proxy makes the connection; None stands for what only the proxy can look up."""
        return self.proxy is not None and all(ip is None or self.policy.is_public(ip) for ip in ips)

    def _judge(self, address: Address, ip: IP | None, budget: Budget) -> None:
        refusal = self.policy.judge(ip, address.port, address.host)
        if refusal is None and budget.secret:
            refusal = self.policy.may_carry_key(address, ip)
        if refusal:
            raise OutboundError(Code.REFUSED_BY_POLICY, refusal)

    def judge_written(self, address: Address, *, keyed: bool) -> Refusal | None:
        """The same without a look-up: of names, only those are judged that say by themselves where they lead."""
        here = address.host == "localhost" or address.host.endswith(".localhost")  # RFC 6761 6.3
        ip = LOOPBACK if here else as_ip(address.host)
        refusal = self.policy.judge(ip, address.port, address.host)
        return refusal or (self.policy.may_carry_key(address, ip) if keyed and ip else None)

    def reach(self, route: Route, budget: Budget) -> SocketStream:
        """Connects to a judged address; raises OutboundError."""
        budget.enter(Code.CONNECT_TIMEOUT, budget.connect)
        if not route.proxied or self.proxy is None:
            return _connect_any(route.ips, route.port, budget)
        try:
            return _through(self.proxy, route, budget)
        except (OutboundError, httpcore.WriteError) as error:
            budget.check()
            raise OutboundError(Code.PROXY_FAILED) from error


def resolve(host: str, port: int, budget: Budget) -> tuple[IP, ...]:
    """The addresses of a host, in the system's order; raises OutboundError.

    The system's look-up cannot be interrupted, so a thread of its own does it and is left behind when the call ends.
    """
    if ip := as_ip(host):
        return (ip,)
    answers: list[Any] = []
    done = threading.Event()
    threading.Thread(target=_look_up, args=(host, port, answers, done), daemon=True).start()
    with budget.cancel.upon_stop(done.set):
        done.wait(budget.left())
    budget.check()
    if not answers or isinstance(answers[0], Exception):
        raise OutboundError(Code.DNS_FAILED) from (answers[0] if answers else None)
    found = (str(answer[4][0]) for answer in answers[0] if answer[0] in (socket.AF_INET, socket.AF_INET6))
    ips = tuple(ip for ip in dict.fromkeys(as_ip(text) for text in found) if ip is not None)
    if not ips:
        raise OutboundError(Code.DNS_FAILED)
    return ips


def _look_up(host: str, port: int, answers: list[Any], done: threading.Event) -> None:
    try:
        answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP))
    except (OSError, UnicodeError) as error:
        answers.append(error)
    finally:
        done.set()


def _connect_any(ips: tuple[IP, ...], port: int, budget: Budget) -> SocketStream:
    failures: list[OutboundError] = []
    phase = Deadline(budget.left())
    for number, ip in enumerate(ips):
        budget.enter(Code.CONNECT_TIMEOUT, phase.left() / (len(ips) - number))
        try:
            return _connect(ip, port, budget)
        except OutboundError as error:
            if error.code not in _TELLING:
                raise
            failures.append(error)
    raise min(failures, key=lambda failure: _TELLING.index(failure.code))


def _connect(ip: IP, port: int, budget: Budget) -> SocketStream:
    family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise OutboundError(Code.UNREACHABLE) from error
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        budget.hold(sock)
        _await_connection(sock, ip, port, budget)
    except BaseException:
        sock.close()
        raise
    return SocketStream(sock, ip, budget)


def _await_connection(sock: socket.socket, ip: IP, port: int, budget: Budget) -> None:
    number = sock.connect_ex((str(ip), port))
    if number == errno.EINPROGRESS:
        budget.wait(sock, WRITE)
        budget.check()
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    peer = _peer(sock) if number == 0 else ""
    if number == errno.ECONNRESET or (number == 0 and not peer):
        # Taken and hung up at once. Nothing can be sent here any more, and whoever sends or reads is told so.
        budget.check()
        return
    if number == 0 and as_ip(peer) != ip:
        number = errno.ENOTCONN
    if number:
        budget.check()
        cause = OSError(number, os.strerror(number))
        if number == errno.ECONNREFUSED:
            raise OutboundError(Code.CONNECT_REFUSED) from cause
        raise OutboundError(Code.CONNECT_TIMEOUT if number == errno.ETIMEDOUT else Code.UNREACHABLE) from cause


def _peer(sock: socket.socket) -> str:
    try:
        return str(sock.getpeername()[0])
    except OSError:
        return ""


def _through(proxy: Proxy, route: Route, budget: Budget) -> SocketStream:
    port = proxy.address.port
    stream = _connect_any(resolve(proxy.address.host, port, budget), port, budget)
    try:
        _open_tunnel(stream, route, proxy.authorization)
    except BaseException:
        stream.close()
        raise
    return stream


def _open_tunnel(stream: SocketStream, route: Route, authorization: str | None) -> None:
    target = f"[{route.host}]:{route.port}" if ":" in route.host else f"{route.host}:{route.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if authorization:
        lines.append(f"Proxy-Authorization: {authorization}")
    stream.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = b""
    # One byte at a time: what follows the head belongs to the tunnel.
    while not head.endswith(b"\r\n\r\n") and len(head) < MAX_PROXY_HEAD:
        byte = stream.read(1)
        if not byte:
            break
        head += byte
    status = head.partition(b"\r\n")[0].split(b" ")
    if len(status) < 2 or not status[0].startswith(b"HTTP/1.") or not status[1].startswith(b"2"):
        raise OutboundError(Code.PROXY_FAILED)
    stream.first_byte = None
