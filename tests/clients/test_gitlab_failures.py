"""The client against a GitLab that refuses, fails, or loses its answers on the way."""

import logging
import traceback

import pytest

from app.clients.gitlab.client import GitLab, Instance
from app.domain.instance import Shape
from app.domain.instance_troubles import InstanceError
from app.lib import urls
from app.lib.egress import Policy
from app.lib.http import Door
from tests.clients.gitlab_running import KEY, POOL, code_of, of
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer


@pytest.mark.parametrize("loud", [True, False])
def test_who_may_not_see_them_is_told_that_there_are_none(newer: GitLabServer, loud: bool) -> None:
    newer.state.licensed, newer.state.loud = False, loud
    assert code_of(of(newer).models) == code_of(of(newer).features) == "no_licence"


def test_a_token_that_may_only_read_changes_nothing(newer: GitLabServer) -> None:
    newer.state.scopes = ("read_api",)
    client = of(newer)
    assert client.models() == ()
    assert code_of(lambda: client.delete("gid://gitlab/Ai::SelfHostedModel/1")) == "forbidden"


def test_a_wrong_token_is_refused(newer: GitLabServer) -> None:
    client = of(newer, "glpat-another-token")
    assert code_of(client.read) == code_of(client.about) == "token_refused"


def test_a_narrow_token_is_told_so(newer: GitLabServer) -> None:
    newer.state.scopes = ("read_user",)
    client = of(newer)
    assert (
        code_of(client.models) == code_of(lambda: client.delete("gid://gitlab/Ai::SelfHostedModel/1")) == "token_scope"
    )
    assert client.about().scopes == ("read_user",)


@pytest.mark.parametrize("what", ["token_revoked", "token_active", "/personal_access_tokens/self"])
def test_a_token_that_is_refused_altogether_is_not_called_narrow(newer: GitLabServer, what: str) -> None:
    if what.startswith("/"):
        newer.state.scopes, newer.state.switched_off = ("read_user",), {what}
    else:
        setattr(newer.state, what, what == "token_revoked")
    assert code_of(of(newer).models) == "token_refused"


def test_a_wrong_path_is_not_gitlab(newer: GitLabServer) -> None:
    newer.url += "/elsewhere"
    assert code_of(of(newer).read) == "not_gitlab"


READING = [
    (Kind.BAD_GATEWAY, "unavailable"),
    (Kind.UNAVAILABLE, "unavailable"),
    (Kind.TIMED_OUT, "unavailable"),
    (Kind.INTERNAL, "unavailable"),
    (Kind.RATE_LIMITED, "rate_limited"),
    (Kind.PROXY_PAGE, "not_gitlab"),
    (Kind.EMPTY_BODY, "not_gitlab"),
    (Kind.DEEP_JSON, "not_gitlab"),
    (Kind.INVALID_JSON, "not_gitlab"),
    (Kind.SIGN_IN_PAGE, "sign_in_page"),
    (Kind.SIGN_IN_REDIRECT, "sign_in_page"),
    (Kind.REDIRECT, "redirected"),
    (Kind.FIELD_TIMEOUT, "incomplete"),
    (Kind.PARTIAL, "incomplete"),
    (Kind.CLOSED, "unreachable"),
    (Kind.TRUNCATED, "unreachable"),
    (Kind.HUGE_BODY, "unreachable"),
]


@pytest.mark.parametrize(("kind", "code"), READING)
def test_a_read_that_keeps_failing_says_why(newer: GitLabServer, kind: Kind, code: str) -> None:
    newer.state.add_model("GPU pool")
    newer.faults.add(kind, "aiSelfHostedModels", times=None)
    assert code_of(of(newer).models) == code


@pytest.mark.parametrize("kind", [Kind.RATE_LIMITED, Kind.BAD_GATEWAY, Kind.UNAVAILABLE, Kind.CLOSED, Kind.TRUNCATED])
def test_a_read_that_fails_once_is_repeated(newer: GitLabServer, kind: Kind) -> None:
    newer.state.add_model("GPU pool")
    newer.faults.add(kind, "aiSelfHostedModels")
    assert len(of(newer).models()) == 1


def test_a_page_that_fails_in_the_middle_fails_all_of_it(newer: GitLabServer) -> None:
    for number in range(150):
        newer.state.add_model(f"Model {number}")
    newer.faults.add(Kind.PARTIAL, "aiSelfHostedModels", nth=2)
    assert code_of(of(newer).models) == "incomplete"


