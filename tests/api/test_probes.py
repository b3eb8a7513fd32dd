"""Connection tests by programs: of stored endpoints and of values that are not saved."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.domain.roles import Actor, Role
from app.models.probe import Probe
from app.services import api_tokens, probes
from app.services.ports import Ports, TestLimits
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import wait_for
from tests.fakes.probe import KEY, target_at
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

STEP = {"name", "outcome", "milliseconds", "code", "message", "cause", "remedy", "fix", "figures"}


def values(url: str) -> dict[str, str]:
    return {"name": "Alpha", "base_url": url, "identifier": "alpha", "api_key": KEY}


def ended(program: Program, place: str) -> TestResponse:
    """The test's answer once it is over."""
    wait_for(lambda: program.get(place).json["verdict"] != "running")
    return program.get(place)


def test_a_stored_endpoint_is_tested_and_the_result_kept(editor: Program, viewer: Program) -> None:
    with FaultServer(api_key=KEY) as server:
        made = editor.post("/endpoints", values(server.url)).json["id"]
        begun = editor.post(f"/endpoints/{made}/probes")
        assert (begun.status_code, begun.json["verdict"], begun.json["depth"]) == (202, "running", "quick")
        assert (begun.headers["Location"], begun.headers["ETag"]) == (
            f"/api/v1/endpoints/{made}/probes/{begun.json['id']}", '"1"',
        )  # fmt: skip
        told = ended(viewer, begun.headers["Location"])
    assert (told.json["verdict"], told.headers["ETag"], told.json["finished_at"] is None) == ("passed", '"2"', False)
    assert [each["name"] for each in told.json["steps"]][-1] == "stream"
    assert all(each.keys() == STEP for each in told.json["steps"])
    assert viewer.get(f"/endpoints/{made}").json["verdict"] == "passed"


def test_a_failed_step_has_code_remedy_and_where_there_is_one_a_fix(editor: Program) -> None:
    with FaultServer(api_key=KEY) as server:
        wrong = values(server.url.removesuffix("/v1"))
        told = ended(editor, editor.post("/probes", wrong).headers["Location"])
    failed = [each for each in told.json["steps"] if each["outcome"] in ("failed", "warned", "unknown")]
    assert failed
    assert all(each["code"] and each["remedy"] for each in failed)
    assert failed[0]["fix"]["field"] == "base_url"


def test_an_endpoint_under_test_is_not_tested_twice(editor: Program) -> None:
    with FaultServer(Fault.HANG) as server:
        made = editor.post("/endpoints", values(server.url)).json["id"]
        ids = {editor.post(f"/endpoints/{made}/probes", {}).json["id"] for _ in range(2)}
        (only,) = ids
        place = f"/endpoints/{made}/probes/{only}"
        assert editor("DELETE", place, match='"1"').status_code == 204
        assert ended(editor, place).json["steps"][-1]["code"] == "stopped"
    assert editor("DELETE", place, match='"1"').status_code == 412


def test_the_history_is_listed_newest_first_in_few_statements(
    editor: Program, viewer: Program, ports: Ports, ada: Actor
) -> None:
    made = add_endpoint(ports, ada, base_url="http://127.0.0.1:9/v1")
    for _ in range(3):
        ended(editor, editor.post(f"/endpoints/{made}/probes", {}).headers["Location"])
    with statements(ports.store) as sent:
        first = viewer.get(f"/endpoints/{made}/probes?limit=2").json
    rest = viewer.get(f"/endpoints/{made}/probes?limit=2&cursor={first['next']}").json
    begun = [each["started_at"] for each in first["items"] + rest["items"]]
    assert (begun, len(begun), rest["next"]) == (sorted(begun, reverse=True), 3, None)
    assert all(each["steps"] for each in first["items"])
    # The token and its use, the endpoint, the tests, their steps.
    assert len(sent) <= 5


