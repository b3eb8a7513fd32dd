"""`rotate-keys`: from one key to the next, and what stands in the way."""

import json

import pytest

from tests.fixtures.commands import Portal

OLD, NEW, STRANGE = (f"{name} ring of the commands, {name * 4}" for name in ("4711q", "0815w", "1234e"))


def test_the_old_key_is_needed_until_it_was_run(portal: Portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", OLD)
    assert portal("token", "create", "--name", "ci", "--role", "viewer").code == 0
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", STRANGE)
    said = portal("rotate-keys", "--json")
    found = json.loads(said.out)
    assert (said.code, found["resealed"], found["failed"]) == (1, 0, ["The audit log's key 1"])
    (old_id,) = found["remaining"]
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", f"{NEW};{OLD}")
    said = portal("rotate-keys")
    assert (said.code, "1 sealed anew with the key" in said.err, old_id in said.err) == (0, True, False)
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", NEW)
    assert portal("audit", "verify").code == 0
    again = json.loads(portal("rotate-keys", "--json").out)
    assert (again["ok"], again["resealed"], again["remaining"]) == (True, 0, {})
