"""The step `auth`: the key is taken, which also shows that the address is right.

A public list of models proves nothing about a key, so a request that needs the key follows it: a chat without
messages, which servers refuse for its content, but only once they have looked at the key.
"""

from app.clients.dialect import Trouble, WireError
from app.domain.steps import Outcome, StepName, StepResult
from app.lib.http_errors import Code, OutboundError
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run
from app.services.probe_steps import addresses, refused_keys

# A server that fails so over its list may still chat; whatever else fails would fail again.
_OF_THE_LIST = frozenset(
    {
        Code.FIRST_BYTE_TIMEOUT,
        Code.SILENCE_TIMEOUT,
        Code.TOTAL_TIMEOUT,
        Code.TOO_LARGE,
        Code.BROKEN,
        Code.BAD_HTTP,
    }
)
# A complaint about content comes from a server that has let the key pass.
_UNDECIDED = addresses.LOST | {"server_error"}


def auth(run: Run) -> StepResult:
    """Get live credentials where it takes any, ask for the list, then have the key looked at."""
    run.obtain()
    _list(run)
    unlisted = run.unlisted
    if unlisted and unlisted.code in ("key_missing", "key_wrong"):
        return refused_keys.refused(run, unlisted, run.send_list)
    check = run.dialect.key_check_call(run.target)
    checked = run.checked = run.trouble(run.send(check))
    if checked and checked.code in KEY_CODES | NOT_JUDGED:
        return refused_keys.refused(run, checked, lambda other: run.send(run.dialect.key_check_call(other)))
    if unlisted and checked and _nobody_there(unlisted, checked):
        return addresses.lost(run, checked, check)
    if checked and checked.code in _UNDECIDED:
        return _passed(run, "Nothing was said against the key")
    words = "The key is accepted" if run.target.carries_secret else "No key is sent and none is asked for"
    return _passed(run, words)


def _passed(run: Run, words: str) -> StepResult:
    figures: dict[str, float | int | str] = {"software": run.software} if run.software else {}
    return run.result(StepName.AUTH, Outcome.PASSED, words, **figures)


def _list(run: Run) -> None:
    """Fill `found`, or `unlisted` with the reason."""
    try:
        answer = run.send_list(run.target)
        run.software = run.fit(answer.headers.get("server", ""), 80)
        run.found = run.dialect.read_list(run.target, answer)
    except WireError as error:
        run.unlisted = error.trouble
    except OutboundError as error:
        if error.code not in _OF_THE_LIST:
            raise
        run.unlisted = Trouble(str(error.code))


def _nobody_there(unlisted: Trouble, checked: Trouble) -> bool:
    lost = {unlisted.code, checked.code} <= addresses.LOST
    return lost or unlisted.code == checked.code == "server_error"
