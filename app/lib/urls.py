"""Base URLs, parsed once and strictly, so that every reader further down gets the same host, port and path.

Most ways around an address filter live on two parsers that read one text differently (user info, backslashes, tabs,
full-width digits, octal and short IPv4). Here a text is either plain enough for all of them to agree or refused.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
# Services that a forged HTTP request can harm or that answer with a banner: ssh, mail, dns, portmap, docker, etcd,
# mysql, postgresql, redis, elasticsearch, memcached, mongodb.
DENIED_PORTS = frozenset({22, 25, 53, 111, 2375, 2379, 3306, 5432, 6379, 9200, 11211, 27017})
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# WHATWG URL 3.5 "ends in a number": parsers that follow it read such a host as IPv4 in octal, hex or short form.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")


class BadAddress(ValueError):
    """An address that is not taken; `code` is a stable slug, `message` a sentence that says what to type instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Address:
    """`host` in lower case, an IPv6 literal without brackets; `path` without a slash at the end ("" for none)."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """host[:port] as it stands in a URL and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """scheme://host[:port], the port only where it is not the scheme's own."""
        return f"{self.scheme}://{self.authority}"

    def join(self, path: str) -> "Address":
        """This address with `path` put behind; raises BadAddress.

        The path is percent-encoded already and may begin with a slash; a slash at its end is dropped.
        """
        return _joined(self, path)

    def __str__(self) -> str:
        return self.origin + self.path


@lru_cache(maxsize=1024)
def _joined(address: Address, path: str) -> Address:
    # The few paths of an API are put behind the same addresses for every call.
    return replace(address, path=_checked_path(f"{address.path}/{path.lstrip('/')}"))


def parse(text: str) -> Address:
    """Reads a base URL; raises BadAddress."""
    _check_characters(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise BadAddress("host", "The host in square brackets is not an IPv6 address.") from None
    _check_parts(text, parts)
    host = _checked_host(parts.netloc)
    address = Address(parts.scheme, host, _checked_port(parts), _checked_path(parts.path))
    _check_agreement(text, address)
    return address


def _check_characters(text: str) -> None:
    if not text.strip():
        raise BadAddress("empty", "Type the address of the server, for example https://models.example.com/v1.")
    if len(text) > MAX_LENGTH:
        raise BadAddress("too_long", f"The address is longer than {MAX_LENGTH} characters.")
    if any(character.isspace() for character in text):
        raise BadAddress("space", "There is a space or line break in the address. Remove it.")
    if not text.isascii():
        raise BadAddress("not_ascii", "Use plain ASCII characters; write an international name in its xn-- form.")
    if not text.isprintable():
        raise BadAddress("control", "There is an invisible control character in the address. Type it anew.")
    if "\\" in text:
        raise BadAddress("backslash", "There is a backslash in the address. Use / instead.")


def _check_parts(text: str, parts: SplitResult) -> None:
    if parts.scheme not in DEFAULT_PORTS or not text[len(parts.scheme) :].startswith("://"):
        raise BadAddress("scheme", "Begin the address with http:// or https://.")
    if "@" in parts.netloc:
        raise BadAddress("user_info", "Leave out the user name and password; put a key into the key's own field.")
    if "#" in text:
        raise BadAddress("fragment", "Leave out the # and what follows it.")
    if "?" in text:
        raise BadAddress("query", "Leave out the ? and what follows it.")
    if not parts.netloc or parts.netloc.startswith(":"):
        raise BadAddress("host", "The address has no host. Type it like https://models.example.com/v1.")


def _checked_host(netloc: str) -> str:
    if netloc.startswith("["):
        inside, closed, rest = netloc[1:].partition("]")
        try:
            literal = ipaddress.IPv6Address(inside)
        except ValueError:
            literal = None
        if literal is None or not closed or "%" in inside or (rest and not rest.startswith(":")):
            raise BadAddress("host", "The host in square brackets is not an IPv6 address.")
        return literal.compressed
    host = netloc.partition(":")[0].lower()
    if ":" in netloc.partition(":")[2]:
        raise BadAddress("host", "Put an IPv6 address into square brackets, like http://[fd00::5]:8000.")
    return checked_name(host)


def checked_name(host: str) -> str:
    """An IPv4 address in its four decimal numbers or a host name, in lower case; raises BadAddress."""
    if "%" in host:
        raise BadAddress("host", "There is a % in the host. Type the name in plain characters.")
    if host.endswith("."):
        raise BadAddress("host", "Leave out the dot at the end of the host.")
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadAddress("host", "Write an IPv4 address as four decimal numbers, like 10.0.0.5.") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("host", "A host has letters, digits and hyphens, with dots between its parts.")
    return host


def _checked_port(parts: SplitResult) -> int:
    _, colon, text = parts.netloc.rpartition("]")[2].rpartition(":")
    if not colon:
        return DEFAULT_PORTS[parts.scheme]
    if not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= 65535 or text.startswith("0"):
        raise BadAddress("port", "The port is a number between 1 and 65535.")
    if int(text) in DENIED_PORTS:
        raise BadAddress("port_denied", f"Port {text} belongs to another kind of service. Type the server's port.")
    return int(text)


def _checked_path(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise BadAddress("path", "The path holds a character that must be percent-encoded.")
    if any(part.lower().replace("%2e", ".") in (".", "..") for part in path.split("/")):
        raise BadAddress("path", "Leave out the . and .. parts of the path.")
    if "//" in path:
        raise BadAddress("path", "There are two slashes in a row in the path. Use one.")
    return path.rstrip("/")


def _check_agreement(text: str, address: Address) -> None:
    """The library that sends must read the text as we did; the rules above should leave it no other way."""
    # Here, so that settings are read and refused before anything heavy is imported.
    from app.lib.wire import httpx

    try:
        theirs = httpx.URL(text)
    except httpx.InvalidURL:
        raise BadAddress("ambiguous", "The address can be read in two ways. Type it in its plainest form.") from None
    port = theirs.port or DEFAULT_PORTS[address.scheme]
    same_host = _same_host(theirs.raw_host.decode("ascii"), address.host)
    path = theirs.raw_path.decode("ascii").rstrip("/")
    if not same_host or (theirs.scheme, port, path) != (address.scheme, address.port, address.path):
        raise BadAddress("ambiguous", "The address can be read in two ways. Type it in its plainest form.")


def _same_host(theirs: str, ours: str) -> bool:
    return ipaddress.ip_address(theirs) == ipaddress.ip_address(ours) if ":" in ours else theirs == ours
