"""Where nothing answers: looks whether the server does at an address that is nearly the one typed."""

from dataclasses import replace

from app.clients.dialect import Target, Trouble, WireError
from app.domain.steps import Fix, StepName, StepResult
from app.lib import urls
from app.lib.http import Call
from app.lib.http_errors import Code, OutboundError
from app.lib.urls import Address, BadAddress
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run

# What a server says at a path that it does not know.
LOST = frozenset({"wrong_path", "html_answer", "api_version_wrong", "redirect"})
SILENT = LOST | {"server_error", "busy"}


def lost(run: Run, trouble: Trouble, call: Call) -> StepResult:
    """The result for an address at which neither list nor chat is found, with a cure that was tried.

    `trouble` is what `call` met. A redirect is not followed, and what it proposes not tried: the key stays where
    it belongs.
    """
    if trouble.code == "redirect":
        return run.troubled(StepName.AUTH, trouble, moved(run.target, call, trouble))
    for other in run.dialect.alternatives(run.target):
        if answers(run, other.target):
            label = f"Use {other.value}"
            return run.explained(StepName.AUTH, other.code, Fix(other.field, other.value, label), trouble.words)
    return run.troubled(StepName.AUTH, trouble)


def answers(run: Run, target: Target) -> bool:
    """Whether a model server is found there: its list of models, or an opinion about a chat request."""
    try:
        return _lists(run, target) or _chats(run, target)
    except OutboundError as error:
        if error.code is Code.STOPPED:
            raise
        return False


def lists(run: Run, target: Target) -> bool:
    """Whether a list of models is found there."""
    try:
        return _lists(run, target)
    except OutboundError as error:
        if error.code is Code.STOPPED:
            raise
        return False


def _lists(run: Run, target: Target) -> bool:
    try:
        run.dialect.read_list(target, run.send_list(target))
    except WireError as error:
        return error.trouble.code in KEY_CODES | NOT_JUDGED - {"busy"}
    return True


def _chats(run: Run, target: Target) -> bool:
    answer = run.send(run.dialect.key_check_call(target))
    trouble = run.dialect.trouble(target, answer)
    if trouble is not None:
        return trouble.code not in SILENT
    try:
        run.dialect.read_chat(target, answer)
    except WireError:
        return False
    return True


def moved(target: Target, call: Call, trouble: Trouble) -> Fix | None:
    """The base URL that a redirect of `call` points to: worth offering on the same host only, and never less safe."""
    address = _location(call.address, trouble.location.partition("#")[0].partition("?")[0])
    operation = call.address.path.removeprefix(target.address.path)
    if address is None or address.host != call.address.host or not address.path.endswith(operation):
        return None
    if address.scheme != "https" and address.origin != call.address.origin:
        return None
    return address_fix(replace(address, path=address.path.removesuffix(operation)))


def _location(asked: Address, location: str) -> Address | None:
    try:
        return urls.parse(asked.origin + location if location.startswith("/") else location)
    except BadAddress:
        return None


def secured(target: Target) -> Fix:
    """The same address over https."""
    return address_fix(replace(target.address, scheme="https"))


def address_fix(address: Address) -> Fix:
    """One click that changes the base URL."""
    return Fix("base_url", str(address), f"Use {address}")
