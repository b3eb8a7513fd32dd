"""`probe`: connection tests as the pages run them, with a line for each step and a table at the end."""

import argparse
import difflib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.cli.console import OK, WRONG, Refused, answer, say
from app.cli.installation import installation, operator

if TYPE_CHECKING:
    from flask import Flask

    from app.queries.endpoint_names import Named
    from app.queries.probes import ProbeRecord, StepRecord

LOOK = 0.2
HEADS = ("ENDPOINT", "VERDICT", "SECONDS", "RESULT")
GOOD = frozenset({"passed", "warned"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Take endpoints or all of them, and how far the test goes."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="an endpoint's name or slug")
    parser.add_argument("--all", action="store_true", help="every endpoint that is switched on")
    parser.add_argument("--full", action="store_true", help="measure all abilities, not only whether it answers")


def execute(arguments: argparse.Namespace) -> int:
    """Test, watch, sum up; 0 when all passed, with warnings or without. Raises Refused."""
    if bool(arguments.names) == arguments.all:
        raise Refused("Name the endpoints to test, or use --all.")
    with installation() as app:
        chosen = _chosen(app, arguments.names)
        records = dict(_watch(app, chosen, full=arguments.full)) if chosen else {}
    told = [(named, records[named.id]) for named in chosen if named.id in records]
    if arguments.json:
        answer({"probes": [_data(*pair) for pair in told]})
    else:
        _sum_up(told)
    return OK if all(record.verdict in GOOD for _, record in told) and len(told) == len(chosen) else WRONG


def _chosen(app: "Flask", names: Sequence[str]) -> list["Named"]:
    """The endpoints of these names, or the enabled ones; raises Refused for a name that none has."""
    from app.domain.endpoints import name_key
    from app.factory import ports_of
    from app.queries.endpoint_names import endpoint_names

    stored = endpoint_names(ports_of(app).store)
    if not names:
        return [each for each in stored if each.enabled]
    # A name goes before a slug that somebody else's name was made into.
    known = {each.slug: each for each in stored} | {name_key(each.name): each for each in stored}
    missing = [name for name in names if name not in known and name_key(name) not in known]
    if missing:
        raise Refused(*(_unknown(name, stored) for name in missing))
    found = [known.get(name_key(name)) or known[name] for name in names]
    return list({each.id: each for each in found}.values())


def _unknown(name: str, stored: Sequence["Named"]) -> str:
    spellings = {text.casefold(): each.name for each in stored for text in (each.name, each.slug)}
    near = dict.fromkeys(spellings[each] for each in difflib.get_close_matches(name.casefold(), spellings, n=3))
    return f"There is no endpoint {name}." + (f" Near to it: {', '.join(near)}." if near else "")


def _watch(app: "Flask", chosen: Sequence["Named"], *, full: bool) -> Iterator[tuple[str, "ProbeRecord"]]:
    """Begin the tests and say their steps; yields each endpoint's test once it is over."""
    from app.factory import ports_of, runner_of
    from app.queries import probes as query

    store = ports_of(app).store
    waiting = _begin(app, chosen, full=full)
    said = dict.fromkeys(waiting, 0)
    width = max(len(named.name) for named in waiting.values())
    while waiting:
        runner_of(app).wake()
        found = query.several(store, list(waiting))
        for probe_id, record in found.items():
            for step in record.steps[said[probe_id] :]:
                say(f"{waiting[probe_id].name.ljust(width)}  {_line(step)}")
            said[probe_id] = len(record.steps)
            if not record.running:
                yield waiting.pop(probe_id).id, record
        for gone in waiting.keys() - found.keys():
            say(f"{waiting.pop(gone).name} was deleted meanwhile.")
        if waiting:
            time.sleep(LOOK)


def _begin(app: "Flask", chosen: Sequence["Named"], *, full: bool) -> dict[str, "Named"]:
    """The tests to watch, by id. What another process tests already is watched, not tested twice."""
    from app.domain.steps import Depth
    from app.factory import ports_of, runner_of
    from app.queries import probes as query
    from app.services import probes

    ports = ports_of(app)
    depth = Depth.FULL if full else Depth.QUICK
    runner_of(app).start(probes.start_saved(ports, operator(), [each.id for each in chosen], depth))
    newest = query.newest_of(ports.store, [each.id for each in chosen])
    return {newest[each.id]: each for each in chosen if each.id in newest}


def _line(step: "StepRecord") -> str:
    from app.domain.steps import WORDS, StepName

    words = step.message or (WORDS[StepName(step.name)].passed if step.outcome == "passed" else "")
    took = f"{step.milliseconds:.0f} ms" if step.milliseconds is not None else ""
    line = f"{step.name.ljust(10)}  {step.outcome.ljust(7)}  {took.rjust(8)}  {words}".rstrip()
    return f"{line} {step.remedy}" if step.remedy and step.outcome != "passed" else line


def _sum_up(told: Sequence[tuple["Named", "ProbeRecord"]]) -> None:
    from app.cli.tables import table

    if told:
        print(table(HEADS, [(named.name, record.verdict, _seconds(record), record.summary) for named, record in told]))
    else:
        say("There is no endpoint to test.")


def _seconds(record: "ProbeRecord") -> str:
    if record.finished_at is None:
        return ""
    return f"{(record.finished_at - record.started_at).total_seconds():.1f}"


def _data(named: "Named", record: "ProbeRecord") -> dict[str, Any]:
    """A test for scripts, with the field names of the JSON API."""
    kept = ("id", "endpoint_id", "depth", "verdict", "summary", "target")
    times = {"started_at": record.started_at.isoformat()}
    times["finished_at"] = record.finished_at.isoformat() if record.finished_at else ""
    steps = [asdict(step) for step in record.steps]
    plain = {name: getattr(record, name) for name in kept}
    return {"name": named.name, "slug": named.slug, **plain, **times, "steps": steps}
