"""The form of bundles: one way to write each, strict to read, and a fingerprint that people can compare."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import bundle_form, bundle_kept, bundles
from app.domain.bundle_form import EntryLine
from app.domain.errors import Invalid
from tests.fixtures.bundles import MODEL, NOW, TESTED, entry, report


def read(line: dict[str, Any]) -> bundle_form.Line:
    return bundles.read_line(bundles.canonical(line), 2, NOW)


def test_the_canonical_form_is_sorted_tight_and_plain() -> None:
    assert bundles.canonical({"b": 1, "a": ["ü", None, 0.5]}) == '{"a":["ü",null,0.5],"b":1}'.encode()


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)))
def test_what_is_written_reads_back_and_is_written_the_same(content: dict[str, Any]) -> None:
    try:
        written = bundles.canonical(content)
    except ValueError:  # half characters and infinity have no such form
        return
    assert bundles.canonical(json.loads(written)) == written


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": float("inf")}, {"a": "\ud800"}])
def test_what_has_no_plain_form_is_not_written(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        bundles.canonical(content)


def test_a_signature_is_for_a_bundle_and_covers_all_but_itself() -> None:
    content = bundles.signed_content({"kind": "x", "signature": "one"})
    assert content == bundles.signed_content({"kind": "x", "signature": "two"})
    assert content.startswith(b"modelport catalogue bundle\n")
    assert content != bundles.signed_content({"kind": "y", "signature": "one"})


def test_a_line_reads_as_it_was_meant() -> None:
    line = read(entry(report=report(evidence=TESTED, air_gapped=True), votes={"want": 2}))
    assert isinstance(line, EntryLine)
    assert line.report
    assert line.report.at == NOW - timedelta(days=1)
    assert (line.report.answers, line.votes) == ({"duo_chat": "works"}, {"want": 2})
    assert line.report.evidence
    assert (json.loads(line.report.evidence.written), line.report.evidence.verdict) == (TESTED, "passed")
    assert isinstance(read(MODEL), bundle_form.ModelLine)


@pytest.mark.parametrize(
    "line",
    [
        MODEL,
        MODEL | {"name": "Mod\u00e8le", "active": 1.5, "licence": "MIT", "open_weights": True},
        entry(),
        entry(variant="awq", added=True, votes={"want": 2, "works": 0}),
        entry(report={"at": "2026-11-27T12:00:00.000001+02:00", "state": "withdrawn"}),
        entry(report=report(evidence=TESTED, air_gapped=True, note='Slow\n"at first".', versions={"server": "x"})),
    ],
)
def test_a_line_that_is_kept_is_read_again_as_it_was(line: dict[str, Any]) -> None:
    checked = read(line)
    assert bundle_kept.read(bundle_kept.kept(checked)) == checked


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line_or_refused(raw: bytes) -> None:
    for act in (lambda: bundles.read_line(raw, 2, NOW), lambda: bundles.read_header(raw, NOW)):
        with pytest.raises(Invalid):
            act()


@pytest.mark.parametrize(
    "raw", [b"[" * 60_000, b'{"a":' * 10_000, b"9" * 60_000, b'{"kind":"entry","size":' + b"9" * 60_000]
)
def test_what_is_made_to_be_slow_is_refused_at_once(raw: bytes) -> None:
    started = time.perf_counter()
    for act in (lambda: bundles.read_line(raw, 2, NOW), lambda: bundles.read_header(raw, NOW)):
        with pytest.raises(Invalid):
            act()
    assert time.perf_counter() - started < 2


def test_a_fault_is_told_without_the_value() -> None:
    with pytest.raises(Invalid) as refused:
        read(entry(report=report(note="x" * 3000)))
    assert refused.value.message.startswith("Line 2 is not as it should be at entry.report.note")
    assert "xxx" not in refused.value.message


def test_a_fingerprint_can_be_read_out() -> None:
    first = bundles.fingerprint("A" * 43 + "=")
    assert [len(group) for group in first.split()] == [4] * 8
    assert first == bundles.fingerprint("A" * 43 + "=")
    assert first != bundles.fingerprint("B" * 43 + "=")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Slow\nat first.\tThen fine.", "Slow\nat first.\tThen fine."),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("a\u202eb\u2066c", "abc"),
        ("a\ud800b", "ab"),
        # A family of four is one sign of several, held together by characters that nobody sees.
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_a_note_is_cleaned_of_what_nobody_sees_and_stays_what_it_is(text: str, cleaned: str) -> None:
    assert bundle_form.clean(text) == cleaned
    line = read(entry(report=report(note=cleaned)))
    assert isinstance(line, EntryLine)
    assert line.report
    assert line.report.note == cleaned