def test_a_page_more_than_there_is_is_not_believed(newer: GitLabServer) -> None:
    newer.state.add_model("GPU pool")
    newer.faults.add(Kind.MORE_PROMISED, "aiSelfHostedModels", times=None)
    assert code_of(of(newer).models) == "incomplete"


CHANGING = [
    (Kind.ANSWER_LOST, "unclear"),
    (Kind.TRUNCATED, "unclear"),
    (Kind.INVALID_JSON, "unclear"),
    (Kind.BAD_GATEWAY, "unclear"),
    (Kind.INTERNAL, "unclear"),
    (Kind.TIMED_OUT, "unclear"),
    (Kind.EMPTY_BODY, "unclear"),
    (Kind.HUGE_BODY, "unclear"),
    (Kind.CLOSED, "unclear"),
    (Kind.UNAVAILABLE, "unavailable"),
    (Kind.SIGN_IN_PAGE, "sign_in_page"),
    (Kind.REDIRECT, "redirected"),
]


@pytest.mark.parametrize(("kind", "code"), CHANGING)
def test_a_change_that_fails_says_what_is_known_and_is_not_repeated(newer: GitLabServer, kind: Kind, code: str) -> None:
    client = of(newer)
    shape = client.shape()
    newer.faults.add(kind, "aiSelfHostedModelCreate")
    assert code_of(lambda: client.create(shape, POOL, KEY)) == code
    assert len(newer.state.asked("aiSelfHostedModelCreate")) == 1


def test_what_was_done_before_the_answer_got_lost_is_seen_by_reading(newer: GitLabServer) -> None:
    client = of(newer)
    shape = client.shape()
    newer.faults.add(Kind.ANSWER_LOST, "aiSelfHostedModelCreate")
    assert code_of(lambda: client.create(shape, POOL, KEY)) == "unclear"
    assert [each.values for each in client.models(shape)] == [POOL]


def test_a_change_waits_where_gitlab_asks_it_to(newer: GitLabServer) -> None:
    client = of(newer)
    shape = client.shape()
    newer.faults.add(Kind.RATE_LIMITED, "aiSelfHostedModelCreate", times=2)
    client.create(shape, POOL, KEY)
    assert len(newer.state.mutations) == 1


def test_a_gitlab_that_is_down_is_unreachable() -> None:
    stopped = GitLabServer().start()
    stopped.stop()
    client = of(stopped)
    assert code_of(client.read) == code_of(lambda: client.delete("gid://gitlab/Ai::SelfHostedModel/1")) == "unreachable"


def test_no_log_holds_the_token_or_a_key(newer: GitLabServer, caplog: pytest.LogCaptureFixture) -> None:
    # A portal that was built before quiets these, to which headers and bodies could get.
    for name in (None, "httpcore", "httpx"):
        caplog.set_level(logging.DEBUG, name)
    client = of(newer)
    shape = client.shape()
    client.create(shape, POOL, KEY)
    newer.faults.add(Kind.ANSWER_LOST, "aiSelfHostedModelUpdate")
    assert code_of(lambda: client.update(shape, client.models(shape)[0].id, POOL, KEY)) == "unclear"
    assert caplog.records
    assert newer.token not in caplog.text
    assert KEY not in caplog.text


def test_a_token_that_no_header_can_hold_is_not_quoted(newer: GitLabServer) -> None:
    broken = "\n".join(("first-half", "second-half"))
    with pytest.raises(InstanceError) as found:
        of(newer, broken).models()
    assert found.value.code == "unreachable"
    assert "second-half" not in "".join(traceback.format_exception(found.value))


def test_the_rules_for_outbound_calls_hold_here_too(newer: GitLabServer) -> None:
    client = GitLab(Door(Policy()), Instance(urls.parse(newer.url), newer.token))
    with pytest.raises(InstanceError) as found:
        client.read()
    assert found.value.code == "unreachable"
    assert "leads back to the machine" in found.value.words
    assert newer.state.requests == []


def test_what_19_takes_does_not_go_to_18() -> None:
    """Someone else's shape, as after a downgrade, is refused before anything is done."""
    with GitLabServer("18.9") as older:
        shape = Shape(frozenset({"MISTRAL"}), frozenset(), frozenset({"API"}))
        assert code_of(lambda: of(older).create(shape, POOL, None)) == "too_old"
        assert older.state.mutations == []