def test_a_draft_is_seen_by_its_maker_alone(editor: Program, program_of: ProgramOf) -> None:
    other = program_of(Role.ADMIN)
    with FaultServer(Fault.HANG) as server:
        place = editor.post("/probes", values(server.url)).headers["Location"]
        assert [each.get(place).status_code for each in (editor, other)] == [200, 404]
        assert [each("DELETE", place).status_code for each in (other, editor)] == [404, 204]
        assert ended(editor, place).json["verdict"] == "unknown"


def test_looking_at_a_draft_keeps_it_running(editor: Program, ports: Ports) -> None:
    with FaultServer(Fault.HANG) as server:
        probe = editor.post("/probes", values(server.url)).json["id"]
        before = ports.clock() - timedelta(seconds=5)
        with ports.store.write() as session:
            session.execute(update(Probe).where(Probe.id == probe).values(seen_at=before))
        editor.get(f"/probes/{probe}")
        with ports.store.read() as session:
            row = session.get(Probe, probe)
            assert row is not None
            assert row.seen_at > before
        editor("DELETE", f"/probes/{probe}")


def test_a_draft_is_gone_after_an_hour(editor: Program, ports: Ports) -> None:
    place = editor.post("/probes", values("http://127.0.0.1:9/v1")).headers["Location"]
    ended(editor, place)
    with ports.store.write() as session:
        session.execute(update(Probe).values(started_at=ports.clock() - timedelta(hours=1)))
    assert editor.get(place).status_code == 404


def test_a_draft_of_a_stored_endpoint_uses_its_key_for_the_same_origin_alone(editor: Program) -> None:
    with FaultServer(api_key=KEY) as server:
        made = editor.post("/endpoints", values(server.url)).json["id"]
        begun = editor.post("/probes", {"endpoint_id": made, "identifier": "alpha"})
        assert ended(editor, begun.headers["Location"]).json["verdict"] == "passed"
    elsewhere = {"endpoint_id": made, "base_url": "http://127.0.0.1:9/v1"}
    assert list(editor.post("/probes", elsewhere).json["errors"]) == ["api_key"]
    assert editor.post("/probes", {"endpoint_id": "none"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/probes", {}, "base_url"),
        ("/probes", {"depth": "deep"}, "depth"),
        ("/probes", {"endpoint_id": "a b"}, "endpoint_id"),
    ],
)
def test_a_draft_with_faults_is_not_tested(editor: Program, path: str, body: dict[str, str], field: str) -> None:
    answer = editor.post(path, body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_too_many_tests_a_minute_are_told_when_to_come_back(
    editor: Program, ports: Ports, ed: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.limits.minute_of", lambda _: 7)
    made = add_endpoint(ports, ed, base_url="http://127.0.0.1:9/v1")
    who = api_tokens.authenticate(ports, editor.token).actor
    assert who is not None
    for _ in range(ports.limits.per_minute):
        probes.start_draft(ports, who, target_at("http://127.0.0.1:9/v1"))
    answer = editor.post(f"/endpoints/{made}/probes", {})
    assert (answer.status_code, answer.json["code"]) == (429, "busy")
    assert int(answer.headers["Retry-After"]) == answer.json["retry_after"] > 0


def test_too_many_tests_that_wait_are_told_when_to_come_back(
    editor: Program, ports: Ports, ed: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = add_endpoint(ports, ed, base_url="http://127.0.0.1:9/v1")
    monkeypatch.setattr(TestLimits, "waiting_of_one", 0)
    for path, body in ((f"/endpoints/{made}/probes", {}), ("/probes", values("http://127.0.0.1:9/v1"))):
        answer = editor.post(path, body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
        assert "of your tests run or wait" in answer.json["detail"]


def test_a_probe_is_found_at_its_own_endpoint_alone(editor: Program, ports: Ports, ada: Actor) -> None:
    made, other = (add_endpoint(ports, ada, name, base_url="http://127.0.0.1:9/v1") for name in ("A", "B"))
    probe = editor.post(f"/endpoints/{made}/probes", {}).json["id"]
    assert editor.get(f"/endpoints/{other}/probes/{probe}").status_code == 404
    assert editor.get(f"/probes/{probe}").status_code == 404
