"""Renewing the lock files: Python's in sections that `portal` installs apart, npm's without what no page loads."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.cli.console import ROOT, say
from app.cli.prepare import web

LOCK = ROOT / "requirements.lock"
HEADING = "# section: "
# Each section holds what it adds to those above it; node is installed by itself.
SECTIONS = ("production", "evaluation", "demo", "test", "node")
NPM_FOLDERS = (ROOT, ROOT / "tests/browser/chromium", ROOT / "tests/peers/portkey")
# Peers of the tests whose requirements do not go with ours; each is installed apart.
PYTHON_FOLDERS = (ROOT / "tests/peers/litellm",)
# GitLab's components need Vue, Tailwind and charts, Chromium's wrapper unpacks with tar-fs: the pages
# load only GitLab's built css, and tests/browser/chromium is unpacked by ourselves.
FILES_ONLY = ("node_modules/@gitlab/ui", "node_modules/@sparticuz/chromium")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml admits")


def execute(arguments: argparse.Namespace) -> int:
    """Rewrite requirements.lock and the package-lock.json files; versions stay unless `--upgrade` is given."""
    upgrade = ["--upgrade"] if arguments.upgrade else []
    groups = [f"--group={name}" for name in SECTIONS[1:]]
    everything = _compile(["pyproject.toml", *groups, *upgrade], _text(LOCK))
    LOCK.write_text(_in_sections(_blocks(everything)), encoding="utf-8")
    say(f"wrote {LOCK.name}")
    for folder in PYTHON_FOLDERS:
        lock = folder / LOCK.name
        sources = [str(folder / "requirements.in"), f"--excludes={folder / 'excluded.in'}", *upgrade]
        lock.write_text(_compile(sources, _text(lock)), encoding="utf-8")
        say(f"wrote {lock.relative_to(ROOT)}")
    for folder in NPM_FOLDERS:
        _renew_npm(folder)
        say(f"wrote {(folder / 'package-lock.json').relative_to(ROOT)}")
    return 0


def _text(lock: Path) -> str:
    return lock.read_text(encoding="utf-8") if lock.exists() else ""


def _compile(sources: list[str], known: str) -> str:
    """The universal resolution of `sources`, which keeps to the versions of `known` where it can."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "requirements.txt")
        output.write_text(known, encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
        subprocess.run([*command, *sources, "--output-file", str(output)], cwd=ROOT, check=True)
        return output.read_text(encoding="utf-8")


def _blocks(text: str) -> dict[str, str]:
    """Requirements with their hashes by name; a name with two markers keeps both in one block."""
    blocks: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        if not block.startswith("#"):
            name = block.partition("==")[0]
            blocks[name] = f"{blocks.get(name, '')}{block.strip()}\n"
    return blocks


def _in_sections(blocks: dict[str, str]) -> str:
    """The lock's text: each requirement stands in the first section that needs it."""
    known = "".join(blocks.values())
    written: set[str] = set()
    text = "# Made by ./portal lock from pyproject.toml. portal installs only the sections that a command needs.\n"
    sources = ["pyproject.toml"]
    for section in SECTIONS:
        if section != "production":
            sources.append(f"--group={section}")
        names = [name for name in _blocks(_compile(sources, known)) if name not in written]
        written.update(names)
        text += f"\n{HEADING}{section}\n" + "".join(blocks[name] for name in names)
    return text


def _renew_npm(folder: Path) -> None:
    """Resolve package.json, then drop what the packages used for their files alone would pull in."""
    resolve = [*web.npm(), "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts"]
    subprocess.run(resolve, cwd=folder, check=True)
    path = folder / "package-lock.json"
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in FILES_ONLY:
        for key in ("dependencies", "peerDependencies"):
            lock["packages"].get(name, {}).pop(key, None)
    path.write_text(json.dumps(lock), encoding="utf-8")
    # The second run takes each package's needs from the lock and removes what nobody needs any more.
    subprocess.run(resolve, cwd=folder, check=True)
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
