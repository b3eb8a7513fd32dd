"""The corpus in a network namespace with canaries on the real addresses: none is reached, and model servers are."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.fixtures.servers import ROOT

# As root; else as the root of a user namespace, where the machine allows those.
WAYS = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])
LEAST = 150
CATEGORIES = 9


def way_in() -> list[str]:
    """The command that enters an empty network; empty where the machine allows none."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return []
    probe = ["ip", "link", "set", "lo", "up"]
    return next((way for way in WAYS if subprocess.run([*way, *probe], capture_output=True).returncode == 0), [])


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the canaries saw."""
    way = way_in()
    if not way:
        pytest.skip("this machine gives no network namespace")
    command = [*way, sys.executable, "-P", "-m", "tests.lib.ssrf_namespace"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_no_address_of_the_corpus_reaches_a_canary(told: dict[str, Any]) -> None:
    assert sum(told["count"].values()) >= LEAST
    assert len(told["count"]) >= CATEGORIES
    assert {kind: found for kind, found in told["door"].items() if found} == {}
    assert told["forbidden"] == 0


def test_the_canaries_hear_a_client_without_care(told: dict[str, Any]) -> None:
    heard = {kind: len(found) for kind, found in told["plain"].items()}
    assert sum(heard.values()) >= 60, heard
    assert [kind for kind, count in heard.items() if not count] == []


def test_model_servers_on_the_lan_are_reached(told: dict[str, Any]) -> None:
    assert len(told["lan"]) >= 10
    assert {text: said for text, said in told["lan"].items() if said != "answered"} == {}
