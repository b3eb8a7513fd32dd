"""A provider, or somebody in its place, that lies: none of these answers may sign anybody in."""

import pytest
from flask import Flask

from app.web.auth.client import Provider
from app.web.auth.desk import Desk, desk, open_desk
from tests.fakes.forgeries import (
    FOREIGN,
    by,
    foreign_keys,
    hmac_with_our_secret,
    hmac_with_their_public_key,
    later,
    secret_as_key,
    tampered,
    unsigned,
    with_an_extension,
    without_signature,
)
from tests.fakes.front_door import Browser, browser
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, GONE, Lies, MockOp

JSON = {"Content-Type": "application/json"}


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
    "an extension that must be understood": Lies(sign=with_an_extension),
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
    "a refusal with another state": Lies(answer={"code": GONE, "error": "access_denied", "state": "guessed"}),
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


HONEST = {
    "nothing else": Lies(),
    "the audience as a list": Lies(claims={"aud": [CLIENT_ID]}),
    "several audiences, authorised to us": Lies(claims={"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}),
    "no hash of the access token": Lies(claims={"at_hash": GONE}),
    "expired 20 s ago": Lies(claims={"exp": later(-20)}),
    "issued in 20 s": Lies(claims={"iat": later(20)}),
    "no name of the key": Lies(header={"kid": GONE}),
    "a type": Lies(header={"typ": "JWT"}),
    "a kind of token in small letters": Lies(token={"token_type": "bearer"}),
    "no time to live": Lies(token={"expires_in": GONE}),
    "who the answer is from": Lies(answer={"iss": lambda op: op.issuer}),
    "who the answer is from, as promised": Lies(
        answer={"iss": lambda op: op.issuer}, metadata={"authorization_response_iss_parameter_supported": True}
    ),
    "no userinfo": Lies(metadata={"userinfo_endpoint": GONE}),
    "no scopes": Lies(metadata={"scopes_supported": GONE}),
    "bad algorithms beside a good one": Lies(
        metadata={"id_token_signing_alg_values_supported": ["none", "HS256", "ES256"]}
    ),
    "names that a library would take for options": Lies(
        metadata={"verify": False, "scope": "everything", "response_type": "token", "default_timeout": 0.001}
    ),
    "a key of a new kind": Lies(
        keys=lambda op: {"keys": [{"kty": "AKP", "kid": "new"}, op.key.as_dict(private=False)]}
    ),
    "keys that cannot be read": Lies(
        keys=lambda op: {"keys": ["?", {"kty": "EC", "crv": "P-7"}, op.key.as_dict(private=False)]}
    ),
    "the state of a session there": Lies(answer={"session_state": "x.y"}),
    "claims that others vouch for": Lies(
        claims={"_claim_names": {"address": "src1"}, "_claim_sources": {"src1": {"JWT": "e30.e30.e30"}}}
    ),
    "claims that lie elsewhere": Lies(
        userinfo={"_claim_names": {"age": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x.example"}}}
    ),
}

# The modules of the OpenID Foundation's plans for relying parties (Basic, Config) that have a case here.
PLANS = {
    "oidcc-client-test": "nothing else",
    "oidcc-client-test-nonce-invalid": "another nonce",
    "oidcc-client-test-kid-absent-single-jwks": "no name of the key",
    "oidcc-client-test-missing-iat": "no time of issue",
    "oidcc-client-test-missing-aud": "no audience",
    "oidcc-client-test-invalid-aud": "another audience",
    "oidcc-client-test-missing-sub": "no subject",
    "oidcc-client-test-invalid-iss": "another issuer",
    "oidcc-client-test-idtoken-sig-none": "unsigned",
    "oidcc-client-test-invalid-sig-es256": "changed after it was signed",
    "oidcc-client-test-invalid-sig-rs256": "signed by a stranger",
    "oidcc-client-test-invalid-sig-hs256": "signed with our own secret",
    "oidcc-client-test-userinfo-invalid-sub": "userinfo about somebody else",
    "oidcc-client-test-invalid-athash": "a hash of another access token",
    "oidcc-client-test-ignores-unparseable-key-in-jwks": "keys that cannot be read",
    "oidcc-client-test-aggregated-claims": "claims that others vouch for",
    "oidcc-client-test-distributed-claims": "claims that lie elsewhere",
    "oidcc-client-test-discovery-openid-config": "no scopes",
    "oidcc-client-test-discovery-issuer-mismatch": "metadata of another issuer",
}


def try_to_sign_in(portal: Flask, op: MockOp, lies: Lies) -> tuple[Browser, int, str]:
    """Through a provider that nobody knows yet; the browser, and the status and text of the last answer."""
    op.lies = lies
    with portal.app_context():
        open_desk(portal, Desk(Provider(desk().provider.settings), desk().rules))
    ada = browser(portal)
    answer = ada.get("/auth/login?go=1")
    if answer.status_code == 302:
        answer = ada.come_back(op, answer.headers["Location"])
    return ada, answer.status_code, answer.text


def test_no_lie_signs_anybody_in(portal: Flask, op: MockOp) -> None:
    accepted = []
    for name, lies in LIES.items():
        ada, status, text = try_to_sign_in(portal, op, lies)
        if ada.cookie() is not None or status not in (400, 503) or 'class="mp-panel"' not in text:
            accepted.append((name, status))
    assert accepted == []
    assert len(LIES) >= 60


def test_what_honest_providers_do_signs_in(portal: Flask, op: MockOp) -> None:
    statuses = {name: try_to_sign_in(portal, op, lies)[1] for name, lies in HONEST.items()}
    assert {name for name, status in statuses.items() if status != 302} == set()


def test_the_conformance_plans_modules_have_a_case_each() -> None:
    assert set(PLANS.values()) <= LIES.keys() | HONEST.keys()


def test_a_key_without_a_name_among_several_is_a_refusal_or_a_sign_in(portal: Flask, op: MockOp) -> None:
    lies = Lies(
        header={"kid": GONE}, keys=lambda op: {"keys": [foreign_keys(op)["keys"][0], op.key.as_dict(private=False)]}
    )
    assert try_to_sign_in(portal, op, lies)[1] in (302, 400)


def test_an_error_with_a_forged_state_tells_nothing_of_what_it_says(portal: Flask, op: MockOp) -> None:
    _, status, text = try_to_sign_in(portal, op, LIES["a refusal with another state"])
    assert (status, "This sign-in is over" in text, "did not let you in" in text) == (400, True, False)


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


def test_an_answer_by_form_is_not_taken_and_says_what_to_change(portal: Flask, op: MockOp) -> None:
    ada = browser(portal)
    path, _, query = op.authorize(ada.leave()).removeprefix(ada.origin).partition("?")
    for sent in (query, "error=access_denied&state=x"):
        answer = ada.post(path, own=False, data=sent, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, "response_mode=query" in answer.text) == (400, True)
    assert not ada.is_signed_in
