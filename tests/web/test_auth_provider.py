"""The provider as a server: absent, slow, replaced keys, its own authority; and what is asked of it how often."""

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from app.web.auth.client import Arrival, OidcSettings, Provider, ProviderDown, SignInFailed
from app.web.auth.desk import Desk, desk, open_desk
from tests.fakes.certificates import Flaw, make_certificate
from tests.fakes.front_door import browser
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, Lies, MockOp, mock_op

CALLBACK = "https://modelport.example/auth/callback"
DISCOVERY = "/.well-known/openid-configuration"


def provider_at(issuer: str, secret: str = CLIENT_SECRET, ca_file: Path | None = None, scopes: str = "") -> Provider:
    return Provider(OidcSettings(issuer, CLIENT_ID, secret, CALLBACK, scopes, str(ca_file) if ca_file else None))


class Clock:
    """Time for the caches of one provider."""

    def __init__(self, provider: Provider) -> None:
        self.passed = 0.0
        provider._client.now = lambda: 1000.0 + self.passed


@pytest.fixture
def provider(op: MockOp) -> Provider:
    return provider_at(op.issuer)


def walk(provider: Provider, op: MockOp) -> Arrival:
    leaving = provider.departure()
    query = op.authorize(leaving.url).partition("?")[2]
    answer = dict(pair.split("=") for pair in query.split("&"))
    return provider.arrival(answer, leaving.nonce, leaving.verifier)


def test_making_a_provider_asks_nothing(op: MockOp, provider: Provider) -> None:
    assert op.requests == []
    assert provider.standing().ready


def test_metadata_and_keys_are_asked_for_once_an_hour(op: MockOp, provider: Provider) -> None:
    clock = Clock(provider)
    for _ in range(3):
        walk(provider, op)
    assert (op.requests.count(DISCOVERY), op.requests.count("/jwks")) == (1, 1)
    clock.passed = 3601
    walk(provider, op)
    assert (op.requests.count(DISCOVERY), op.requests.count("/jwks")) == (2, 2)


def test_a_new_key_under_a_new_name_is_fetched(op: MockOp, provider: Provider) -> None:
    clock = Clock(provider)
    walk(provider, op)
    clock.passed = 31
    op.key, op.lies = ECKey.generate_key("P-256", {"kid": "two"}), Lies(header={"kid": "two"})
    assert walk(provider, op).subject == "ada"


def test_a_new_key_under_the_same_name_is_fetched(op: MockOp, provider: Provider) -> None:
    clock = Clock(provider)
    walk(provider, op)
    clock.passed = 31
    op.key = ECKey.generate_key("P-256", {"kid": "one"})
    assert walk(provider, op).subject == "ada"


@pytest.mark.parametrize("name", ["one", "unknown"])
def test_forged_tokens_do_not_make_us_ask_for_keys_again_and_again(op: MockOp, provider: Provider, name: str) -> None:
    walk(provider, op)
    key = op.key
    op.key, op.lies = ECKey.generate_key("P-256", {"kid": name}), Lies(header={"kid": name}, keys=public(key))
    for _ in range(5):
        with pytest.raises(SignInFailed):
            walk(provider, op)
    assert op.requests.count("/jwks") == 1


def public(key: ECKey):  # type: ignore[no-untyped-def]
    return lambda _: {"keys": [key.as_dict(private=False)]}


@pytest.fixture
def impatient(op: MockOp) -> Provider:
    provider = provider_at(op.issuer)
    provider._client._adapter.seconds = 0.2
    return provider


def test_a_provider_that_never_answers_is_given_up(op: MockOp, impatient: Provider) -> None:
    op.lies = Lies(hang=DISCOVERY)
    began = time.monotonic()
    assert impatient.standing().reason == "It took longer than 5 seconds to answer."
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/userinfo"])
def test_an_answer_that_drips_is_given_up(op: MockOp, impatient: Provider, path: str) -> None:
    op.lies = Lies(drip=path)
    began = time.monotonic()
    with pytest.raises(ProviderDown):
        walk(impatient, op)
    assert time.monotonic() - began < 1.5


