"""The runner as greenlets in a process of its own, as `serve` has it: who has to wait, and what its end leaves."""

import json
from pathlib import Path

from app.cli.child import spawn
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import SOON, Lab
from tests.fixtures.databases import Database

# A call that blocked every greenlet would take as long as the servers hang.
PATIENCE = 0.6


def test_nothing_else_waits_and_a_process_that_ends_says_so(lab: Lab, database: Database, tmp_path: Path) -> None:
    with FaultServer(Fault.HANG) as dead, FaultServer() as alive:
        child = spawn("tests.fakes.runner_process", [], tmp_path / "runner.log")
        urls = [dead.url] * 3 + [alive.url.replace("127.0.0.1", "localhost")] * 3
        child.say(json.dumps({"database": database.url, "urls": urls}))
        ids = json.loads(child.ready_line(20))
        assert float(child.ready_line(20)) < PATIENCE
        child.say("the end")
        child.process.wait(10)
        assert all(each.wait_until_closed(SOON) for each in dead.connections)
    records = [lab.record(each) for each in ids]
    assert [each.verdict for each in records] == ["unknown"] * 3 + ["passed"] * 3
    assert [each.steps[-1].code for each in records[:3]] == ["interrupted"] * 3
    child.stop()
    assert (tmp_path / "runner.log").read_text() == ""
