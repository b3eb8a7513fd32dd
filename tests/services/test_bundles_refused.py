"""Bundles that are not taken: each with its sentence, and with nothing written."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain import bundle_form, bundles
from app.domain.errors import Invalid, Unavailable
from app.domain.roles import Actor
from app.models.catalogue import BundleTaken, Installation, Pairing, Report
from app.models.store import Store
from app.services import bundle_export, bundle_fetch, bundle_files
from app.services import bundles as service
from app.services.bundle_fetch import Source
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, NOW, TESTED, Sender, at, entry, report, served

pytestmark = pytest.mark.one_database
LINES = [MODEL, entry(report=report(evidence=TESTED))]


@pytest.fixture
def here(ports: Ports) -> Ports:
    return replace(ports, clock=lambda: NOW)


def text(content: bytes) -> Callable[[Sender], io.BytesIO]:
    """A file that is no bundle at all."""
    return lambda _: io.BytesIO(content)


def of(*lines: Any, **header: Any) -> Callable[[Sender], io.BytesIO]:
    """A bundle of these lines, rightly signed."""
    return lambda sender: sender.bundle(lines or LINES, **header)


def altered(change: Callable[[bytes], bytes]) -> Callable[[Sender], io.BytesIO]:
    """A good bundle that somebody changed on its way."""
    return lambda sender: io.BytesIO(change(sender.bundle(LINES).getvalue()))


def with_header(**fields: Any) -> Callable[[bytes], bytes]:
    """Other values in the header, without another signature; None takes one out."""

    def change(content: bytes) -> bytes:
        first, _, rest = content.partition(b"\n")
        header = json.loads(first) | fields
        return bundles.canonical({k: v for k, v in header.items() if v is not None}) + b"\n" + rest

    return change


def line(content: bytes) -> Callable[[Sender], io.BytesIO]:
    """A rightly signed bundle with a second line of these bytes."""
    return lambda sender: sender.sealed(bundles.canonical(MODEL) + b"\n" + content + b"\n", models=1)


BAD: dict[str, tuple[Callable[[Sender], io.BytesIO], str]] = {
    "empty": (text(b""), "its first line is no header"),
    "words": (text(b"Dear all,\n"), "first line is not JSON"),
    "nested without end": (text(b"[" * 3000 + b"\n"), "first line is not JSON"),
    "another file": (text(b'{"models": []}\n'), "no bundle of a Modelport"),
    "a list": (text(b"[1]\n"), "no bundle of a Modelport"),
    "half characters": (text(b'{"kind": "modelport-catalogue", "a": "\\ud800"}\n'), "half characters"),
    "no number": (text(b'{"kind": "modelport-catalogue", "a": NaN}\n'), "no numbers"),
    "no line end": (text(b"{" * 9000), "its first line is no header"),
    "unsigned": (altered(with_header(signature=None)), "is not signed"),
    "a signature that is none": (altered(with_header(signature="none")), "The signature is not"),
    "another name": (altered(with_header(entries=2)), "The signature is not"),
    "another key": (
        altered(with_header(installation={"id": "x" * 16, "name": "", "public_key": "A" * 43 + "="})),
        "The signature is not",
    ),
    "a changed answer": (altered(lambda all_of_it: all_of_it.replace(b'"works"', b'"fails"')), "was altered"),
    "cut short": (altered(lambda all_of_it: all_of_it[:-40]), "ends too early"),
    "cut to its header": (altered(lambda all_of_it: all_of_it.splitlines(keepends=True)[0]), "ends too early"),
    "more behind it": (altered(lambda all_of_it: all_of_it + b"{}\n"), "put behind the bundle"),
    "a newer form": (of(schema=2), "made by a newer Modelport"),
    "an older form": (of(schema=0), "header is not as it should be at schema"),
    "a later day": (of(days=-1.1), "which is still to come"),
    "no time zone": (of(made_at="2026-11-28T12:00:00"), "header is not as it should be at made_at"),
    "too long": (of(bytes=bundle_form.MAX_BYTES + 1), "header is not as it should be at bytes"),
    "too many entries": (of(entries=bundle_form.MAX_ENTRIES + 1), "header is not as it should be at entries"),
    "fewer entries than it says": (of(entries=2), "Line 4 is missing"),
    "an id that is a word of ours": (
        lambda sender: sender.bundle(LINES, installation={"id": "here", "name": "", "public_key": sender.public_key}),
        "header is not as it should be at installation.id",
    ),
    "more in the header": (of(trusted=True), "header is not as it should be at trusted"),
    "an id of ours": (of(MODEL, entry(pairing_id="abc")), "Line 3 is not as it should be at entry.pairing_id"),
    "an id of a report": (of(MODEL, entry(report=report(id="abc"))), "at entry.report.id"),
    "a person": (of(MODEL, entry(report=report(person="x"))), "at entry.report.person"),
    "a grade of its own": (of(MODEL, entry(report=report(grade=3))), "at entry.report.grade"),
    "somebody else's report": (of(MODEL, entry(report=report(installation="x"))), "at entry.report.installation"),
    "words in the evidence": (of(MODEL, entry(report=report(evidence=TESTED | {"prompt": "x"}))), "evidence.prompt"),
    "a host in a code": (
        of(MODEL, entry(report=report(evidence=TESTED | {"verdict": "https://gpu.internal"}))), "evidence.verdict",
    ),
    "a report of tomorrow": (of(MODEL, entry(report=report(-1))), "later than the bundle itself"),
    "a report without answers": (of(MODEL, entry(report=report(answers={}))), "answers nothing"),
    "taken back with answers": (of(MODEL, entry(report=report(state="withdrawn"))), "one taken back that answers"),
    "an answer that is none": (of(MODEL, entry(report=report(answers={"duo_chat": "great"}))), "answers.duo_chat"),
    "a version of something": (of(MODEL, entry(report=report(versions={"person": "x"}))), "unknown: person"),
    "control characters": (of(MODEL, entry(report=report(note="a\x00b"))), "entry.report.note"),
    "turned letters": (of(MODEL, entry(report=report(note="a\u202eb"))), "entry.report.note"),
    "a name that hides": (of(MODEL, entry(model="a\u200bb")), "entry.model"),
    "no name": (of(MODEL, entry(model="  ")), "entry.model"),
    "a long note": (of(MODEL, entry(report=report(note="x" * 2001))), "entry.report.note"),
    "a long line": (line(b'{"kind":"entry","model":"' + b"x" * bundle_form.LINE_MAX), "Line 3 is missing or longer"),
    "a line that is not JSON": (line(b"{"), "Line 3 is not as it should be"),
    "a line of another kind": (of(MODEL, {"kind": "person"}), "Line 3 is not as it should be"),
    "votes below nothing": (of(MODEL, entry(votes={"want": -1})), "entry.votes.want"),
    "votes of another kind": (of(MODEL, entry(votes={"hate": 1})), "votes.hate"),
    "a size that is infinite": (line(b'{"kind":"model","name":"A","family":"other","size":1e999}'), "model.size"),
    "an entry twice": (of(MODEL, entry(), entry()), "Line 4 names an entry a second time"),
    "a model twice": (of(MODEL, MODEL | {"name": "GRANITE 9 12B"}), "Line 3 names a model a second time"),
    "wrong counts": (of(MODEL, entry(), models=0, entries=2), "counts its models and entries wrongly"),
    "too many variants": (
        of(*(entry(variant=f"q{number}") for number in range(bundle_form.MAX_VARIANTS + 1))), "one variant of a model",
    ),
}  # fmt: skip


def rows(store: Store) -> int:
    """How many rows bundles have left."""
    with store.read() as session:
        tables = (BundleTaken, Installation, Pairing, Report)
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_bundle_is_refused_in_a_sentence_and_nothing_is_written(here: Ports, ada: Actor, case: str) -> None:
    make, told = BAD[case]
    file = make(Sender())
    for act in (lambda: service.look(here, file), lambda: service.take(here, ada, file)):
        with pytest.raises(Invalid) as refused:
            act()
        assert told in refused.value.message
        assert refused.value.message.endswith(".")
    assert rows(here.store) == 0


def test_the_good_bundle_that_they_were_made_of_is_taken(here: Ports, ada: Actor) -> None:
    assert service.take(here, ada, Sender().bundle(LINES)).counts["reports_new"] == 1


def test_what_this_installation_made_is_refused(here: Ports, ada: Actor) -> None:
    file = io.BytesIO()
    bundle_export.export(here, file)
    with pytest.raises(Invalid, match="made the bundle itself"):
        service.take(here, ada, file)


def test_nobody_speaks_in_the_name_of_another(here: Ports, ada: Actor) -> None:
    known = Sender()
    service.take(here, ada, known.bundle(LINES))
    with pytest.raises(Invalid, match="known here with another key"):
        service.take(here, ada, Sender(identity=known.id).bundle(LINES))
    known.id = Sender().id
    with pytest.raises(Invalid, match="known here under another id"):
        service.take(here, ada, known.bundle(LINES))


def test_a_file_that_never_ends_is_read_no_further_than_allowed(here: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_form, "MAX_BYTES", 1000)
    monkeypatch.setattr(bundle_files, "CHUNK", 100)
    file = io.BytesIO(Sender().bundle(LINES).getvalue() + b"x" * 100_000)
    with pytest.raises(Invalid, match="longer than"):
        service.look(here, file)
    assert file.tell() < 3000


def test_clocks_may_differ_by_a_day(here: Ports) -> None:
    file = Sender().bundle([MODEL, entry(report=report(-0.9))], days=-0.9)
    assert service.look(here, file).made_at.isoformat() == at(-0.9)


def test_an_address_that_gives_too_much_is_left(here: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_form, "MAX_BYTES", 1000)
    with served(b"x" * 10_000) as url, pytest.raises(Invalid, match="longer than"):
        bundle_fetch.fetched(here, Source(url))


@pytest.mark.parametrize("address", ["ftp://a.example", "https://user@a.example/x", "https://a.example/x?y", ""])
def test_an_address_that_is_none_is_refused(here: Ports, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        bundle_fetch.fetched(here, Source(address))
    assert list(refused.value.fields) == ["address"]


def test_an_address_that_nobody_answers_at_is_told(here: Ports) -> None:
    with pytest.raises(Unavailable, match="could not be fetched"):
        bundle_fetch.fetched(here, Source("http://127.0.0.1:9/bundle"))
