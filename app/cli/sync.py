"""`sync`: what GitLab has, what would make it equal to what is held here, and doing it."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from app.cli.console import OK, WRONG, answer, say
from app.cli.installation import installation

if TYPE_CHECKING:
    from app.domain.plans import Plan
    from app.queries.instance_runs import Run
    from app.services.ports import Ports

ANOTHER = "The plan is another one now, so nothing was applied. The new one:"
GO_ON = "Stopped. ./portal sync apply goes on: it reads GitLab again and does what is left."


def configure(parser: argparse.ArgumentParser) -> None:
    """Take one of four acts with its own arguments."""
    acts = parser.add_subparsers(dest="act", metavar="act", required=True, title="acts")
    read = acts.add_parser("read", help="read GitLab and say how it stands", allow_abbrev=False)
    plan = acts.add_parser("plan", help="say what would be changed in GitLab", allow_abbrev=False)
    plan.add_argument("--check", action="store_true", help="1 where anything differs")
    apply = acts.add_parser("apply", help="change it, each step as it ends", allow_abbrev=False)
    apply.add_argument("--plan", default=None, metavar="DIGEST", help="this plan, and no other one")
    apply.add_argument("--yes", action="store_true", help="do not ask")
    for each in (plan, apply):
        each.add_argument("--delete", action="store_true", help="delete models that only GitLab has")
        each.add_argument("--many", action="store_true", help="though they are more than a fifth of all")
    take = acts.add_parser("take-over", help="make endpoints and assignments of what GitLab has", allow_abbrev=False)
    take.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")
    take.add_argument("--acknowledge", action="store_true", help="take note of what lower tiers do not promise")
    take.add_argument("--no-features", action="store_true", help="endpoints alone")
    for each in (read, plan, apply, take):
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON on stdout")


def execute(arguments: argparse.Namespace) -> int:
    """Read GitLab, then do what was asked for; 0 when all of it could be done. Raises Refused."""
    with installation() as app:
        from app.cli import sync_runs
        from app.domain.errors import Busy
        from app.factory import ports_of

        ports = ports_of(app)
        try:
            run = sync_runs.read(ports)
            return _act(arguments.act)(ports, arguments) if run.state == "done" else _unread(run, arguments)
        except Busy as busy:
            say(busy.message)
            return WRONG


def _act(name: str) -> Callable[["Ports", argparse.Namespace], int]:
    from app.cli import sync_standing, sync_take_over

    acts = {"read": sync_standing.tell, "plan": _plan, "apply": _apply, "take-over": sync_take_over.execute}
    return acts[name]


def _unread(run: "Run", arguments: argparse.Namespace) -> int:
    from app.cli.sync_words import trouble_data

    told = trouble_data(run.code, run.words)
    say(f"{told['message']} {told['remedy']}".strip())
    if arguments.json:
        answer(told)
    return WRONG


def _plan(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.cli import sync_words

    plan = _planned(ports, arguments)
    if arguments.json:
        answer(sync_words.plan_data(plan))
    else:
        _show(sync_words.lines(plan), arguments)
    wanted = sync_words.in_step if arguments.check else sync_words.is_clear
    return OK if wanted(plan) else WRONG


def _apply(ports: "Ports", arguments: argparse.Namespace) -> int:
    """Show the plan, ask where somebody can answer, and do that very plan."""
    from app.cli import sync_words

    plan = _planned(ports, arguments)
    if arguments.plan is not None and arguments.plan != plan.digest:
        return _another(plan, arguments)
    _show(sync_words.lines(plan), arguments)
    if plan.is_empty:
        return _told(arguments, {"state": "done", "counts": {}, "steps": []}, fine=sync_words.is_clear(plan))
    if not (arguments.yes or _agreed(len(plan.actions))):
        say("Nothing was applied.")
        return _told(arguments, {"state": "declined", "counts": {}, "steps": []}, fine=False)
    return _do(ports, plan, arguments)


def _do(ports: "Ports", plan: "Plan", arguments: argparse.Namespace) -> int:
    from app.cli import sync_runs, sync_words
    from app.services.syncing import Asked

    width = max(len(each.title) for each in plan.actions)
    asked = Asked(plan.digest, arguments.delete, arguments.many)
    run = sync_runs.apply(ports, asked, lambda step: _show([sync_words.step_line(step, width)], arguments))
    if run.state == "changed":
        return _another(_planned(ports, arguments), arguments)
    if run.code:
        return _unread(run, arguments)
    say(GO_ON if run.state == sync_runs.INTERRUPTED else f"Steps: {sync_words.counted(run.counts)}.")
    return _told(arguments, sync_words.run_data(run), fine=run.state == "done" and sync_words.is_clear(plan))


def _another(plan: "Plan", arguments: argparse.Namespace) -> int:
    from app.cli import sync_words

    say(ANOTHER)
    _show(sync_words.lines(plan), arguments)
    told = {"state": "changed", "counts": {}, "steps": [], "plan": sync_words.plan_data(plan)}
    return _told(arguments, told, fine=False)


def _told(arguments: argparse.Namespace, data: dict[str, Any], *, fine: bool) -> int:
    if arguments.json:
        answer(data)
    return OK if fine else WRONG


def _planned(ports: "Ports", arguments: argparse.Namespace) -> "Plan":
    from app.services import syncing

    plan = syncing.plan(ports, delete=arguments.delete, many=arguments.many)
    assert plan is not None  # it was read a moment ago
    return plan


def _show(lines: Iterable[str], arguments: argparse.Namespace) -> None:
    """On stdout, or as progress where that belongs to the data."""
    for line in lines:
        if arguments.json:
            say(line)
        else:
            print(line, flush=True)


def _agreed(steps: int) -> bool:
    """What a person says; where nobody sits at the other end the plan was shown, and that is that."""
    if not (sys.stdin and sys.stdin.isatty()):
        return True
    print(f"Apply these {steps} steps? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
