"""What the errors of a GraphQL answer mean. GitLab gives them no codes: they are told by their words."""

import re
from collections.abc import Mapping
from typing import Any

from app.clients.gitlab.manner import Manner, Passing
from app.clients.gitlab.words import joined
from app.domain.instance_troubles import InstanceError

RATE_ATTEMPTS = 3
RATE_PAUSE = 1.0

_RATE = re.compile(r"rate limit|too many requests|requested too many times|retry later", re.IGNORECASE)
_TOKEN = re.compile(r"invalid token|token (?:is|was|has been) (?:expired|revoked)", re.IGNORECASE)
_SCOPE = re.compile(r"insufficient[_ ]scope", re.IGNORECASE)
_LACKS = re.compile(
    r"doesn't exist on type|\bfield '[^']*' doesn't exist|cannot query field|doesn't accept argument"
    r"|isn't a defined input type|is not a defined input type|field is not defined on|no such type"
    r"|unknown (?:type|argument)|introspection",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"does(?:n't| not) exist or you (?:don't|do not) have permission|not authori[sz]ed", re.IGNORECASE)
_BROKE = re.compile(r"internal (?:server )?error|timed out|timeout|statement invalid|quer(?:y|ies) cancell?ed", re.I)


def failure(errors: Any, data: Any, manner: Manner, secrets: tuple[str, ...]) -> InstanceError:
    """What a non-empty list of errors means, for an answer with `data`, which may be None or hold only a part."""
    rows = errors if isinstance(errors, list) else [errors]
    words = joined((each.get("message") if isinstance(each, Mapping) else each for each in rows), secrets)
    if _RATE.search(words):
        return Passing("rate_limited", words, RATE_PAUSE, RATE_ATTEMPTS)
    for pattern, code in ((_TOKEN, "token_refused"), (_SCOPE, "token_scope"), (_LACKS, "too_old")):
        if pattern.search(words):
            return InstanceError(code, words)
    return InstanceError(_kind(words, data, manner), words)


def _kind(words: str, data: Any, manner: Manner) -> str:
    came = isinstance(data, Mapping) and any(value is not None for value in data.values())
    if came:
        # A change with an answer was carried out, or tried; only its telling broke off.
        return "unclear" if manner.changes else "incomplete"
    if _RIGHTS.search(words):
        return "forbidden" if manner.changes else "no_licence"
    if _BROKE.search(words):
        if manner.changes:
            return "unclear"
        return "incomplete" if isinstance(data, Mapping) else "unavailable"
    return "refused"
