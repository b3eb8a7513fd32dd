"""`token`: make, list and revoke the tokens that programs show."""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.cli.console import OK, Refused, answer, say
from app.cli.installation import installation, operator

if TYPE_CHECKING:
    from app.queries.api_tokens import TokenRecord
    from app.services.ports import Ports

MOST_LISTED = 1000
HEADS = ("ID", "NAME", "MAY", "AT MOST A MINUTE", "LAST USED", "STATE")


def configure(parser: argparse.ArgumentParser) -> None:
    """Take one of three acts with its own arguments."""
    acts = parser.add_subparsers(dest="act", metavar="act", required=True, title="acts")
    create = acts.add_parser("create", help="make a token; it is shown once", allow_abbrev=False)
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument("--role", default="", help="viewer, editor or admin")
    create.add_argument(
        "--feature", action="extend", nargs="+", default=[], metavar="NAME", help="features it may call, and no more"
    )
    create.add_argument("--days", type=int, default=90, help="until it ends, 1 to 365 (90)")
    for counted in ("requests", "tokens"):
        told = f"{counted} in a minute of the clock, for each feature by itself (no limit)"
        create.add_argument(f"--{counted}-per-minute", type=int, metavar="N", help=told)
    listed = acts.add_parser("list", help="list tokens, the newest first", allow_abbrev=False)
    revoke = acts.add_parser("revoke", help="end a token at once", allow_abbrev=False)
    revoke.add_argument("id", help="its id, as the list has it")
    for each in (create, listed, revoke):
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON on stdout")


def execute(arguments: argparse.Namespace) -> int:
    """Do what was asked for. Raises Refused."""
    act = {"create": _create, "list": _list, "revoke": _revoke}[arguments.act]
    with installation() as app:
        from app.factory import ports_of

        act(ports_of(app), arguments)
    return OK


def _create(ports: "Ports", arguments: argparse.Namespace) -> None:
    from app.domain.tokens import TokenDraft
    from app.services import api_tokens

    draft = TokenDraft(
        arguments.name,
        arguments.role,
        tuple(arguments.feature),
        arguments.days,
        arguments.requests_per_minute,
        arguments.tokens_per_minute,
    )
    made = api_tokens.create(ports, operator(), draft)
    if arguments.json:
        answer({"token": made.text, "id": made.id})
        return
    say(f"Token {made.id}, good for {arguments.days} days. Keep it now; it is not shown again.")
    print(made.text, flush=True)


def _list(ports: "Ports", arguments: argparse.Namespace) -> None:
    from app.cli.tables import table
    from app.queries import api_tokens

    found = api_tokens.newest(ports.store, MOST_LISTED)
    if arguments.json:
        answer({"tokens": [_data(each) for each in found]})
    elif found:
        print(table(HEADS, [_row(each, ports.clock()) for each in found]), flush=True)
    else:
        say("There is no token yet: ./portal token create --name ... --role viewer makes one.")


def _data(record: "TokenRecord") -> dict[str, object]:
    from dataclasses import asdict

    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}


def _row(record: "TokenRecord", now: datetime) -> tuple[str, ...]:
    may = record.role or ", ".join(record.features)
    limits = record.limits.words or "no limit"
    return record.id, record.name, may, limits, _day(record.last_used_at) or "never", _state(record, now)


def _state(record: "TokenRecord", now: datetime) -> str:
    if record.revoked_at:
        return f"revoked {_day(record.revoked_at)}"
    return f"{'ended' if record.expires_at <= now else 'until'} {_day(record.expires_at)}"


def _day(moment: datetime | None) -> str:
    return moment.astimezone(UTC).date().isoformat() if moment else ""


def _revoke(ports: "Ports", arguments: argparse.Namespace) -> None:
    from app.queries import api_tokens as query
    from app.services import api_tokens

    record = query.token(ports.store, arguments.id)
    if record is None:
        raise Refused(f"There is no token {arguments.id}. ./portal token list shows their ids.")
    api_tokens.revoke(ports, operator(), record.id)
    if arguments.json:
        answer({"revoked": record.id})
    else:
        say(f"{record.name} is revoked.")
