"""What `pack` writes and `setup --from` takes: wheels and page files for hosts that reach no registry.

A pack is a tar file. Its first member, the manifest, says what the pack is for and has the SHA-256 of every other
member; a wheel is moreover held against requirements.lock when it is installed.
"""

import hashlib
import json
import sysconfig
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from app.cli.prepare.places import BUNDLE, FILES, PACKAGES, SCRIPTS
from app.cli.prepare.programs import SetupError
from app.cli.prepare.state import digest, locked

MANIFEST = "manifest.json"
WHEELS, PAGES = "wheels", "vendor"
FORMAT = 1
_MANIFEST_MOST = 1 << 20
_CHUNK = 1 << 20


class Made(NamedTuple):
    """What a pack was made from, or what this checkout would make one from; each part is compared by itself."""

    python: str
    machine: str
    requirements: str
    pages: str


def here() -> Made:
    """Of this Python, machine and checkout."""
    return Made(
        # The name of what is compiled for this Python: it tells version, machine and C library.
        python=str(sysconfig.get_config_var("SOABI")),
        machine=sysconfig.get_platform(),
        requirements=locked()["production"],
        pages=f"{digest(PACKAGES)} {digest(*SCRIPTS)}",
    )


def sha256(source: IO[bytes]) -> str:
    """Of all that is left to read."""
    found = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def page_files() -> list[str]:
    """The names that static/vendor consists of."""
    return sorted([*FILES, BUNDLE])


def unpack(path: Path, folder: Path) -> None:
    """Check a pack and write its members below `folder`, which is new; raises SetupError with what does not fit."""
    with _opened(path) as pack:
        manifest = _manifest(path, pack)
        _check(path, manifest["made"])
        expected = dict(manifest["files"])
        for member in pack:
            _write(path, pack, member, expected, folder)
    if expected:
        raise _damaged(path, f"{min(expected)} is missing")
    if missing := set(page_files()) - {each.name for each in (folder / PAGES).iterdir()}:
        raise _damaged(path, f"{PAGES}/{min(missing)} is missing")


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    if not path.is_file():
        raise SetupError(f"There is no pack {path}: make one with ./portal pack FILE on a host that has a network.")
    try:
        with tarfile.open(path, "r:") as pack:
            yield pack
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _damaged(path, str(error)) from error


def _manifest(path: Path, pack: tarfile.TarFile) -> dict[str, Any]:
    first = pack.next()
    source = pack.extractfile(first) if first and first.name == MANIFEST and first.size <= _MANIFEST_MOST else None
    try:
        manifest = json.loads(source.read()) if source else None
        if manifest and manifest["format"] == FORMAT and isinstance(manifest["files"], dict):
            Made(**manifest["made"])
            return dict(manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, "its manifest cannot be read") from error
    raise SetupError(f"{path} is no pack that this version understands: make it with ./portal pack of this version.")


def _check(path: Path, stated: dict[str, str]) -> None:
    made, mine = Made(**stated), here()
    if made.python != mine.python:
        raise SetupError(
            f"{path} is for the Python {made.python}, this is {mine.python}: pack it with the same Python."
        )
    if made.machine != mine.machine:
        raise SetupError(f"{path} is for {made.machine}, this machine is {mine.machine}: pack it on such a machine.")
    if made.requirements != mine.requirements or made.pages != mine.pages:
        raise SetupError(f"{path} was made from another version of Modelport: pack it from this very version.")


def _write(path: Path, pack: tarfile.TarFile, member: tarfile.TarInfo, expected: dict[str, str], folder: Path) -> None:
    """One member, by a name that the manifest states and no other; the tar's own modes and owners are not used."""
    if member.name == MANIFEST:
        return
    stated = expected.pop(member.name, "")
    kind, _, name = member.name.partition("/")
    source = pack.extractfile(member) if member.isreg() else None
    if not stated or source is None or kind not in (WHEELS, PAGES) or name != Path(name).name:
        raise _damaged(path, f"{member.name} does not belong in it")
    target = folder / kind / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content := source.read())
    except OSError as error:
        raise SetupError(f"{target.parent} cannot be written: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != stated:
        raise _damaged(path, f"{member.name} is not what was packed")


def _damaged(path: Path, why: str) -> SetupError:
    return SetupError(f"{path} is damaged ({why}): copy it again, or make it anew with ./portal pack.")
