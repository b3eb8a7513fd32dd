"""The token and the keys of models are in no address, text, log or error."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from app.clients.gitlab.client import GitLab, Instance
from app.domain.instance import Provider
from app.domain.instance_troubles import InstanceError
from tests.clients.gitlab_script import (
    KEY,
    NODE,
    SHAPE_19,
    TOKEN,
    VALUES,
    Line,
    answer,
    complaint,
    gitlab,
    models_page,
    page,
)

Act = Callable[[GitLab], Any]
WITH_KEY: tuple[Act, ...] = (
    lambda client: client.create(SHAPE_19, VALUES, KEY),
    lambda client: client.update(SHAPE_19, NODE["id"], VALUES, KEY),
    lambda client: client.check(SHAPE_19, VALUES, KEY),
)
WITHOUT: tuple[Act, ...] = (
    GitLab.read,
    GitLab.features,
    GitLab.duo_settings,
    GitLab.health,
    GitLab.about,
    lambda client: client.model(NODE["id"], SHAPE_19),
    lambda client: client.delete(NODE["id"]),
    lambda client: client.assign("duo_chat", Provider.DISABLED),
)
SAID = f"Do not\nsay {TOKEN}\x07 or {KEY}"
LINES: tuple[Line, ...] = (
    complaint(SAID),
    complaint(SAID, status=422),
    complaint(SAID, data={"x": 1}),
    page(SAID),
    page(SAID, "", 403),
    page(SAID, "", 404),
    page(SAID, "", 503),
    answer(SAID, 200, "text/plain"),
    answer({"message": SAID}, 400),
    answer("", 302, location=f"https://{TOKEN}.example/{KEY}"),
    answer("", 302, location=f"https://{KEY}.example/{TOKEN}"),
)


def _failure(act: Act, line: Line) -> InstanceError | None:
    client, door, _ = gitlab(line)
    try:
        act(client)
    except InstanceError as error:
        return error
    finally:
        assert all(TOKEN not in f"{call!r}{call.address}{call.query}{json.dumps(call.json)}" for call in door.calls)
        assert not any(KEY in repr(call) for call in door.calls)
    return None


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("act", WITH_KEY + WITHOUT)
def test_no_secret_is_in_an_error(act: Act, line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = _failure(act, line)
    if error is not None:
        hidden = (TOKEN, KEY, "\n", "\x07") if act in WITH_KEY else (TOKEN, "\n", "\x07")
        shown = f"{error!r} {error} {error.message} {error.words}"
        assert [each for each in hidden if each in shown] == []
    assert TOKEN not in caplog.text
    assert KEY not in caplog.text


def test_most_of_these_are_errors() -> None:
    """GitLab.about passes over what is not there; everything else has to say something."""
    assert all(_failure(act, line) for act in (*WITH_KEY, *WITHOUT) for line in LINES if act is not GitLab.about)


@pytest.mark.parametrize("act", [GitLab.health, GitLab.duo_settings])
def test_what_gitlab_tells_is_shown_without_its_secrets(act: Act) -> None:
    probe = {"success": False, "name": "p", "message": SAID, "errors": [SAID]}
    told = {"cloudConnectorStatus": {"probeResults": [probe]}, "duoSettings": {"aiGatewayUrl": f"http://u:{TOKEN}@g"}}
    client, _, _ = gitlab(answer({"data": told}))
    assert TOKEN not in repr(act(client))


@pytest.mark.parametrize("payload", [{"errors": [SAID]}, {"result": {"success": False, "message": SAID}}])
def test_a_failed_check_does_not_show_the_key(payload: dict[str, Any]) -> None:
    client, _, _ = gitlab(answer({"data": {"aiSelfHostedModelConnectionCheck": payload}}))
    health = client.check(SHAPE_19, VALUES, KEY)
    assert not health.success
    assert "[redacted]" in health.message
    assert KEY not in repr(health)


def test_the_token_goes_in_one_header_to_one_address() -> None:
    client, door, _ = gitlab(models_page(NODE))
    client.models(SHAPE_19)
    [call] = door.calls
    assert str(call.address) == "https://git.example/gitlab/api/graphql"
    assert (call.headers["authorization"], call.secret) == (f"Bearer {TOKEN}", True)
    assert TOKEN not in repr(Instance(call.address, TOKEN))
