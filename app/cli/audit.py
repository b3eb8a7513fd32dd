"""`audit`: check that the log of changes is as it was written, and say where it stands."""

import argparse
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, Refused, answer, say
from app.cli.installation import installation

if TYPE_CHECKING:
    from app.services.ports import Ports


def configure(parser: argparse.ArgumentParser) -> None:
    """Take one of two acts."""
    acts = parser.add_subparsers(dest="act", metavar="act", required=True, title="acts")
    verify = acts.add_parser("verify", help="find what was changed, removed, added or moved", allow_abbrev=False)
    verify.add_argument("--anchor", metavar="SEQ:HASH", help="a head noted elsewhere: in a backup, or in the log")
    head = acts.add_parser("head", help="print the head, to be kept on another machine", allow_abbrev=False)
    for each in (verify, head):
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON on stdout")


def execute(arguments: argparse.Namespace) -> int:
    """Do what was asked for; 1 where the log does not hold. Raises Refused."""
    act = {"verify": _verify, "head": _head}[arguments.act]
    with installation() as app:
        from app.factory import ports_of

        return act(ports_of(app), arguments)


def _verify(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.domain.audit_chain import read_head
    from app.services import audit_verify

    try:
        anchor = read_head(arguments.anchor) if arguments.anchor else None
    except ValueError as error:
        raise Refused(f"--anchor: {error}.") from error
    verdict = audit_verify.verify(ports, anchor) if anchor else audit_verify.verify_and_note(ports)
    if arguments.json:
        answer(
            {
                "ok": verdict.holds,
                "rows": verdict.rows,
                "head": verdict.head.text,
                "first_wrong": verdict.broken and verdict.broken.seq,
                "unreadable": verdict.unreadable,
                "sentence": verdict.sentence,
            }
        )
    else:
        say(verdict.sentence)
    return OK if verdict.holds else WRONG


def _head(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.services import audit_chain

    head = audit_chain.head_of(ports)
    if arguments.json:
        answer({"head": head.text, "seq": head.seq, "hash": head.hash})
    else:
        print(head.text, flush=True)
    return OK
