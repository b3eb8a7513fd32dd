"""What each kind of answer from GitLab, or from something in its place, is taken for."""

import time
from typing import Any

import pytest

from app.domain.instance_troubles import InstanceError
from app.lib.http import Code, OutboundError
from tests.clients.gitlab_script import KEY, NOT_YOURS, SHAPE_19, VALUES, Line, answer, complaint, gitlab, page


def read(*lines: Line) -> InstanceError:
    """The failure of a read that gets these answers."""
    client, _, _ = gitlab(*lines)
    with pytest.raises(InstanceError) as found:
        client.models(SHAPE_19)
    return found.value


def changed(*lines: Line) -> InstanceError:
    """The failure of a change that gets these answers."""
    client, _, _ = gitlab(*lines)
    with pytest.raises(InstanceError) as found:
        client.create(SHAPE_19, VALUES, KEY)
    return found.value


LOGIN = page("Sign in", '<form action="/users/sign_in"><input type="password"></form>')
SAML = page("Working", '<form method="post" action="https://idp.example/sso"><input name="SAMLRequest"></form>', 200)
ALIKE: list[tuple[str, Line, str, str]] = [
    ("elsewhere", answer("", 301, location="https://other.example/api/graphql?token=t"), "redirected", "https://other.example"),
    ("with a name", answer("", 302, location="https://u:p@other.example:8443/x"), "redirected",
     "https://other.example:8443"),
    ("by path", answer("", 302, location="/moved"), "redirected", "https://git.example"),
    ("nowhere", answer("", 302), "redirected", "status 302"),
    ("no address", answer("", 302, location="https://[::1"), "redirected", "status 302"),
    ("sign in", answer("", 302, location="https://git.example/users/sign_in?x=1"), "sign_in_page", "https://git.example"),
    ("oauth", answer("", 302, location="https://id.example/oauth/authorize?state=s"), "sign_in_page", "https://id.example"),
    ("proxy", answer("", 302, location="/oauth2/start?rd=x"), "sign_in_page", "https://git.example"),
    ("login form", LOGIN, "sign_in_page", ""),
    ("saml", SAML, "sign_in_page", ""),
    ("login 403", page("Log in", '<form action="/oauth2/start">', 403), "sign_in_page", ""),
    ("basic", answer("no", 401, "text/plain", www_authenticate='Basic realm="x"'), "sign_in_page", ""),
    ("no token", complaint("Invalid token", status=401), "token_refused", ""),
    ("told so", complaint("Invalid token"), "token_refused", "Invalid token"),
    ("scope", answer({"error": "insufficient_scope", "scope": "api"}, 403), "token_scope", ""),
    ("scope header", answer("", 403, www_authenticate='Bearer error="insufficient_scope"'), "token_scope", ""),
    ("blocked", answer({"message": "403 Forbidden - Your account is blocked."}, 403), "forbidden",
     "403 Forbidden - Your account is blocked."),
    ("firewall", page("Go away", "", 403), "forbidden", "a page titled “Go away”, status 403"),
    ("nothing there", page("Not found", "", 404), "not_gitlab", "a page titled “Not found”, status 404"),
    ("too many", answer("Retry later\n", 429, "text/plain"), "rate_limited", ""),
    ("too many 2", complaint("This endpoint has been requested too many times."), "rate_limited",
     "This endpoint has been requested too many times."),
    ("maintenance", answer({"message": "under maintenance"}, 503), "unavailable", "under maintenance"),
    ("older", complaint("Field 'provider' doesn't exist on type 'AiSelfHostedModel'"), "too_old",
     "Field 'provider' doesn't exist on type 'AiSelfHostedModel'"),
    ("odd", complaint("Query has complexity of 400", status=422), "refused", "Query has complexity of 400"),
    ("bad request", answer({"message": "nope"}, 400), "refused", "nope"),
    ("gone away", page("Teapot", "", 418), "not_gitlab", "a page titled “Teapot”, status 418"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "words"), [row[1:] for row in ALIKE], ids=[row[0] for row in ALIKE])
@pytest.mark.parametrize("fails", [read, changed])
def test_these_mean_the_same_for_reads_and_changes(fails: Any, line: Line, code: str, words: str) -> None:
    error = fails(line)
    assert (error.code, error.words) == (code, words)


