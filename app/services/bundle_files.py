"""Bundles as files: opened, and verified to the last byte and line."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from sqlalchemy import select

from app.domain import bundle_form, bundle_kept, bundles
from app.domain.bundle_form import Header, Line, ModelLine
from app.domain.bundles import refused
from app.domain.endpoints import name_key
from app.models.catalogue import Installation
from app.services import installations
from app.services.ports import Ports

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signature and digest are good; `digest` names it, `start` is where its body begins in the file."""

    header: Header
    digest: str
    file: IO[bytes]
    start: int

    def lines(self) -> Iterator[Line]:
        """The lines of the body, each checked, and none that comes twice. Raises Invalid at the first fault."""
        self.file.seek(self.start)
        seen = _Seen()
        for number in range(2, self.header.models + self.header.entries + 2):
            raw = self.file.readline(bundle_form.LINE_MAX + 1)
            if not raw.endswith(b"\n"):
                raise refused(f"Line {number} is missing or longer than {bundle_form.LINE_MAX} bytes.")
            line = bundles.read_line(raw, number, self.header.made_at)
            seen.check(line, number)
            yield line
        if len(seen.models) != self.header.models:
            raise refused("The bundle counts its models and entries wrongly.")

    @contextmanager
    def checked(self) -> Iterator[IO[bytes]]:
        """All lines as bundle_kept keeps them, in a file that is gone at the end: a fault in the last one is found
        before the first one is taken. Raises Invalid at the first fault.
        """
        with tempfile.TemporaryFile() as file:
            file.writelines(bundle_kept.kept(line) for line in self.lines())
            file.seek(0)
            yield file


class _Seen:
    """The models and entries that have come so far."""

    def __init__(self) -> None:
        self.models: set[str] = set()
        self._entries: set[tuple[str, str, str]] = set()
        self._variants: dict[tuple[str, str], int] = {}

    def check(self, line: Line, number: int) -> None:
        """Raises Invalid for what comes twice, and for more variants of a model on a host than anybody needs."""
        if isinstance(line, ModelLine):
            if (name := name_key(line.name)) in self.models:
                raise refused(f"Line {number} names a model a second time.")
            self.models.add(name)
            return
        name = name_key(line.model)
        key, pair = (name, line.host, line.variant), (name, line.host)
        if key in self._entries:
            raise refused(f"Line {number} names an entry a second time.")
        self._entries.add(key)
        self._variants[pair] = self._variants.get(pair, 0) + 1
        if self._variants[pair] > bundle_form.MAX_VARIANTS:
            raise refused(f"Line {number} is one variant of a model on a host more than {bundle_form.MAX_VARIANTS}.")


def opened(ports: Ports, file: IO[bytes], *, other_key: bool = False) -> Opened:
    """The bundle in a file that can be read twice, with signature and digest verified.

    `other_key`: an installation that is known here may sign with another key than before, since a person is asked.
    Raises Invalid: not JSON, not signed, altered, cut short, from the future, or of this very installation.
    """
    file.seek(0)
    raw = file.readline(bundle_form.HEADER_MAX + 1)
    if len(raw) > bundle_form.HEADER_MAX or not raw.endswith(b"\n"):
        raise refused("This is no bundle: its first line is no header.")
    header, content, signature = bundles.read_header(raw, ports.clock())
    if not installations.verifies(header.installation.public_key, signature, content):
        raise refused("The signature is not that of the header: the bundle was altered, or another key signed it.")
    _check_signer(ports, header, other_key)
    _check_body(file, header)
    return Opened(header, sha256(content).hexdigest(), file, len(raw))


def _check_signer(ports: Ports, header: Header, other_key: bool) -> None:
    signer = header.installation
    with ports.store.read() as session:
        same = (Installation.id == signer.id) | (Installation.public_key == signer.public_key)
        known = session.scalars(select(Installation).where(same)).all()
    if any(each.is_self for each in known):
        raise refused("This installation made the bundle itself: there is nothing to take from it.")
    for each in known:
        if each.id == signer.id and each.public_key != signer.public_key and not other_key:
            raise refused("An installation of this id is known here with another key: somebody else signed the bundle.")
        if each.id != signer.id:
            raise refused("The key of the bundle belongs to an installation that is known here under another id.")


def _check_body(file: IO[bytes], header: Header) -> None:
    digest, length = sha256(), 0
    while chunk := file.read(CHUNK):
        length += len(chunk)
        if length > bundle_form.MAX_BYTES:
            raise refused(f"The bundle is longer than {bundle_form.MAX_BYTES // CHUNK} MB.")
        digest.update(chunk)
    if length < header.bytes:
        raise refused(f"The bundle ends too early: {length} of {header.bytes} bytes are there.")
    if length > header.bytes:
        raise refused(f"Something was put behind the bundle: {length} bytes where it says {header.bytes}.")
    if digest.hexdigest() != header.sha256:
        raise refused("The bundle was altered after it was signed.")


def save(chunks: Iterator[bytes], file: IO[bytes]) -> None:
    """Keep what comes in a file, up to the size that a bundle may have. Raises Invalid."""
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > bundle_form.MAX_BYTES + bundle_form.HEADER_MAX:
            raise refused(f"What comes is longer than {bundle_form.MAX_BYTES // CHUNK} MB.")
        file.write(chunk)
