"""A provider, or somebody in its place, that lies: none of these answers may sign anybody in."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from tests.fakes.front_door import browser
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, GONE, Lies, MockOp

FOREIGN = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
JSON = {"Content-Type": "application/json"}


def later(seconds: int) -> Callable[[MockOp], int]:
    return lambda _: int(time.time()) + seconds


def by(key: Any, algorithm: str = "ES256") -> Callable[[MockOp, dict[str, Any], dict[str, Any]], str]:
    def sign(_: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jws.serialize_compact({**header, "alg": algorithm}, json.dumps(claims), key, algorithms=[algorithm])

    return sign


def unsigned(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    _, body, _ = jws.serialize_compact({"alg": "ES256"}, json.dumps(claims), op.key, algorithms=["ES256"]).split(".")
    return f"{part({**header, 'alg': 'none'})}.{body}."


def part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def tampered(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, _, signature = jws.serialize_compact(header, json.dumps(claims), op.key, algorithms=["ES256"]).split(".")
    return f"{head}.{part({**claims, 'groups': ['modelport-admins'], 'sub': 'boss'})}.{signature}"


def without_signature(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jws.serialize_compact(header, json.dumps(claims), op.key, algorithms=["ES256"]).rpartition(".")[0] + "."


def hmac_with_our_secret(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return by(OctKey.import_key(CLIENT_SECRET), "HS256")(op, header, claims)


def hmac_with_their_public_key(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    # By hand: no library signs with a public key as if it were a secret.
    message = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    proof = hmac.digest(op.key.as_pem(private=False), message.encode(), hashlib.sha256)
    return f"{message}.{urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def foreign_keys(_: MockOp) -> dict[str, Any]:
    return {"keys": [FOREIGN.as_dict(private=False)]}


def secret_as_key(_: MockOp) -> dict[str, Any]:
    return {"keys": [{**OctKey.import_key(CLIENT_SECRET).as_dict(), "kid": "one"}]}


def page(path: str, status: int, body: str = "", **headers: str) -> dict[str, tuple[int, dict[str, str], bytes]]:
    return {path: (status, {**JSON, **headers}, body.encode())}


def moved(path: str, status: int) -> dict[str, tuple[int, dict[str, str], bytes]]:
    # The provider answers honestly there, so that only the redirect is wrong.
    return page(path, status, Location=f"/moved{path}")


DISCOVERY = "/.well-known/openid-configuration"

LIES = {
    # Claims of the ID token
    "another issuer": Lies(claims={"iss": "https://evil.example"}),
    "the issuer with a slash": Lies(claims={"iss": lambda op: op.issuer + "/"}),
    "no issuer": Lies(claims={"iss": GONE}),
    "issuers as a list": Lies(claims={"iss": lambda op: [op.issuer]}),
    "another audience": Lies(claims={"aud": "another"}),
    "another audience, authorised to us": Lies(claims={"aud": "another", "azp": CLIENT_ID}),
    "other audiences, authorised to us": Lies(claims={"aud": ["another", "third"], "azp": CLIENT_ID}),
    "an audience that contains our name": Lies(claims={"aud": f"{CLIENT_ID}-admin"}),
    "no audience": Lies(claims={"aud": GONE}),
    "no audience, authorised to us": Lies(claims={"aud": GONE, "azp": CLIENT_ID}),
    "an empty audience": Lies(claims={"aud": []}),
    "several audiences, authorised to nobody": Lies(claims={"aud": [CLIENT_ID, "another"]}),
    "several audiences, authorised to another": Lies(claims={"aud": [CLIENT_ID, "another"], "azp": "another"}),
    "our audience, authorised to another": Lies(claims={"azp": "another"}),
    "no subject": Lies(claims={"sub": GONE}),
    "an empty subject": Lies(claims={"sub": ""}, userinfo={"sub": ""}),
    "a blank subject": Lies(claims={"sub": " "}, userinfo={"sub": " "}),
    "a number as subject": Lies(claims={"sub": 7}, userinfo={"sub": 7}),
    "a list as subject": Lies(claims={"sub": ["ada"]}, userinfo={"sub": ["ada"]}),
    "an endless subject": Lies(claims={"sub": "a" * 256}, userinfo={"sub": "a" * 256}),
    "a subject with a line break": Lies(claims={"sub": "ada\nboss"}, userinfo={"sub": "ada\nboss"}),
    "no expiry": Lies(claims={"exp": GONE}),
    "expired 100 s ago": Lies(claims={"exp": later(-100)}),
    "an expiry in words": Lies(claims={"exp": "tomorrow"}),
    "no time of issue": Lies(claims={"iat": GONE}),
    "issued a year ago": Lies(claims={"iat": later(-31_536_000)}),
    "issued in an hour": Lies(claims={"iat": later(3600)}),
    "valid from in an hour": Lies(claims={"nbf": later(3600)}),
    "no nonce": Lies(claims={"nonce": GONE}),
    "another nonce": Lies(claims={"nonce": "another"}),
    "nonces said to be unknown": Lies(claims={"nonce": GONE, "nonce_supported": False}),
    "no nonce but null": Lies(claims={"nonce": None}),
    "a hash of another access token": Lies(claims={"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    # Its signature
    "unsigned where the provider lists it": Lies(
        sign=unsigned,
        claims={"at_hash": GONE},
        metadata={"id_token_signing_alg_values_supported": ["ES256", "none"]},
    ),
    "unsigned": Lies(sign=unsigned, claims={"at_hash": GONE}),
    "unsigned where only that is listed": Lies(
        sign=unsigned, claims={"at_hash": GONE}, metadata={"id_token_signing_alg_values_supported": ["none"]}
    ),
    "signed with our own secret": Lies(sign=hmac_with_our_secret),
    "signed with our own secret where that is listed": Lies(
        sign=hmac_with_our_secret, metadata={"id_token_signing_alg_values_supported": ["ES256", "HS256"]}
    ),
    "signed with our own secret, published as key": Lies(
        sign=hmac_with_our_secret,
        keys=secret_as_key,
        metadata={"id_token_signing_alg_values_supported": ["HS256"]},
    ),
    "signed with the public key as a secret": Lies(
        sign=hmac_with_their_public_key, metadata={"id_token_signing_alg_values_supported": ["ES256", "HS256"]}
    ),
    "signed by a stranger": Lies(sign=by(FOREIGN)),
    "signed by a stranger under an unknown name": Lies(sign=by(FOREIGN), header={"kid": "two"}),
    "signed by a stranger who encloses the key": Lies(
        sign=by(FOREIGN), header={"kid": GONE, "jwk": FOREIGN.as_dict(private=False)}
    ),
    "signed by a stranger who names an address for keys": Lies(
        sign=by(FOREIGN), header={"jku": "https://evil.example/keys"}
    ),
    "signed by a stranger whose keys stand in the metadata": Lies(
        sign=by(FOREIGN), metadata={"jwks": lambda op: foreign_keys(op)}
    ),
    "changed after it was signed": Lies(sign=tampered),
    "its signature cut off": Lies(sign=without_signature),
    "an extension that must be understood": Lies(header={"crit": ["exotic"], "exotic": 1}),
    "an algorithm that is not in the metadata": Lies(metadata={"id_token_signing_alg_values_supported": ["RS256"]}),
    # The token response
    "no ID token": Lies(token={"id_token": GONE}),
    "no ID token but null": Lies(token={"id_token": None}),
    "an ID token that is none": Lies(token={"id_token": "hello"}),
    "an ID token as an object": Lies(token={"id_token": {"sub": "ada"}}),
    "no access token": Lies(token={"access_token": GONE}, claims={"at_hash": GONE}),
    "another kind of token": Lies(token={"token_type": "mac"}),
    "no kind of token": Lies(token={"token_type": GONE}),
    "an error with status 200": Lies(token={"error": "invalid_grant"}),
    "a page instead of tokens": Lies(pages=page("/token", 200, "<html></html>")),
    "a list instead of tokens": Lies(pages=page("/token", 200, "[]")),
    "a fault instead of tokens": Lies(pages=page("/token", 500, "{}")),
    "a redirect instead of tokens": Lies(pages=moved("/token", 307)),
    "tokens without end": Lies(endless="/token"),
    # Userinfo
    "userinfo about somebody else": Lies(userinfo={"sub": "boss"}),
    "userinfo about nobody": Lies(userinfo={"sub": GONE}),
    "userinfo as a list": Lies(pages=page("/userinfo", 200, "[]")),
    "userinfo that fails": Lies(pages=page("/userinfo", 500, "{}")),
    "userinfo that leads elsewhere": Lies(pages=moved("/userinfo", 302)),
    # The answer in the browser
    "an answer from another provider": Lies(answer={"iss": "https://evil.example"}),
    "an answer that should say who it is from": Lies(metadata={"authorization_response_iss_parameter_supported": True}),
    "an answer without a code": Lies(answer={"code": GONE}),
    "an answer with an empty code": Lies(answer={"code": ""}),
    "an answer with two codes": Lies(answer={"code": lambda _: ["one", "two"]}),
    "a code that was never given": Lies(answer={"code": "guessed"}),
    "an answer without a state": Lies(answer={"state": GONE}),
    "an answer with another state": Lies(answer={"state": "guessed"}),
    "a refusal": Lies(answer={"code": GONE, "error": "access_denied"}),
    "a refusal together with a code": Lies(answer={"error": "access_denied"}),
    # Discovery and keys
    "metadata of another issuer": Lies(metadata={"issuer": "https://evil.example"}),
    "metadata of an issuer with a slash": Lies(metadata={"issuer": lambda op: op.issuer + "/"}),
    "metadata without an issuer": Lies(metadata={"issuer": GONE}),
    "metadata without keys": Lies(metadata={"jwks_uri": GONE}),
    "metadata without a token endpoint": Lies(metadata={"token_endpoint": GONE}),
    "a script as authorization endpoint": Lies(metadata={"authorization_endpoint": "javascript:alert(1)"}),
    "a plain http token endpoint": Lies(metadata={"token_endpoint": "http://token.example/token"}),
    "metadata that is a list": Lies(pages=page(DISCOVERY, 200, "[]")),
    "metadata that is a page": Lies(pages=page(DISCOVERY, 200, "<html></html>")),
    "metadata that leads elsewhere": Lies(pages=moved(DISCOVERY, 302)),
    "metadata that is missing": Lies(pages=page(DISCOVERY, 404, "{}")),
    "no key at all": Lies(keys=lambda _: {"keys": []}),
    "keys that are none": Lies(keys=lambda _: {"keys": [{"kty": "EC"}]}),
    "keys that are a list": Lies(keys=lambda _: []),
    "keys that lead elsewhere": Lies(pages=moved("/jwks", 302)),
    "keys of a stranger": Lies(keys=foreign_keys),
}


@pytest.mark.parametrize("lies", LIES.values(), ids=LIES.keys())
def test_no_lie_signs_anybody_in(portal: Flask, op: MockOp, lies: Lies) -> None:
    op.lies = lies
    ada = browser(portal)
    answer = ada.get("/auth/login?go=1")
    if answer.status_code == 302:
        answer = ada.come_back(op, answer.headers["Location"])
    assert answer.status_code in (400, 503)
    assert ada.cookie() is None
    assert 'class="mp-panel"' in answer.text


def test_there_are_more_lies_than_were_measured() -> None:
    assert len(LIES) >= 56


@pytest.mark.parametrize(
    "lies",
    [
        Lies(),
        Lies(claims={"aud": [CLIENT_ID]}),
        Lies(claims={"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}),
        Lies(claims={"at_hash": GONE}),
        Lies(claims={"exp": later(-20)}),
        Lies(claims={"iat": later(20)}),
        Lies(header={"kid": GONE}),
        Lies(header={"typ": "JWT"}),
        Lies(token={"token_type": "bearer"}),
        Lies(token={"expires_in": GONE}),
        Lies(answer={"iss": lambda op: op.issuer}),
        Lies(answer={"iss": lambda op: op.issuer}, metadata={"authorization_response_iss_parameter_supported": True}),
        Lies(metadata={"userinfo_endpoint": GONE}),
        Lies(metadata={"scopes_supported": GONE}),
        Lies(metadata={"id_token_signing_alg_values_supported": ["none", "HS256", "ES256"]}),
        Lies(metadata={"verify": False, "scope": "everything", "response_type": "token", "default_timeout": 0.001}),
        Lies(keys=lambda op: {"keys": [{"kty": "AKP", "kid": "new"}, op.key.as_dict(private=False)]}),
        Lies(keys=lambda op: {"keys": ["?", {"kty": "EC", "crv": "P-7"}, op.key.as_dict(private=False)]}),
        Lies(answer={"session_state": "x.y"}),
    ],
)  # fmt: skip
def test_what_honest_providers_do_signs_in(portal: Flask, op: MockOp, lies: Lies) -> None:
    op.lies = lies
    assert browser(portal).sign_in(op).status_code == 302


def test_what_failed_is_said_without_the_token(portal: Flask, op: MockOp, caplog: pytest.LogCaptureFixture) -> None:
    op.lies = Lies(claims={"aud": "another"})
    answer = browser(portal).sign_in(op)
    assert "did not pass our checks (aud)" in answer.text
    assert "eyJ" not in caplog.text
    assert CLIENT_SECRET not in caplog.text


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_a_wrong_time_points_at_the_clocks(portal: Flask, op: MockOp, claim: str) -> None:
    op.lies = Lies(claims={claim: later(-3600 if claim == "exp" else 3600)})
    assert "Compare the clocks of both servers." in browser(portal).sign_in(op).text


def test_a_refusal_of_the_provider_is_put_into_words(portal: Flask, op: MockOp) -> None:
    op.lies = Lies(answer={"code": GONE, "error": "access_denied", "error_description": "<b>no</b>"})
    answer = browser(portal).sign_in(op)
    assert "did not let you in, or you cancelled" in answer.text
    assert "<b>no</b>" not in answer.text


def test_an_answer_by_form_is_not_taken(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    path, _, query = op.authorize(ada.leave()).removeprefix(ada.origin).partition("?")
    assert ada.post(path, data=query, content_type="application/x-www-form-urlencoded").status_code == 401
    assert not ada.is_signed_in
