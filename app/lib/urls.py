"""Base URLs, parsed once and strictly: every reader further down gets the same host, port and path or an error."""

from dataclasses import dataclass


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
    def origin(self) -> str:
        """scheme://host[:port], the port only where it is not the scheme's own."""
        raise NotImplementedError

    def join(self, path: str) -> "Address":
        """This address with `path` (percent-encoded already, with or without a leading slash) put behind; raises BadAddress."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.origin + self.path


def parse(text: str) -> Address:
    """Reads a base URL; raises BadAddress."""
    raise NotImplementedError
