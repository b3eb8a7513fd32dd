"""Encrypted lines: certificates that are not trusted, not the server's, not in time or not asked for; the scheme."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from app.lib import urls
from app.lib.tls import TlsOptions
from tests.fakes.fault_server import FaultServer
from tests.fakes.probe import target_at
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_click, by_hand, outside
from tests.lib.authority import Issuer
from tests.lib.raw_peer import Conversation, RawPeer

ROOT = Issuer.root(organisation="Acme")
ISSUING = ROOT.intermediate("Issuing", "Acme")
GOOD = ROOT.server("localhost")
HOUR = timedelta(hours=1)
Demand = Callable[[ssl.SSLContext], object]


@dataclass(frozen=True)
class Shown:
    """What a server presents: `chain` stands behind its own certificate; `strict` makes its demands."""

    folder: Path
    own: Issuer
    chain: tuple[Issuer, ...] = ()
    strict: Demand = bool

    def server_context(self) -> ssl.SSLContext:
        """The TLS settings of the server's side."""
        context = self.own.context(self.folder, *self.chain)
        self.strict(context)
        return context


def _server(bench: Bench, own: Issuer, *chain: Issuer, strict: Demand = bool) -> FaultServer:
    return bench.server(certificate=Shown(bench.folder, own, chain, strict))


def _scene(server: FaultServer, trusted: Issuer | None = ROOT, **tls: str) -> Scene:
    return Scene(target_at(server.url, tls=TlsOptions(trusted.pem if trusted else None, **tls)))


def _unknown_root(bench: Bench) -> Broken:
    return by_click(_scene(_server(bench, ISSUING.server("localhost"), ISSUING, ROOT), None), "ca_pem")


def _unknown_issuing_authority(bench: Bench) -> Broken:
    """Beside one that is trusted for something else."""
    scene = _scene(_server(bench, ISSUING.server("localhost"), ISSUING), Issuer.root("Another"))
    return by_click(scene, "ca_pem")


def _self_signed(bench: Bench) -> Broken:
    alone = Issuer.alone("localhost")
    return by_click(_scene(_server(bench, alone), None), "ca_pem")


def _unknown_and_not_shown(bench: Bench) -> Broken:
    """The button opens the field, and the authority's certificate is pasted there."""
    scene = _scene(_server(bench, GOOD), None)
    return replace(by_hand(scene, tls=TlsOptions(ROOT.pem)), fix="ca_pem")


def _missing_intermediate(bench: Bench) -> Broken:
    scene = _scene(_server(bench, ISSUING.server("localhost")))
    return replace(by_hand(scene, tls=TlsOptions(ROOT.pem + ISSUING.pem)), fix="ca_pem")


def _other_name(bench: Bench) -> Broken:
    server = _server(bench, ROOT.server("*.models.example", "models.example", "10.0.0.5"))
    return by_click(_scene(server), "tls_server_name")


def _only_wildcards(bench: Bench) -> Broken:
    server = _server(bench, ROOT.server("*.models.example"))
    return by_hand(_scene(server), tls=TlsOptions(ROOT.pem, server_name="gpu-1.models.example"))


def _renewed(starts: timedelta, ends: timedelta) -> Callable[[Bench], Broken]:
    def build(bench: Bench) -> Broken:
        server = _server(bench, ROOT.server("localhost", starts=starts, ends=ends))
        return outside(_scene(server), lambda: server.present(Shown(bench.folder, GOOD)))

    return build


def _demanding(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ROOT.pem)


def _client_certificate(bench: Bench) -> Broken:
    client = ROOT.server("client")
    scene = _scene(_server(bench, GOOD, strict=_demanding))
    return by_hand(scene, tls=TlsOptions(ROOT.pem, client.pem, client.key_pem))


def _old(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")


def _handshake(bench: Bench) -> Broken:
    server = _server(bench, GOOD, strict=_old)
    return outside(_scene(server), lambda: server.present(Shown(bench.folder, GOOD)))


def _silent(bench: Bench) -> Broken:
    peer = bench.stack.enter_context(RawPeer(Conversation.hang))
    right = _scene(_server(bench, GOOD))
    wrong = right.at(address=urls.parse(f"https://localhost:{peer.port}/v1"))
    return by_hand(wrong, address=right.target.address)


def _damaged(bench: Bench) -> Broken:
    right = _scene(_server(bench, GOOD))
    return by_hand(right.at(tls=TlsOptions(ROOT.pem[:200])), tls=right.target.tls)


def _plain_on_https(bench: Bench) -> Broken:
    return by_click(Scene(target_at(bench.server().url.replace("http:", "https:"))), "base_url")


def _https_on_plain(bench: Bench) -> Broken:
    right = _scene(_server(bench, GOOD))
    return by_click(right.at(address=replace(right.target.address, scheme="http")), "base_url")


CASES = (
    Case("tls_unknown_ca", "tls", _unknown_root),
    Case("tls_unknown_ca", "tls", _unknown_issuing_authority),
    Case("tls_unknown_ca", "tls", _self_signed),
    Case("tls_unknown_ca", "tls", _unknown_and_not_shown),
    Case("tls_missing_intermediate", "tls", _missing_intermediate),
    Case("tls_name_mismatch", "tls", _other_name),
    Case("tls_name_mismatch", "tls", _only_wildcards),
    Case("tls_expired", "tls", _renewed(-9 * HOUR, -2 * HOUR)),
    Case("tls_not_yet_valid", "tls", _renewed(2 * HOUR, 9 * HOUR)),
    Case("tls_client_certificate", "tls", _client_certificate),
    Case("tls_handshake", "tls", _handshake),
    Case("tls_timeout", "tls", _silent),
    Case("bad_certificate", "tls", _damaged),
    Case("plain_http_on_https", "tls", _plain_on_https),
    Case("https_on_http", "auth", _https_on_plain),
)
