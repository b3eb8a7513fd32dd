"""One file of several members with a manifest that holds the SHA-256 of each: written whole or not at all.

It is a zip, so that any tool can look into it. The manifest comes last, since only then the digests are known.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

MANIFEST = "manifest.json"
CHUNK = 1 << 20
MANIFEST_MAX = 16 << 20
_LEVEL = 3  # a database shrinks to about the same at 9 and takes three times as long
# What zipfile raises for a damaged member; the last for one that is packed in a way it does not know.
_UNREADABLE = (KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


class BadArchive(Exception):
    """A file is no archive of ours, or not whole any more; the text is the end of a sentence ("is cut short")."""


class Writer:
    """Takes members one after the other; `manifest` is written last, with the digests added as `members`."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._members: dict[str, dict[str, Any]] = {}
        self.manifest: dict[str, Any] = {}

    def add(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> None:
        """Add a member from its bytes, in pieces of any size."""
        digest, size = hashlib.sha256(), 0
        with self._file.open(name, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        self._members[name] = {"sha256": digest.hexdigest(), "bytes": size}

    def finish(self) -> None:
        """Write the manifest."""
        whole = {**self.manifest, "members": self._members}
        self._file.writestr(MANIFEST, json.dumps(whole, indent=1, ensure_ascii=False))


class Reader:
    """An archive that is open to be read; nothing of it counts before `verify` has passed."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self.manifest = _manifest(file)

    def verify(self) -> None:
        """Read every member and compare it with its digest; raises BadArchive."""
        members = self.manifest["members"]
        if set(self._file.namelist()) != {MANIFEST, *members}:
            raise BadArchive("does not hold what its manifest names")
        for name, told in members.items():
            digest = hashlib.sha256()
            for chunk in self.chunks(name):
                digest.update(chunk)
            if digest.hexdigest() != told["sha256"]:
                raise BadArchive(f"is damaged: {name} is not what its digest says")

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member's bytes in pieces; raises BadArchive."""
        try:
            with self._file.open(name) as member:
                yield from iter(lambda: member.read(CHUNK), b"")
        except _UNREADABLE as error:
            raise BadArchive(f"is damaged: {name} cannot be read") from error


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Write an archive to a temporary name beside `path` with mode 0600 and give it its name at the end.

    Whatever fails leaves nothing behind. Raises FileExistsError where `path` exists, OSError for a full disk.
    """
    if path.exists():
        raise FileExistsError(17, "it exists already", str(path))
    part = path.with_name(f".{path.name}.part")
    try:
        with _private(part) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as zipped:
                writer = Writer(zipped)
                yield writer
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_folder(path.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open an archive; raises BadArchive for what is none, OSError for what cannot be read."""
    with path.open("rb") as file:
        try:
            zipped = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise BadArchive("is cut short, or is no backup of Modelport") from error
        with zipped:
            yield Reader(zipped)


def _manifest(file: zipfile.ZipFile) -> dict[str, Any]:
    try:
        if file.getinfo(MANIFEST).file_size > MANIFEST_MAX:
            raise BadArchive("is no backup of Modelport")
        told: Any = json.loads(file.read(MANIFEST))
    except (*_UNREADABLE, ValueError) as error:
        raise BadArchive("is no backup of Modelport, or its manifest is damaged") from error
    members = told.get("members") if isinstance(told, dict) else None
    if not isinstance(members, dict) or not all(
        isinstance(each, dict) and "sha256" in each for each in members.values()
    ):
        raise BadArchive("is no backup of Modelport")
    return cast("dict[str, Any]", told)


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
