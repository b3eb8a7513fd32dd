"""Where nothing answers: looks whether the server does at an address that is nearly the one typed."""

from dataclasses import replace

from app.clients.dialect import Alternative, Trouble, WireError
from app.clients.target import Target
from app.domain.steps import Fix, StepName, StepResult
from app.lib import urls
from app.lib.http import Call
from app.lib.http_errors import Code, OutboundError
from app.lib.urls import Address, BadAddress
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run

# What a server says at a path that it does not know.
LOST = frozenset({"wrong_path", "html_answer", "api_version_wrong", "redirect"})
# What leads to another place on the same server; other alternatives cure what was said at the right one.
_OF_PLACES = frozenset({"base_url", "api_version"})
SILENT = LOST | {"server_error", "busy"}


def lost(run: Run, trouble: Trouble, call: Call) -> StepResult:
    """The result for an address at which neither list nor chat is found, with a cure that was tried.

    `trouble` is what `call` met. A redirect is not followed, and what it proposes not tried: the key stays where
    it belongs.
    """
    if trouble.code == "redirect":
        return run.troubled(StepName.AUTH, trouble, moved(run.target, call, trouble))
    for other in run.dialect.alternatives(run.target):
        if other.field in _OF_PLACES and (lists(run, other.target) or chats(run, other.target)):
            return run.explained(StepName.AUTH, other.code, alternative_fix(other), trouble.words)
    return run.troubled(StepName.AUTH, trouble)


def lists(run: Run, target: Target) -> bool:
    """Whether a list of models is found there."""
    try:
        run.dialect.read_list(target, run.send_list(target))
    except WireError as error:
        return error.trouble.code in KEY_CODES | NOT_JUDGED - {"busy"}
    except OutboundError as error:
        return _unheard(error)
    return True


def chats(run: Run, target: Target) -> bool:
    """Whether something there has an opinion about a chat request."""
    try:
        answer = run.send(run.dialect.key_check_call(target))
        trouble = run.dialect.trouble(target, answer)
        if trouble is not None:
            return trouble.code not in SILENT
        run.dialect.read_chat(target, answer)
    except WireError:
        return False
    except OutboundError as error:
        return _unheard(error)
    return True


def _unheard(error: OutboundError) -> bool:
    if error.code is Code.STOPPED:
        raise error
    return False


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


def unsecured(run: Run) -> Fix | None:
    """The same address over http, where the rules let such calls go out as they are, a key included."""
    plain = replace(run.target.address, scheme="http")
    return None if run.door.refusal(plain, keyed=run.target.carries_secret) else address_fix(plain)


def alternative_fix(other: Alternative) -> Fix:
    """One click that makes an alternative's change."""
    return Fix(other.field, other.value, f"Use {other.value}")


def address_fix(address: Address) -> Fix:
    """One click that changes the base URL."""
    return Fix("base_url", str(address), f"Use {address}")