def test_a_provider_that_is_down_is_asked_every_two_seconds_whoever_looks() -> None:
    with mock_op() as op:
        op.lies = Lies(pages={DISCOVERY: (503, {}, b"")})
        provider = provider_at(op.issuer)
        reasons = {provider.standing().reason for _ in range(20)}
    assert reasons == {"It answered with status 503."}
    assert len(op.requests) == 1


def test_a_provider_that_comes_up_is_found(op: MockOp, provider: Provider) -> None:
    op.lies = Lies(pages={DISCOVERY: (503, {}, b"")})
    assert not provider.standing().ready
    op.lies, provider._down_at = Lies(), float("-inf")
    assert provider.standing().ready


def test_sign_ins_at_one_moment_do_not_disturb_each_other(op: MockOp, provider: Provider) -> None:
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: walk(provider, op).subject, range(24)))
    assert people == ["ada"] * 24
    assert op.requests.count(DISCOVERY) == 1


@pytest.mark.parametrize(
    ("pages", "metadata", "reason"),
    [
        ({DISCOVERY: (302, {"Location": "/moved"}, b"")}, {}, "Its answer was a redirect, which is not followed."),
        ({DISCOVERY: (200, {}, b"<html>")}, {}, "Its answer was not JSON."),
        ({"/jwks": (500, {}, b"")}, {}, "It answered with status 500."),
        ({"/jwks": (200, {}, b'{"keys": []}')}, {}, "Its keys cannot be read."),
        ({"/jwks": (200, {}, b'{"keys": [{"kty": "oct", "k": "AAAA"}]}')}, {}, "Its keys cannot be read."),
        ({}, {"issuer": "https://other.example"}, "Its metadata names the issuer 'https://other.example' instead of"),
        ({}, {"token_endpoint": ""}, "Its metadata has no token_endpoint."),
        ({}, {"id_token_signing_alg_values_supported": ["HS256"]}, "It signs with no algorithm that can be trusted"),
        ({}, {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "It takes a client's secret neither"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    op: MockOp, provider: Provider, pages: dict[str, tuple[int, dict[str, str], bytes]], metadata: object, reason: str
) -> None:
    op.lies = Lies(pages=pages, metadata=metadata)  # type: ignore[arg-type]
    standing = provider.standing()
    assert (standing.ready, standing.reason.startswith(reason)) == (False, True), standing.reason
    assert "\n" not in standing.reason


@pytest.fixture
def secure_op(tmp_path: Path) -> Iterator[tuple[MockOp, Path]]:
    certificate = make_certificate(tmp_path / "tls", Flaw.NONE)
    with mock_op(certificate.server_context()) as op:
        yield op, certificate.ca


def test_the_operators_authority_is_trusted_and_others_are_not(secure_op: tuple[MockOp, Path]) -> None:
    op, ca = secure_op
    assert walk(provider_at(op.issuer, ca_file=ca), op).subject == "ada"
    refused = provider_at(op.issuer).standing()
    assert refused.reason.startswith("Its certificate is not trusted here.")


def test_an_https_issuer_may_not_send_us_to_http(secure_op: tuple[MockOp, Path]) -> None:
    op, ca = secure_op
    op.lies = Lies(metadata={"token_endpoint": op.issuer.replace("https:", "http:") + "/token"})
    assert "token_endpoint that is not an https address" in provider_at(op.issuer, ca_file=ca).standing().reason


@pytest.mark.parametrize(
    ("secret", "methods", "way"),
    [
        ("plain-secret", None, "basic"),
        ("plain-secret", ["client_secret_post"], "form"),
        ("pl+a:i n%", ["client_secret_post"], "form"),
        ("pl+a:i n%", ["client_secret_post", "client_secret_basic"], "basic"),
    ],
)
def test_the_clients_secret_goes_where_it_is_understood(
    op: MockOp, secret: str, methods: list[str] | None, way: str
) -> None:
    op.lies = Lies(metadata={"token_endpoint_auth_methods_supported": methods} if methods else {})
    walk(provider_at(op.issuer, secret), op)
    form = op.token_requests[0]
    if way == "form":
        assert (form["client_secret"], form["_authorization"]) == (secret, "")
    else:
        encoded = secret.replace("%", "%25").replace("+", "%2B").replace(":", "%3A").replace(" ", "+")
        assert base64.b64decode(form["_authorization"].removeprefix("Basic ")).decode() == f"{CLIENT_ID}:{encoded}"


@pytest.mark.parametrize(
    ("wanted", "offered", "asked"),
    [
        ("", ["openid", "groups"], "openid+profile+email+groups"),
        ("", ["openid", "roles"], "openid+profile+email"),
        ("", None, "openid+profile+email"),
        ("profile roles", ["openid", "groups"], "openid+profile+roles"),
    ],
)
def test_the_scopes(op: MockOp, wanted: str, offered: list[str] | None, asked: str) -> None:
    op.lies = Lies(metadata={"scopes_supported": offered})
    assert f"scope={asked}&" in provider_at(op.issuer, scopes=wanted).departure().url


def test_userinfo_fills_what_the_id_token_leaves_out(op: MockOp, provider: Provider) -> None:
    op.lies = Lies(claims={"groups": None, "name": None})
    arrival = walk(provider, op)
    assert (arrival.id_claims["groups"], arrival.userinfo["groups"]) == (None, ["modelport-admins"])


def test_no_secret_is_seen_when_values_are_printed(op: MockOp, provider: Provider) -> None:
    arrival = walk(provider, op)
    assert CLIENT_SECRET not in repr(provider.settings)
    assert "eyJ" not in repr(arrival)


def with_provider(app: Flask, provider: Provider) -> Flask:
    with app.app_context():
        open_desk(app, Desk(provider, desk().rules))
    return app


def test_the_sign_in_page_waits_for_a_provider_that_starts(portal: Flask) -> None:
    page = browser(with_provider(portal, provider_at("http://127.0.0.1:9"))).get("/auth/login?next=/help")
    assert page.status_code == 200
    assert "The identity provider is starting." in page.text
    assert "No connection to 127.0.0.1:9." in page.text
    assert 'hx-get="/auth/login?next=/help" hx-trigger="every 2s"' in page.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text


def test_after_a_minute_it_no_longer_counts_as_starting(portal: Flask) -> None:
    provider = provider_at("http://127.0.0.1:9")
    provider._born -= 61
    page = browser(with_provider(portal, provider)).get("/auth/login")
    assert "The identity provider does not answer." in page.text


def test_the_waiting_page_asks_for_its_part_until_the_button_is_there(portal: Flask, op: MockOp) -> None:
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    op.lies = Lies(pages={DISCOVERY: (503, {}, b"")})
    person, provider = browser(portal), provider_at(op.issuer)
    with_provider(portal, provider)
    waiting = person.get("/auth/login", headers=part)
    op.lies, provider._down_at = Lies(), float("-inf")
    ready = person.get("/auth/login", headers=part)
    assert [each.text.strip().partition("\n")[0].startswith('<div id="provider"') for each in (waiting, ready)]
    assert ("hx-trigger" in waiting.text, "hx-trigger" in ready.text) == (True, False)
    assert 'id="sign-in"' in ready.text


def test_pressing_sign_in_while_the_provider_is_down_says_so(portal: Flask) -> None:
    answer = browser(with_provider(portal, provider_at("http://127.0.0.1:9"))).get("/auth/login?go=1&next=/help")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "No connection to 127.0.0.1:9." in answer.text


def test_a_provider_that_fails_half_way_is_named(portal: Flask, op: MockOp) -> None:
    op.lies = Lies(pages={"/token": (502, {}, b"")})
    answer = browser(portal).sign_in(op)
    assert (answer.status_code, "provider failed. It answered with status 502." in answer.text) == (503, True)
