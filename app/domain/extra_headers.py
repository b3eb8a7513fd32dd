"""Extra headers of an endpoint: which may be set, and what is wrong with those that somebody typed."""

import re
from collections.abc import Mapping

HEADERS_MAX = 10
HEADER_VALUE_MAX = 1000

_HEADER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
# Those that servers and gateways define for themselves; what HTTP defines steers proxies, caches and the message.
_OPEN_HEADER = re.compile(
    r"(x|anthropic|apim|azureml|cf|groq|helicone|langfuse|litellm|nvcf|ocp|openai|portkey|tenant)(-[a-z0-9-]+)?"
    r"|accept-language|api-version|apikey|http-referer|traceparent|user-agent"
)
# They would name another caller, host or method to whatever stands in front of the server, or ask for credentials.
_STEERING = re.compile(
    r"x-(forwarded|original|rewrite|real|http-method|method|host|aws-ec2-metadata|amz-security)(-.*)?"
)
# Those that the client itself must own, and those that carry keys and have a field of their own.
_RESERVED = frozenset(
    (
        "accept-encoding", "api-key", "authorization", "connection", "content-length", "content-type", "cookie",
        "expect", "host", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "x-api-key",
    )
)  # fmt: skip


# Names whose values are most likely what a gateway asks for in place of a key.
_WHO_ASKS = re.compile(r"auth|cookie|credential|key|pass|secret|token", re.IGNORECASE)


def shows_who_asks(name: str) -> bool:
    """Whether a header of this name carries a key or the like, and not just a word such as a tenant's name."""
    return _WHO_ASKS.search(name) is not None


def no_value(name: str) -> str:
    """What is said of a header that has no value, neither typed nor stored."""
    return f"{name[:64]} has no value. Write a line such as X-Tenant: platform-team."


def header_faults(headers: Mapping[str, str | None]) -> list[str]:
    """What is wrong with extra headers, a sentence each; None stands for a value that is stored already."""
    if len(headers) > HEADERS_MAX:
        return [f"Use {HEADERS_MAX} headers at most; these are {len(headers)}."]
    found = []
    if len({name.lower() for name in headers}) < len(headers):
        found.append("Name each header once; capitals make no difference.")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            found.append(f"“{name[:64]}” is no header name.")
        elif name.lower() in _RESERVED or _STEERING.fullmatch(name.lower()):
            found.append(f"{name} cannot be set here.")
        elif not _OPEN_HEADER.fullmatch(name.lower()):
            found.append(f"{name} is not among the headers that can be set. Use one that begins with X-.")
        if value is None:
            continue
        if not value:
            found.append(no_value(name))
        if len(value) > HEADER_VALUE_MAX or not value.isascii() or not value.isprintable():
            found.append(f"The value of {name[:64]} has to be plain text of at most {HEADER_VALUE_MAX} characters.")
    return found
