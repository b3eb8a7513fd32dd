"""From a Call to the request that goes over the wire: checked characters, and no header that is ours to write."""

import json
import re
from urllib.parse import quote, urlencode

from app.lib.http_errors import Code, OutboundError
from app.lib.http_values import Call
from app.lib.urls import Address, BadAddress, parse
from app.lib.wire import httpx

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
# Made once: making one takes as long as writing a short body.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# They frame the message or name the peer; another value than ours would be a way around the door's rules.
_OURS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "proxy-authorization",
        "proxy-connection",
    }
)


def build(call: Call, user_agent: str) -> httpx.Request:
    """Raises OutboundError (bad_address, bad_header), ValueError for an unknown method."""
    if call.method not in _METHODS:
        raise ValueError(f"not a method for an outbound call: {call.method}")
    address = settled(call.address)
    target = (address.path or "/") + (f"?{urlencode(call.query, quote_via=quote)}" if call.query else "")
    headers = {"host": address.authority, "user-agent": user_agent, "accept": "*/*"} | _checked(call)
    content = call.content
    if call.json is not None:
        content = _ENCODER.encode(call.json).encode()
        headers.setdefault("content-type", "application/json")
    headers |= {"accept-encoding": "identity", "connection": "keep-alive"}
    request = httpx.Request(call.method, address.origin + target, headers=headers, content=content)
    if request.url.raw_path != target.encode():
        raise OutboundError(Code.BAD_ADDRESS)
    return request


def settled(address: Address) -> Address:
    """The address as its own text is read: one put together by hand gets past no rule of `parse`."""
    try:
        read = parse(str(address))
    except (BadAddress, KeyError) as error:
        raise OutboundError(Code.BAD_ADDRESS) from error
    if read != address:
        raise OutboundError(Code.BAD_ADDRESS)
    return read


def _checked(call: Call) -> dict[str, str]:
    headers = {name.lower(): value for name, value in call.headers.items()}
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name in _OURS or not (value.isascii() and value.isprintable()):
            raise OutboundError(Code.BAD_HEADER)
    return headers
