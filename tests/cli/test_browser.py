"""The tests' Chromium: the named one or none, and unpacked from a package so that it starts from any folder."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from app.cli import browser

FAKE = '#!/bin/sh\necho "$LD_LIBRARY_PATH|$FONTCONFIG_PATH|$*"\n'


def test_a_named_browser_that_does_not_run_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(browser.SETTING, "/nowhere/chromium")
    with pytest.raises(browser.NoBrowserError, match="/nowhere/chromium does not run"):
        browser.find_or_install()


def test_what_was_tried_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(browser.SETTING, raising=False)
    monkeypatch.setattr(browser, "NAMES", ("no-such-browser",))
    monkeypatch.setattr(browser, "UNPACKED", Path("/nowhere"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(browser, "PACKAGE", Path("/nowhere"))
    with pytest.raises(browser.NoBrowserError, match=r"no-such-browser is installed; apt-get would need root.*Install"):
        browser.find_or_install()


def test_a_packaged_browser_starts_with_its_own_libraries(tmp_path: Path):
    source, target = tmp_path / "bin", tmp_path / "with space"
    source.mkdir()
    compress = "process.stdout.write(require('zlib').brotliCompressSync(require('fs').readFileSync(0)))"
    (tmp_path / "lib").mkdir()
    with tarfile.open(tmp_path / "libraries.tar", "w") as archive:
        archive.add(tmp_path / "lib", "lib")
    for name, content in {"chromium": FAKE.encode(), "al.tar": (tmp_path / "libraries.tar").read_bytes()}.items():
        packed = subprocess.run(["node", "-e", compress], input=content, capture_output=True, check=True).stdout
        (source / f"{name}.br").write_bytes(packed)
    start = browser._unpack(source, target)
    said = subprocess.run([start, "--headless"], env={"PATH": os.defpath}, capture_output=True, text=True, check=True)
    assert said.stdout == f"{target}/lib|{target}|--headless\n"
    assert (target / "lib").is_dir()
