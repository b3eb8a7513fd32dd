"""What is sent once more, after which pause, and what never is."""

import pytest

from app.domain.instance_troubles import InstanceError
from app.lib.http import Code, OutboundError
from tests.clients.gitlab_script import (
    KEY,
    NODE,
    SHAPE_19,
    VALUES,
    Line,
    answer,
    complaint,
    gitlab,
    models_page,
    page,
)

WAIT = answer("Retry later", 429, "text/plain", retry_after="7")
LONG = answer("Retry later", 429, "text/plain", retry_after="3600")
DOWN = page("Down", "", 503)
LOST = OutboundError(Code.BROKEN)
NO_DOOR = OutboundError(Code.CONNECT_REFUSED)
OK_MODEL = answer({"data": {"aiSelfHostedModelCreate": {"errors": [], "selfHostedModel": NODE}}})
REPEATED: list[tuple[str, list[Line], list[Line], list[float]]] = [
    ("asked to wait", [WAIT, WAIT], [WAIT, WAIT], [7.0, 7.0]),
    ("told to wait", [complaint("API rate limit exceeded")], [complaint("API rate limit exceeded")], [1.0]),
    ("no connection", [NO_DOOR], [NO_DOOR], [0.5]),
    ("down", [DOWN], [], [0.5]),
    ("lost", [LOST], [], [0.5]),
    ("slow", [OutboundError(Code.TOTAL_TIMEOUT)], [], [0.5]),
]


@pytest.mark.parametrize(("lines", "_", "pauses"), [row[1:] for row in REPEATED], ids=[row[0] for row in REPEATED])
def test_a_read_is_repeated(lines: list[Line], _: list[Line], pauses: list[float]) -> None:
    client, door, slept = gitlab(*lines, models_page(NODE))
    assert [each.values.name for each in client.models(SHAPE_19)] == ["a"]
    assert (len(door.calls), slept) == (len(lines) + 1, pauses)


@pytest.mark.parametrize(("lines", "pauses"), [row[2:] for row in REPEATED if row[2]])
def test_a_change_is_repeated_only_when_it_was_not_begun(lines: list[Line], pauses: list[float]) -> None:
    client, door, slept = gitlab(*lines, OK_MODEL)
    assert client.create(SHAPE_19, VALUES, KEY).values.name == "a"
    assert (len(door.calls), slept) == (len(lines) + 1, pauses)


@pytest.mark.parametrize("line", [row[1][0] for row in REPEATED if not row[2]] + [LONG, page("Bad", "", 502)])
def test_any_other_change_is_sent_once(line: Line) -> None:
    client, door, slept = gitlab(line)
    with pytest.raises(InstanceError):
        client.delete(NODE["id"])
    assert (len(door.calls), slept) == (1, [])


@pytest.mark.parametrize(("line", "calls"), [(WAIT, 3), (LONG, 1), (DOWN, 2), (LOST, 2), (NO_DOOR, 2)])
def test_reading_gives_up(line: Line, calls: int) -> None:
    client, door, _ = gitlab(line)
    with pytest.raises(InstanceError):
        client.models(SHAPE_19)
    assert len(door.calls) == calls


@pytest.mark.parametrize(("line", "calls"), [(WAIT, 3), (DOWN, 1), (LOST, 1), (NO_DOOR, 2)])
def test_a_check_is_not_begun_anew(line: Line, calls: int) -> None:
    client, door, _ = gitlab(line)
    with pytest.raises(InstanceError) as found:
        client.check(SHAPE_19, VALUES, KEY)
    assert (len(door.calls), door.limits[0].total) == (calls, 70.0)
    assert found.value.code != "unclear"
