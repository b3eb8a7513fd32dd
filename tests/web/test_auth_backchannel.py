"""Back-channel logout: the provider's own word ends sessions at once, and nobody else's does."""

import time
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.config import Settings
from app.web.auth.logout_tokens import EVENT
from tests.fakes.forgeries import (
    FOREIGN,
    by,
    hmac_with_our_secret,
    hmac_with_their_public_key,
    later,
    tampered,
    unsigned,
    with_an_extension,
    without_signature,
)
from tests.fakes.front_door import Browser, browser, ports_of
from tests.fakes.mock_op import CLIENT_ID, GONE, Lies, MockOp, changed
from tests.fixtures.portal import Build
from tests.fixtures.stock import audit_rows

PATH = "/auth/backchannel-logout"

# What differs from an honest token, and all of which is refused.
LIES = {
    "another issuer": Lies(claims={"iss": "https://evil.example"}),
    "no issuer": Lies(claims={"iss": GONE}),
    "another audience": Lies(claims={"aud": "another"}),
    "an audience that contains our name": Lies(claims={"aud": f"{CLIENT_ID}-admin"}),
    "no audience": Lies(claims={"aud": GONE}),
    "no time of issue": Lies(claims={"iat": GONE}),
    "issued a while ago": Lies(claims={"iat": later(-700)}),
    "issued in an hour": Lies(claims={"iat": later(3600)}),
    "issued in words": Lies(claims={"iat": "now"}),
    "issued at true": Lies(claims={"iat": True}),
    "expired": Lies(claims={"exp": later(-60)}),
    "no expiry": Lies(claims={"exp": GONE}),
    "no id": Lies(claims={"jti": GONE}),
    "an empty id": Lies(claims={"jti": ""}),
    "a number as id": Lies(claims={"jti": 7}),
    "an endless id": Lies(claims={"jti": "j" * 256}),
    "no event": Lies(claims={"events": GONE}),
    "another event": Lies(claims={"events": {"http://schemas.openid.net/event/other": {}}}),
    "the event as text": Lies(claims={"events": EVENT}),
    "the event as a list": Lies(claims={"events": [EVENT]}),
    "an event that is no object": Lies(claims={"events": {EVENT: "yes"}}),
    "a nonce": Lies(claims={"nonce": "n"}),
    "a nonce that is null": Lies(claims={"nonce": None}),
    "nobody and no session": Lies(claims={"sub": GONE, "sid": GONE}),
    "a number as subject": Lies(claims={"sub": 7}),
    "a list as session": Lies(claims={"sid": ["s-1"]}),
    "the type of an access token": Lies(header={"typ": "at+jwt"}),
    "the type of another event": Lies(header={"typ": "secevent+jwt"}),
    "unsigned": Lies(sign=unsigned),
    "signed by a stranger": Lies(sign=by(FOREIGN)),
    "signed by a stranger under an unknown name": Lies(sign=by(FOREIGN), header={"kid": "two"}),
    "signed with our own secret": Lies(sign=hmac_with_our_secret),
    "signed with the public key as a secret": Lies(sign=hmac_with_their_public_key),
    "changed after it was signed": Lies(sign=tampered),
    "its signature cut off": Lies(sign=without_signature),
    "an extension that must be understood": Lies(sign=with_an_extension),
}
HONEST = {
    "nothing else": Lies(),
    "the audience as a list": Lies(claims={"aud": ["another", CLIENT_ID]}),
    "the person alone": Lies(claims={"sid": GONE}),
    "the session alone": Lies(claims={"sub": GONE}),
    "no type": Lies(header={"typ": GONE}),
    "a plain type": Lies(header={"typ": "JWT"}),
    "its type in full": Lies(header={"typ": "application/logout+jwt"}),
    "more than is asked for": Lies(claims={"trace": "x"}),
}


def logout_token(op: MockOp, lies: Lies | None = None, **claims: Any) -> str:
    """As the provider makes it when Ada's session s-1 is over there."""
    lies, now = lies or Lies(), int(time.time())
    honest = {
        "iss": op.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": f"jti-{time.monotonic_ns()}",
        "events": {EVENT: {}},
        "sub": "ada",
        "sid": "s-1",
    }
    header = changed(op, {"alg": "ES256", "kid": "one", "typ": "logout+jwt"}, lies.header)
    return lies.sign(op, header, changed(op, changed(op, honest, lies.claims), claims))


