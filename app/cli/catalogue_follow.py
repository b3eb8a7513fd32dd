"""`catalogue follow` and `unfollow`: other portals' catalogues by address, looked at, agreed to, left again."""

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.cli import catalogue_look as looks
from app.cli.console import OK, Refused, answer, say
from app.cli.installation import operator
from app.cli.tables import table
from app.domain.errors import Invalid
from app.domain.following import State, address_of
from app.queries import follows as query
from app.queries.follows import Followed
from app.services import follows
from app.services.bundles import Choice, Look
from app.services.ports import Ports

STDIN = "-"
# More than any token has, so that one which is too long is told as that.
MOST_READ = 4096
HEADS = ("ADDRESS", "STATE", "CHECKED (UTC)", "DUE (UTC)", "PROBLEM")


def follow(ports: Ports, arguments: argparse.Namespace) -> int:
    """List what is followed; or keep an address, look at what is there, and take it where that is asked for.

    1 where what is there is no bundle to take. Raises Refused.
    """
    if arguments.address:
        token = None if arguments.token_file is None else _token(arguments.token_file)
        return _look(ports, follows.follow(ports, operator(), arguments.address, token), arguments)
    if arguments.yes or arguments.trust or arguments.again or arguments.token_file is not None:
        raise Refused("Name the address to follow.")
    return _list(ports, arguments)


def unfollow(ports: Ports, arguments: argparse.Namespace) -> int:
    """Follow an address no longer. Raises Refused."""
    address = address_of(arguments.address)
    record = query.at_address(ports.store, address)
    if record is None:
        raise Refused(f"{address} is not followed. ./portal catalogue follow lists what is.")
    follows.unfollow(ports, operator(), record.id)
    if arguments.json:
        answer({"unfollowed": address})
    else:
        say("It is followed no longer. What was taken stays.")
    return OK


def _token(name: str) -> str:
    """What a file holds, or stdin; never an argument, which everybody on the machine can read. Raises Refused."""
    try:
        if name == STDIN:
            text = sys.stdin.read(MOST_READ)
        else:
            with open(name, encoding="utf-8") as file:
                text = file.read(MOST_READ)
    except OSError as problem:
        raise Refused(f"{name} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise Refused(f"{name} holds no text.") from problem
    if not text.strip():
        raise Refused(f"{name} holds no token.")
    return text


def _look(ports: Ports, follow_id: str, arguments: argparse.Namespace) -> int:
    choice = Choice(trust=arguments.trust, again=arguments.again)
    agreed = _record(ports, follow_id).fingerprint
    try:
        look = follows.look(ports, follow_id, choice)
        if not arguments.json:
            _show(look, agreed)
        content, signer = look.content, look.fingerprint
        taken = None
        if arguments.yes:
            taken = follows.take(ports, operator(), follow_id, content, signer, choice, progress=looks.progress)
    except Invalid as refusal:
        return looks.refused(refusal, json=arguments.json)
    if arguments.json:
        answer({"follow": _data(_record(ports, follow_id)), **looks.data(look, taken)})
    else:
        looks.conclude(look, taken)
        if taken:
            say(_what_follows(trusted=choice.trust or look.standing == "trusted"))
    return OK


def _record(ports: Ports, follow_id: str) -> Followed:
    record = query.one(ports.store, follow_id)
    if record is None:
        raise Refused(follows.GONE)
    return record


def _show(look: Look, agreed: str) -> None:
    looks.show(look)
    if agreed not in ("", look.fingerprint):
        say(f"You agreed to another key, {agreed}. Ask whoever runs the other portal whether they changed it.")


def _what_follows(*, trusted: bool) -> str:
    if trusted:
        return "It is fetched by itself from now on, as long as its installation is trusted."
    return "What is new there waits for a look until its installation is trusted; --trust does so."


def _list(ports: Ports, arguments: argparse.Namespace) -> int:
    found = query.followed(ports.store)
    if arguments.json:
        answer({"follows": [_data(each) for each in found]})
    elif found:
        print(table(HEADS, [_row(each) for each in found]), flush=True)
    else:
        say("Nothing is followed yet: ./portal catalogue follow https://... looks at another portal's catalogue.")
    return OK


def _row(record: Followed) -> tuple[str, ...]:
    state = State(record.state).label
    return record.address, state, _minute(record.checked_at) or "never", _minute(record.due_at), record.problem


def _minute(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else ""


def _data(record: Followed) -> dict[str, Any]:
    """A followed catalogue with the field names of the JSON API."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}
