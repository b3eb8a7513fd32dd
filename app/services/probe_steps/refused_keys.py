"""Where a key is refused: looks whether the server takes it from another header, and offers what cures its words."""

from collections.abc import Callable
from dataclasses import replace

from app.clients.dialect import Trouble
from app.clients.target import Target
from app.domain.credentials import Auth
from app.domain.endpoints import KEY_HEADERS
from app.domain.steps import Fix, StepName, StepResult
from app.lib.http import Answer
from app.lib.http_errors import Code, OutboundError
from app.services.probe_run import KEY_CODES, NOT_JUDGED, Run
from app.services.probe_steps import addresses, names

# So a server speaks of a key that it did not find, or did not know; whatever else it says it knows the key.
_UNKNOWN = frozenset({"key_missing", "key_wrong"})
# What says nothing about a key, such as the way to a sign-in page. A path that is unknown is one: it is told after it.
_NO_SIGN = KEY_CODES | NOT_JUDGED | addresses.SILENT - {"wrong_path"}


def refused(run: Run, trouble: Trouble, ask: Callable[[Target], Answer]) -> StepResult:
    """The result for a key that the server refuses, or that it cannot judge now; `ask` repeats what it refused.

    The key goes to the host that had it before, once for each other header that endpoints may be set to.
    """
    target = run.target
    if trouble.code in _UNKNOWN and target.api_key and target.cloud.auth is Auth.KEY:
        for header in KEY_HEADERS:
            if header != target.key_header and _takes(run, replace(target, key_header=header), ask):
                fix = Fix("key_header", header, f"Send it in {header}")
                return run.troubled(StepName.AUTH, replace(trouble, code="key_header_wrong"), fix, answered=header)
    return run.troubled(StepName.AUTH, trouble, names.known_cure(run, trouble))


def _takes(run: Run, target: Target, ask: Callable[[Target], Answer]) -> bool:
    try:
        trouble = run.trouble(ask(target))
    except OutboundError as error:
        if error.code is Code.STOPPED:
            raise
        return False
    return trouble is None or trouble.code not in _NO_SIGN