def tell(portal: Flask, token: str, address: str = "127.0.0.1") -> TestResponse:
    """What the provider's server sends: no cookie, no token of ours, no header of a browser."""
    return browser(portal).post(
        PATH, own=False, data={"logout_token": token}, environ_overrides={"REMOTE_ADDR": address}
    )


def signed_in(portal: Flask, op: MockOp, sid: str | None = "s-1") -> Browser:
    op.person["sid"] = sid
    person = browser(portal)
    assert person.sign_in(op).status_code == 302
    return person


def test_nothing_but_the_providers_word_ends_a_session(portal: Flask, op: MockOp) -> None:
    ada, ended = signed_in(portal, op), []
    for name, lies in LIES.items():
        answer = tell(portal, logout_token(op, lies))
        if answer.status_code != 400 or answer.json["error"] != "invalid_request" or not ada.is_signed_in:
            ended.append((name, answer.status_code))
    assert ended == []
    assert len(LIES) >= 30


def test_the_providers_word_ends_it(portal: Flask, op: MockOp) -> None:
    left = []
    for name, lies in HONEST.items():
        ada = signed_in(portal, op)
        answer = tell(portal, logout_token(op, lies))
        if answer.status_code != 200 or answer.headers["Cache-Control"] != "no-store" or ada.is_signed_in:
            left.append((name, answer.status_code, answer.text))
    assert left == []


def test_an_old_cookie_is_refused_in_every_worker_at_once(build: Build, signing_in: Settings, op: MockOp) -> None:
    one, other = build(signing_in), build(signing_in)
    ada = signed_in(one, op)
    there = browser(other)
    there.client.set_cookie("modelport", ada.cookie() or "", domain="127.0.0.1")
    assert there.is_signed_in
    assert tell(other, logout_token(op)).status_code == 200
    assert not ada.is_signed_in
    assert not there.is_signed_in


def test_a_session_by_name_leaves_the_persons_others_alone(portal: Flask, op: MockOp) -> None:
    first, second = signed_in(portal, op, "s-1"), signed_in(portal, op, "s-2")
    assert tell(portal, logout_token(op)).status_code == 200
    assert [first.is_signed_in, second.is_signed_in] == [False, True]
    assert tell(portal, logout_token(op, sid=GONE)).status_code == 200
    assert not second.is_signed_in


def test_a_token_works_once(portal: Flask, op: MockOp) -> None:
    token = logout_token(op)
    assert tell(portal, token).status_code == 200
    again = signed_in(portal, op)
    assert (tell(portal, token).status_code, again.is_signed_in) == (400, True)


def test_the_answer_does_not_tell_whether_anybody_was_there(portal: Flask, op: MockOp) -> None:
    signed_in(portal, op)
    answers = [tell(portal, logout_token(op, sub=name, sid=GONE)) for name in ("ada", "nobody-here")]
    assert answers[0].data == answers[1].data
    assert {answer.status_code for answer in answers} == {200}
    assert [row.person_name for row in audit_rows(ports_of(portal).store, "session:end_by_provider")] == ["Ada Admin"]


NO_TOKENS: list[dict[str, Any]] = [
    {"data": {}},
    {"data": "logout_token=a&logout_token=b", "content_type": "application/x-www-form-urlencoded"},
    {"json": {"logout_token": "x"}},
    {"data": {"logout_token": "x" * 30_000}},
    {"data": {"logout_token": "a.b.c"}},
]


def test_what_is_no_token_is_refused_in_json(portal: Flask) -> None:
    for sent in NO_TOKENS:
        answer = browser(portal).post(PATH, own=False, **sent)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request"), sent


def test_refused_tokens_are_counted_apart_from_sign_ins(portal: Flask, op: MockOp) -> None:
    statuses = [tell(portal, "x").status_code for _ in range(61)]
    assert statuses == [400] * 60 + [429]
    assert tell(portal, logout_token(op), address="192.0.2.7").status_code == 200
    assert browser(portal).get("/auth/login?go=1").status_code == 302


def test_while_the_providers_keys_cannot_be_had_it_is_to_ask_again(portal: Flask, op: MockOp) -> None:
    op.lies = Lies(pages={"/jwks": (500, {}, b"")})
    answer = tell(portal, logout_token(op))
    assert (answer.status_code, answer.headers["Retry-After"], answer.mimetype) == (503, "5", "application/json")
