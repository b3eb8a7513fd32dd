"""A pack: made here, set up and served on a host that reaches nothing, and refused where it does not fit."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli.prepare import pack, start, state
from app.cli.prepare.places import ROOT
from app.cli.prepare.programs import SetupError

WHEEL = "wheels/thing-1-py3-none-any.whl"


class Draft:
    """A pack whose parts a test may change before it is written."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = pack.here()._asdict()
        self.members = {WHEEL: b"a wheel"} | {f"vendor/{name}": name.encode() for name in pack.page_files()}
        self.files = {name: hashlib.sha256(content).hexdigest() for name, content in self.members.items()}
        self.format = pack.FORMAT

    def write(self, path: Path) -> None:
        manifest = json.dumps({"format": self.format, "made": self.made, "files": self.files}).encode()
        with tarfile.open(path, "w:") as written:
            for name, content in {pack.MANIFEST: manifest, **self.members}.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                written.addfile(member, io.BytesIO(content))


def test_a_pack_that_fits_is_unpacked(tmp_path: Path) -> None:
    Draft().write(tmp_path / "pack")
    pack.unpack(tmp_path / "pack", tmp_path / "out")
    assert (tmp_path / "out" / WHEEL).read_bytes() == b"a wheel"


def _change(name: str, value: str) -> Callable[[Draft], None]:
    return lambda draft: draft.made.update({name: value})


CHANGES: dict[str, tuple[Callable[[Draft], Any], str]] = {
    "another Python": (_change("python", "cpython-39"), "is for the Python cpython-39, this is"),
    "another machine": (_change("machine", "linux-s390x"), "is for linux-s390x, this machine is"),
    "another lock": (_change("requirements", "0"), "another version of Modelport"),
    "other pages": (_change("pages", "0"), "another version of Modelport"),
    "a newer form": (lambda draft: setattr(draft, "format", 2), "no pack that this version understands"),
    "changed content": (lambda draft: draft.members.update({WHEEL: b"a wheeI"}), "is not what was packed"),
    "a member less": (lambda draft: draft.members.pop(WHEEL), f"{WHEEL} is missing"),
    "a member more": (lambda draft: draft.members.update({"wheels/more.whl": b""}), "does not belong in it"),
    "a way out": (
        lambda draft: (draft.members.update({"wheels/../x": b""}), draft.files.update({"wheels/../x": "0"})),
        "does not belong in it",
    ),
    "a page file less": (
        lambda draft: (draft.members.pop("vendor/bundle.js"), draft.files.pop("vendor/bundle.js")),
        "vendor/bundle.js is missing",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_fit_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    change, reason = CHANGES[name]
    draft = Draft()
    change(draft)
    draft.write(tmp_path / "pack")
    with pytest.raises(SetupError) as refused:
        pack.unpack(tmp_path / "pack", tmp_path / "out")
    assert reason in str(refused.value)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("left", [0, 100, 3000])
def test_a_pack_that_was_cut_short_is_damaged(tmp_path: Path, left: int) -> None:
    Draft().write(tmp_path / "pack")
    os.truncate(tmp_path / "pack", left)
    with pytest.raises(SetupError, match=r"damaged|no pack"):
        pack.unpack(tmp_path / "pack", tmp_path / "out")


def test_no_pack_and_what_is_none_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="There is no pack"):
        pack.unpack(tmp_path / "pack", tmp_path / "out")
    (tmp_path / "pack").write_bytes(b"PK\3\4" * 1000)
    with pytest.raises(SetupError, match="is damaged"):
        pack.unpack(tmp_path / "pack", tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["setup", "--from", "a.pack"], "a.pack"),
        (["setup", "--from=a.pack"], "a.pack"),
        (["setup", "--from"], ""),
        (["setup"], ""),
        (["probe", "--from", "a.pack"], ""),
    ],
)
def test_only_set_up_takes_a_pack(arguments: list[str], named: str) -> None:
    assert start.packed(arguments[0], arguments) == named


def test_a_pack_brings_production_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["setup", "--for", "run", "--from", "a.pack"]) == 2
    assert "leave out --for" in capsys.readouterr().err