READS: list[tuple[str, Line, str, str]] = [
    ("page", page("My blog"), "not_gitlab", "a page titled “My blog”, status 200"),
    ("no title", answer("<p>Hi", 200, "text/html"), "not_gitlab", "a page without a title, status 200"),
    ("text", answer("pong", 200, "text/plain"), "not_gitlab", "a text that begins “pong”, status 200"),
    ("empty", answer("", 204), "not_gitlab", "an empty answer, status 204"),
    ("other JSON", answer({"ok": True}), "not_gitlab", "JSON of another kind, status 200"),
    ("list", answer([1]), "not_gitlab", "JSON of another kind, status 200"),
    ("cut off", answer('{"data": {"aiSelf'), "not_gitlab", "JSON of another kind, status 200"),
    ("deep", answer("[" * 100_000), "not_gitlab", "JSON of another kind, status 200"),
    ("crash", complaint("Internal server error", status=500), "unavailable", "Internal server error"),
    ("bad gateway", page("GitLab is not responding", "", 502), "unavailable",
     "a page titled “GitLab is not responding”, status 502"),
    ("null", answer({"data": {"aiSelfHostedModels": None}}), "no_licence", "its answer is null."),
    ("said so", complaint(NOT_YOURS, data={"aiSelfHostedModels": None}), "no_licence", NOT_YOURS),
    ("timed out", complaint("Request timed out", data={"aiSelfHostedModels": None}), "incomplete", "Request timed out"),
    ("timed out whole", complaint("Request timed out"), "unavailable", "Request timed out"),
    ("a row's error", complaint(NOT_YOURS, data={"aiSelfHostedModels": {"nodes": []}}), "incomplete", NOT_YOURS),
    ("refused", complaint("No such enum"), "refused", "No such enum"),
    ("policy", OutboundError(Code.REFUSED_BY_POLICY), "unreachable",
     "The rules for outbound calls refuse this address."),
    ("silence", OutboundError(Code.FIRST_BYTE_TIMEOUT), "unreachable",
     "The server took the request and did not begin to answer in time."),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "words"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_of_reads(line: Line, code: str, words: str) -> None:
    error = read(line)
    assert (error.code, error.words) == (code, words)


CREATED = {"aiSelfHostedModelCreate": {"errors": [], "selfHostedModel": None}}
CHANGES: list[tuple[str, Line, str, str]] = [
    ("page", page("My blog"), "unclear", ""),
    ("cut off", answer('{"data": {"aiSelf'), "unclear", ""),
    ("other JSON", answer({"ok": True}), "unclear", ""),
    ("crash", complaint("Internal server error", status=500), "unclear", ""),
    ("bad gateway", page("GitLab is not responding", "", 502), "unclear", ""),
    ("gateway timeout", page("Timeout", "", 504), "unclear", ""),
    ("timed out", complaint("Request timed out.", status=503), "unclear", ""),
    ("crash in 200", complaint("Internal server error"), "unclear", "Internal server error"),
    ("null", answer({"data": {"aiSelfHostedModelCreate": None}}), "unclear", ""),
    ("no model", answer({"data": CREATED}), "unclear", ""),
    ("broke off", complaint(NOT_YOURS, data=CREATED), "unclear", NOT_YOURS),
    ("not yours", complaint(NOT_YOURS, data={"aiSelfHostedModelCreate": None}), "forbidden", NOT_YOURS),
    ("refused", answer({"data": {"aiSelfHostedModelCreate": {"errors": ["Name has already been taken", "No"]}}}),
     "refused", "Name has already been taken; No"),
    ("field", complaint("Variable $input was provided invalid value for provider (Field is not defined on X)"),
     "too_old", "Variable $input was provided invalid value for provider (Field is not defined on X)"),
    *((code, OutboundError(code), "unclear", "") for code in (
        Code.FIRST_BYTE_TIMEOUT, Code.SILENCE_TIMEOUT, Code.TOTAL_TIMEOUT, Code.BROKEN, Code.BAD_HTTP, Code.TOO_LARGE,
    )),
    *((code, OutboundError(code), "unreachable", OutboundError(code).sentence) for code in (
        Code.REFUSED_BY_POLICY, Code.DNS_FAILED, Code.CONNECT_REFUSED, Code.CONNECT_TIMEOUT, Code.TLS_UNKNOWN_CA,
        Code.TLS_HANDSHAKE, Code.HTTPS_ON_HTTP, Code.BAD_HEADER,
    )),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "words"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_of_changes(line: Line, code: str, words: str) -> None:
    error = changed(line)
    assert (error.code, error.words) == (code, words)


def test_long_words_are_cut() -> None:
    assert len(read(complaint("x" * 9000)).words) == 300


def test_the_words_say_each_thing_once() -> None:
    assert read(complaint("One", "Two", "One")).words == "One; Two"


def test_a_page_made_to_be_slow_to_read_is_not() -> None:
    started = time.thread_time()
    assert read(page("x", "<form action=/a " * 4000)).code == "not_gitlab"
    assert read(page("x", "<form " + "action=/a " * 6000)).code == "not_gitlab"
    assert time.thread_time() - started < 0.5
