"""`pack`: everything that a host without registries needs, in one file for `setup --from`."""

import argparse
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from app.cli.console import OK, Refused, answer, say
from app.cli.prepare.pack import FORMAT, MANIFEST, PAGES, WHEELS, here, page_files, sha256
from app.cli.prepare.packages import CURE
from app.cli.prepare.places import VENDOR
from app.cli.prepare.programs import last_words
from app.cli.prepare.state import lock_sections


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write, such as modelport.pack")


def execute(arguments: argparse.Namespace) -> int:
    """Download the wheels, take the page files as they are, and write both with a manifest."""
    path: Path = arguments.file
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent} to write {path.name} in.")
    say("Downloading what production needs ...")
    with tempfile.TemporaryDirectory() as folder:
        files = {f"{WHEELS}/{each.name}": each for each in _wheels(Path(folder))}
        files |= {f"{PAGES}/{name}": VENDOR / name for name in page_files()}
        draft = path.with_name(path.name + ".new")
        _write(draft, files)
        draft.replace(path)
    with path.open("rb") as written:
        digest = sha256(written)
    made = here()
    if arguments.json:
        answer({"file": str(path), "sha256": digest, **made._asdict()})
    else:
        say(f"Wrote {path} for {made.python} on {made.machine}. SHA-256: {digest}")
        say(f"There, beside a checkout of this version: ./portal setup --from {path.name}")
    return OK


def _wheels(folder: Path) -> Iterable[Path]:
    """The wheels of the production section for this Python and machine; raises Refused."""
    requirements = folder / "requirements.txt"
    requirements.write_text(lock_sections()["production"], encoding="utf-8")
    wheels = folder / WHEELS
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", f"--dest={wheels}", f"-r{requirements}"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"{CURE} It said: {last_words(done.stderr)}")
    return sorted(wheels.iterdir())


def _write(path: Path, files: dict[str, Path]) -> None:
    digests = {}
    for name, source in files.items():
        with source.open("rb") as content:
            digests[name] = sha256(content)
    manifest = json.dumps({"format": FORMAT, "made": here()._asdict(), "files": digests}, indent=1).encode()
    # Wheels are compressed as they are.
    with tarfile.open(path, "w:") as pack:
        pack.addfile(_member(MANIFEST, len(manifest)), io.BytesIO(manifest))
        for name, source in files.items():
            with source.open("rb") as content:
                pack.addfile(_member(name, source.stat().st_size), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Without owners and times, so that the same content makes the same file."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member