# Its own network has a loopback that is down, and nothing else.
OFFLINE = """
import fcntl, os, socket, struct, subprocess, sys, time, urllib.request

if sys.argv[2] == "alone":
    with socket.socket() as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
portal = [sys.executable, "-I", "portal"]
subprocess.run([*portal, "setup", "--json", "--from", sys.argv[1]], check=True)
if sys.argv[3] == "serve":
    subprocess.run([*portal, "migrate"], check=True)
    server = subprocess.Popen([*portal, "serve", "--workers", "1"])
    try:
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(os.environ["MODELPORT_PUBLIC_URL"] + "/readyz") as answer:
                    print(answer.read().decode())
                break
            except OSError:
                assert time.monotonic() < until and server.poll() is None
                time.sleep(0.1)
    finally:
        server.terminate()
        server.wait()
"""
NOWHERE = "http://127.0.0.1:9/"
SMALL = ("itsdangerous", "markupsafe")


def test_a_host_without_a_network_sets_up_and_serves(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """With `--long` all of production, which is then served; else two of its packages, which takes a tenth."""
    long = bool(pytestconfig.getoption("--long"))
    checkout, packed = _checkout(tmp_path / "checkout", whole=long), tmp_path / "modelport.pack"
    told = _run([sys.executable, "-P", "-m", "app.cli", "pack", "--json", str(packed)], checkout)
    assert json.loads(told)["sha256"] == hashlib.sha256(packed.read_bytes()).hexdigest()
    shutil.rmtree(checkout / "static" / "vendor")
    alone = ["unshare", "-n"] if os.geteuid() == 0 and shutil.which("unshare") else []
    python = str(Path(sys.base_prefix, "bin", "python3"))
    options = ["alone" if alone else "shared", "serve" if long else "stop"]
    lines = _run([*alone, python, "-c", OFFLINE, str(packed), *options], checkout).strip().splitlines()
    assert json.loads(lines[0]) == {"sections": ["production"], "static": pack.page_files()}
    assert not long or json.loads(lines[-1]) == {"status": "ok", "problems": []}
    for name in pack.page_files():
        assert (checkout / "static/vendor" / name).read_bytes() == (ROOT / "static/vendor" / name).read_bytes()
    # A second time there is nothing left to do, and no pack is asked for.
    again = _run([python, "-I", "portal", "setup", "--json", "--from", "gone.pack"], checkout)
    assert json.loads(again)["sections"] == ["production"]


def _checkout(folder: Path, *, whole: bool) -> Path:
    """A copy of what is in the repository with the files for pages; not `whole`: with few packages to install."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith(("tests/", "bench/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "static/vendor", folder / "static/vendor")
    if not whole:
        blocks = re.split(r"\n(?=\S)", state.lock_sections()["production"].strip())
        kept = [each for each in blocks if each.partition("==")[0] in SMALL]
        assert len(kept) == len(SMALL)
        (folder / "requirements.lock").write_text("# section: production\n" + "\n".join(kept) + "\n")
    return folder


def _run(command: list[str], folder: Path) -> str:
    """What a program prints; registries lead nowhere for whoever sets up, where a network is there after all."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    if "pack" in command:
        environment = {**os.environ, "PYTHONPATH": str(folder)}
    else:
        environment |= {"PIP_INDEX_URL": NOWHERE, "npm_config_registry": NOWHERE, **SERVED}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


SERVED = {
    "MODELPORT_BIND": "127.0.0.1:8071",
    "MODELPORT_PUBLIC_URL": "http://127.0.0.1:8071",
    "MODELPORT_SECRET_KEYS": "a key of the tests that is long enough",
    "MODELPORT_OIDC_ISSUER": NOWHERE.rstrip("/"),
    "MODELPORT_OIDC_CLIENT_ID": "modelport",
    "MODELPORT_OIDC_CLIENT_SECRET": "a secret of the tests",
    "MODELPORT_ROLE_ADMIN": "admins",
    "MODELPORT_STOP_NOTICE_SECONDS": "0",
}
