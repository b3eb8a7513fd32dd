"""Deadlines and stops hold in greenlets as they do in threads: the production server patches the standard library."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.lib.gevent_scenes", str(tmp_path_factory.mktemp("gevent"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_the_scenes_ran_in_greenlets(found: dict[str, Any]) -> None:
    assert found["patched"] is True


@pytest.mark.parametrize("scene", ["drip", "drip over tls"])
def test_a_drip_ends_at_the_deadline(found: dict[str, Any], scene: str) -> None:
    code, seconds = found[scene]
    assert code == "total_timeout"
    assert 0.4 < seconds < 1.0


@pytest.mark.parametrize("scene", ["stop in tls", "stop before headers", "stop in body"])
def test_a_stop_closes_the_servers_socket(found: dict[str, Any], scene: str) -> None:
    code, seconds, seen = found[scene]
    assert (code, seen) == ("stopped", True)
    assert seconds < 0.7


def test_a_stop_ends_a_lookup(found: dict[str, Any]) -> None:
    code, seconds = found["stop in lookup"]
    assert code == "stopped"
    assert seconds < 0.7


def test_fifty_greenlets_share_the_door(found: dict[str, Any]) -> None:
    assert found["bodies"] == ["ok"]
