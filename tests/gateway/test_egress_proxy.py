"""Where the only way out is a forward proxy: calls and sign-in take it, and the guard decides before it is asked."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from app.config import Settings
from app.domain.roles import Actor
from app.lib.http import Call
from app.lib.http_errors import Code, OutboundError
from app.lib.urls import parse
from app.services.ports import Ports
from app.web.auth.client import OidcSettings, Provider, ProviderDown
from app.web.context import KEY
from tests.fakes.certificates import make_certificate
from tests.fakes.forward_proxy import ForwardProxy
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, MockOp, mock_op
from tests.fakes.upstream import Upstream
from tests.fixtures.portal import Build
from tests.fixtures.stock import assign
from tests.gateway.conftest import Caller, endpoint_at

MODELS = "models.invalid:8000"
FORBIDDEN = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.2.1/",
    "http://denied.invalid/v1",
)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[ForwardProxy]:
    """It alone knows where the model server is."""
    with ForwardProxy() as proxy:
        proxy.places[MODELS] = int(upstream.url.split(":")[2].partition("/")[0])
        yield proxy


@pytest.fixture
def app(settings: Settings, build: Build, proxy: ForwardProxy) -> Flask:
    return build(settings.model_copy(update={"egress_proxy": proxy.setting, "egress_deny": ("denied.invalid",)}))


@pytest.fixture
def ports(app: Flask) -> Ports:
    found: Ports = app.extensions[KEY].ports
    return found


def test_feature_calls_take_the_proxy(ports: Ports, ada: Actor, caller: Caller, proxy: ForwardProxy) -> None:
    assign(ports, ada, "duo_chat", endpoint_at(ports, ada, f"http://{MODELS}/v1"))
    assert caller.chat().json["choices"][0]["message"]["content"] == "It works."
    assert caller.chat(stream=True).text.endswith("data: [DONE]\n\n")
    assert set(proxy.asked) == {f"CONNECT {MODELS}"}


def test_the_guard_decides_before_the_proxy_is_asked(ports: Ports, proxy: ForwardProxy) -> None:
    for address in FORBIDDEN:
        with pytest.raises(OutboundError) as refused:
            ports.door.send(Call("GET", parse(address)))
        assert refused.value.code is Code.REFUSED_BY_POLICY, address
    assert proxy.asked == []


def test_a_name_that_the_proxy_does_not_know_is_told_as_that(ports: Ports, proxy: ForwardProxy) -> None:
    with pytest.raises(OutboundError) as failed:
        ports.door.send(Call("GET", parse("http://nobody.invalid/v1")))
    assert failed.value.code is Code.PROXY_FAILED
    assert proxy.asked == ["CONNECT nobody.invalid:80"]


def oidc(op: MockOp, ca_file: Path, proxy: ForwardProxy) -> OidcSettings:
    callback = "https://modelport.example/auth/callback"
    return OidcSettings(op.issuer, CLIENT_ID, CLIENT_SECRET, callback, ca_file=str(ca_file), proxy=proxy.setting)


def test_a_provider_in_a_private_network_is_asked_directly(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with ForwardProxy() as proxy, mock_op(certificate.server_context()) as op:
        assert Provider(oidc(op, certificate.ca, proxy)).standing().ready
        assert (proxy.asked, len(op.requests)) == ([], 2)


def test_sign_in_takes_the_proxy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the provider were outside.
    monkeypatch.setattr("app.web.auth.transport.resolve", lambda *_: (IPv4Address("203.0.114.7"),))
    certificate = make_certificate(tmp_path)
    with ForwardProxy() as proxy, mock_op(certificate.server_context()) as op:
        place = op.issuer.removeprefix("https://")
        settings = oidc(op, certificate.ca, proxy)
        with pytest.raises(ProviderDown):
            Provider(settings).departure()
        proxy.places[place] = int(place.rpartition(":")[2])
        provider = Provider(settings)
        leaving = provider.departure()
        answer = dict(parse_qsl(op.authorize(leaving.url).partition("?")[2]))
        assert provider.arrival(answer, leaving.nonce, leaving.verifier).subject == "ada"
        assert set(proxy.asked) == {f"CONNECT {place}"}
        assert len(op.requests) == len(proxy.asked) - 1
