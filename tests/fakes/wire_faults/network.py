"""Before TLS: what the rules refuse, names, connections, proxies, and what cannot be sent at all."""

import socket
import threading
from dataclasses import replace

from app.domain.steps import StepResult
from app.lib import urls
from app.lib.egress import Policy
from tests.fakes.faults import Fault
from tests.fakes.probe import IMPATIENT, target_at
from tests.fakes.refusals import Style
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_hand, outside
from tests.lib.raw_peer import Conversation, RawPeer, saying

NAME = "models.corp.example"


def _refused_by_policy(bench: Bench) -> Broken:
    server = bench.server()
    scene = Scene(target_at(server.url), policy=Policy.from_text(prefix="MODELPORT_"))

    def admitted(wrong: StepResult) -> Scene:
        setting = wrong.remedy.partition("MODELPORT_EGRESS_ALLOW=")[2].rstrip(".")
        return replace(scene, policy=Policy.from_text(allow=setting))

    return Broken(scene, admitted)


def _named(bench: Bench) -> Scene:
    return Scene(target_at(f"http://{NAME}:{bench.server().port}/v1"))


def _dns_failed(bench: Bench) -> Broken:
    names = bench.names
    return outside(_named(bench), lambda: names.say(NAME, ["127.0.0.1"]))


def _dns_timeout(bench: Bench) -> Broken:
    names, late = bench.names, threading.Event()
    names.say(NAME, ["127.0.0.1"])
    quick = socket.getaddrinfo
    bench.stack.callback(late.set)

    def slow(*asked: object, **more: object) -> object:
        late.wait(10)
        return quick(*asked, **more)  # type: ignore[arg-type]

    bench.patch.setattr(socket, "getaddrinfo", slow)
    return outside(_named(bench), late.set)


def _elsewhere(bench: Bench, port: int) -> Broken:
    """What the port answers is no model server's; the port is put right."""
    scene = Scene(target_at(f"http://127.0.0.1:{port}/v1"))
    return by_hand(scene, address=urls.parse(bench.server().url))


def _connect_refused(bench: Bench) -> Broken:
    bound = bench.stack.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))
    return _elsewhere(bench, bound.getsockname()[1])


def _connect_timeout(bench: Bench) -> Broken:
    listener = bench.stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(4):
        sock = bench.stack.enter_context(socket.socket())
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
    return _elsewhere(bench, listener.getsockname()[1])


def _proxy_failed(bench: Bench) -> Broken:
    """The proxy leads to the model server once it admits the host."""
    server, admits = bench.server(), threading.Event()

    def script(talk: Conversation) -> None:
        talk.hear()
        if not admits.is_set():
            talk.say(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        talk.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.socket() as inner:
            inner.connect(("127.0.0.1", server.port))
            threading.Thread(target=_pump, args=(talk.sock, inner), daemon=True).start()
            _pump(inner, talk.sock)

    proxy = bench.stack.enter_context(RawPeer(script))
    bench.names.say(NAME, ["8.8.8.8"])
    scene = Scene(target_at(f"http://{NAME}:8000/v1", api_key=None), proxy=f"http://127.0.0.1:{proxy.port}")
    return outside(scene, admits.set)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _bad_address(bench: Bench) -> Broken:
    server = bench.server(models=("dep",), style=Style.AZURE)
    return by_hand(Scene(target_at(server.url, "..", "azure_openai", key_header="api-key")), served_name="dep")


def _bad_header(bench: Bench) -> Broken:
    return by_hand(Scene(target_at(bench.server().url, headers={"X-Tenant": "a\r\nb"})), headers={"X-Tenant": "a"})


def _greeted(bench: Bench) -> Broken:
    """Mail servers speak first, and then wait."""

    def script(talk: Conversation) -> None:
        talk.say(b"220 mail.example ESMTP\r\n")
        talk.hang()

    peer = bench.stack.enter_context(RawPeer(script))
    return replace(
        _elsewhere(bench, peer.port), scene=Scene(target_at(f"http://127.0.0.1:{peer.port}/v1"), pace=IMPATIENT)
    )


def _hung_up_on(bench: Bench) -> Broken:
    """Databases do not understand the request, say so in their own way and hang up."""
    peer = bench.stack.enter_context(RawPeer(saying(b"-ERR unknown command `POST`\r\n")))
    return _elsewhere(bench, peer.port)


def _broken(bench: Bench) -> Broken:
    server = bench.server(Fault.NO_ANSWER)
    return outside(Scene(target_at(server.url)), lambda: server.behave(Fault.NONE))


CASES = (
    Case("refused_by_policy", "address", _refused_by_policy),
    Case("bad_address", "auth", _bad_address),
    Case("bad_header", "auth", _bad_header),
    Case("dns_failed", "dns", _dns_failed),
    Case("dns_timeout", "dns", _dns_timeout),
    Case("connect_refused", "connect", _connect_refused),
    Case("connect_timeout", "connect", _connect_timeout),
    Case("proxy_failed", "connect", _proxy_failed),
    Case("bad_http", "auth", _greeted),
    Case("bad_http", "auth", _hung_up_on),
    Case("broken", "auth", _broken),
)
