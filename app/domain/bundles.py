"""Bundles: what one installation says of the catalogue, in lines that another one checks before it takes any.

The first line is a header, signed with Ed25519 over its canonical form; it holds the length and the SHA-256 of all
that follows, so that one signature stands for every line. Then come models and entries, one line each. A bundle
speaks for the installation that signed it and for no other: reports of third parties would stand there without their
own signature, so they are left out, and their bundles are handed on as they are. Entries go by model, host and
variant, never by an id; of people there is nothing in it, and of texts only the notes of reports.
"""

import json
from collections.abc import Container, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.bundle_form import AHEAD, KIND, SCHEMA, EntryLine, Header, Line
from app.domain.errors import Invalid
from app.domain.reports import VERSIONS, reveals

# What is signed begins with this, so that a signature for something else never passes for one of a bundle.
SIGNED_AS = b"modelport catalogue bundle\n"
# What is counted of a bundle, and what is told of one and of several.
COUNTS = {
    "models": ("model that is new here", "models that are new here"),
    "entries": ("entry that is new here", "entries that are new here"),
    "reports_new": (
        "report on an entry that this installation had not reported",
        "reports on entries that this installation had not reported",
    ),
    "reports_newer": ("report that takes the place of an older one", "reports that take the place of older ones"),
    "reports_withdrawn": ("report that was taken back", "reports that were taken back"),
    "reports_known": (
        "report that is here already, or older than what is here",
        "reports that are here already, or older than what is here",
    ),
    "reports_held": (
        "report left alone because an older one of this installation was refused here",
        "reports left alone because an older one of this installation was refused here",
    ),
    "votes": ("vote", "votes"),
}
T = TypeVar("T")
_HEADER = TypeAdapter(Header)
_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


def refused(sentence: str) -> Invalid:
    """A bundle that is not taken, and why."""
    return Invalid({"file": (sentence,)}, sentence)


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON in the one form that is signed and written: sorted names, no blanks, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def signed_content(header: Mapping[str, Any]) -> bytes:
    """What the signature of a header is made over: all of it but the signature."""
    return SIGNED_AS + canonical({name: value for name, value in header.items() if name != "signature"})


def read_header(raw: bytes, now: datetime) -> tuple[Header, bytes, str]:
    """The header with the content that is signed and its signature, which is still to be verified. Raises Invalid."""
    found = _object(raw)
    if not found.get("signature") or not isinstance(found["signature"], str):
        raise refused("The bundle is not signed.")
    schema = found.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise refused(
            f"The bundle was made by a newer Modelport (form {schema}; this one reads {SCHEMA}). Upgrade first."
        )
    content = signed_content(found)
    unsigned = canonical({name: value for name, value in found.items() if name != "signature"})
    header = _checked(_HEADER, unsigned, "Its header")
    if header.made_at > now + AHEAD:
        raise refused(f"The bundle says that it was made on {header.made_at:%Y-%m-%d}, which is still to come.")
    return header, content, found["signature"]


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise refused("This is no bundle: its first line is not JSON.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise refused("This is no bundle of a Modelport's catalogue.")
    try:
        canonical(found)
    except ValueError:
        raise refused("This is no bundle: its first line holds half characters or no numbers.") from None
    return found


def read_line(raw: bytes, number: int, made_at: datetime) -> Line:
    """One line of the body, `number` counted from the header's 1. Raises Invalid with the line's fault."""
    line = _checked(_LINE, raw, f"Line {number}")
    if isinstance(line, EntryLine) and line.report:
        if line.report.at > made_at:
            raise refused(f"Line {number} holds a report that is later than the bundle itself.")
        if (line.report.state == "live") != bool(line.report.answers):
            raise refused(f"Line {number} holds a report that answers nothing, or one taken back that answers.")
        if unknown := line.report.versions.keys() - VERSIONS.keys():
            raise refused(f"Line {number} states a version of something unknown: {min(unknown)}.")
    return line


def _checked(adapter: "TypeAdapter[T]", raw: bytes, place: str) -> T:
    try:
        return adapter.validate_json(raw, strict=True, extra="forbid")
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"][-3:])[:80]
        raise refused(f"{place} is not as it should be{f' at {where}' if where else ''}: {first['msg']}.") from None


def fingerprint(public_key: str) -> str:
    """A key in a form that two people can read to each other: eight groups of four."""
    digest = sha256(public_key.encode()).hexdigest()[:32]
    return " ".join(digest[place : place + 4] for place in range(0, 32, 4))


def left_out(line: EntryLine, hosts: Container[str], features: Container[str], families: Container[str]) -> str:
    """Why a line cannot be taken by this version, "" where it can."""
    if line.host not in hosts:
        return f"The platform or server {line.host} is not known here."
    if line.report:
        if unknown := [each for each in line.report.answers if each not in features]:
            return f"The feature {unknown[0]} is not known here."
        if line.report.state == "live" and line.report.family not in families:
            return f"The prompt family {line.report.family} is not known here."
        if any(reveals(text) for text in (line.report.note, *line.report.versions.values())):
            return "Its note or one of its versions holds an address or a key."
    return ""
